"""What every kind of model file offers once it is open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from converter.convert.reading.graph import Config, Graph
from converter.convert.reading.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A file of some kind. What it offers raises `ModelUnreadable` where the file is damaged, or fits the graph ill."""

    format: str  # for people
    keras_version: str | None
    config: Config | None  # None: the file holds weights only
    weights: Callable[[Graph], Weights]  # of the model whose graph `config` gives
    parts: Callable[[Graph], Iterator[Weights]]  # all places from which a tower could be filled, if there is no config
    columns: Callable[[int], list[NDArray[Any]]]  # all numbers of shape (n, 1) and then (1,): the heads of twins
