"""How a tower's numbers are stored and computed: named recipes, known without TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to write a tower as TFLite."""

    name: str
    summary: str
    needs_ranges: bool  # whether activations are quantized, so that their ranges must be measured on pictures
    min_cosine: float  # how near to the golden output other runtimes and processors come


FLOAT32 = Recipe("float32", "as it was trained", needs_ranges=False, min_cosine=0.999)
FLOAT16 = Recipe("float16", "weights in 16 bits, computed in float32", needs_ranges=False, min_cosine=0.999)
DYNAMIC = Recipe("dynamic", "weights in 8 bits, activations quantized as they come", False, 0.99)
INT8 = Recipe("int8", "weights and activations in 8 bits, each channel with its own scale", True, 0.99)
INT16X8 = Recipe("int16x8", "weights in 8 bits, activations in 16", needs_ranges=True, min_cosine=0.99)

RECIPES = {recipe.name: recipe for recipe in (FLOAT32, FLOAT16, DYNAMIC, INT8, INT16X8)}

LEAST_PICTURES = 20
"""Fewer pictures do not show the ranges of activations, and what goes beyond a range is cut off at the door."""
