"""What the user wants converted, and how."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.convert.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Order:
    """The words of the command line, checked one by one but not yet against the model."""

    model: Path
    out: Path
    recipe: Recipe
    data: Path | None  # folders of people, or the tutorial's; or instead
    pairs: Path | None  # a pairs file as LFW ships them, with
    images: Path | None
    most: int  # pictures to look at
    crop: str | None
    tower: str | None
    distance: str | None
    input_range: str | None
    layers: Mapping[str, str]  # what layers of the user's do, by their names
    trust_code: bool
    recalibrate: bool
    quick: bool  # only the chosen recipe is tried
    max_flips: float
    report: Path | None
    pictures: bool  # whether the report shows any
    name: str
    licence: str
    trained_on: str
    threads: int
