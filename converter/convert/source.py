"""What a conversion needs of a model, whatever file it came in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from converter.convert.prove import Vectors
from converter.progress import Track
from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.similarity import Distance

AS_IT_CAME = "as it came"
"""The name of the model that nothing was done to: what others are compared with."""


@dataclass(frozen=True, slots=True)
class TrainedScore:
    """A trained head: its score is 1 / (1 + exp(slope * distance - intercept))."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A .tflite file of a recipe, or why there is none."""

    recipe: str
    content: bytes = b""
    fault: str = ""


class Source(Protocol):
    """A model, opened."""

    feed: Input
    dimensions: int
    distance: Distance
    score: TrainedScore | None
    told: list[str]  # what was found in the file and what was done to it, in sentences
    format: str  # what kind of file it is

    def reference(self, crops: Pixels, track: Track) -> Vectors | None:
        """The trained tower's own embeddings; None where nothing but the converted file is there."""
        ...

    def attempts(self, crops: Pixels, recipes: Sequence[str], track: Track) -> Iterator[Attempt]:
        """The model as it came, and by each of the recipes; ranges are measured on the crops."""
        ...
