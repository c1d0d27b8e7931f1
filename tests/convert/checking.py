"""How near a model that was read comes to what its own Keras predicted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from converter.convert.keras_file import Head, Hints, Trained, read
from edge.vision.card import Calibration
from edge.vision.similarity import distances, score

TOWER, TWIN = 1e-5, 1e-4
"""The greatest errors allowed."""


@dataclass(frozen=True)
class Errors:
    tower: float
    twin: float
    folded: float  # the score that the device computes from the card
    largest: float  # number that the tower gave

    @property
    def fine(self) -> bool:
        return self.tower <= TOWER and self._scores_are_fine

    @property
    def rounded(self) -> bool:
        """Whether the tower alone is off, by no more than the limit is of its largest number."""
        return not self.fine and self.tower <= TOWER * self.largest and self._scores_are_fine

    @property
    def _scores_are_fine(self) -> bool:
        return self.twin <= TWIN and self.folded <= TWIN


def hints_for(name: str) -> Hints:
    """What a user must say of a file that `writer.py` wrote under that name."""
    silent = any(word in name for word in ("-Lambda-", "-Patched-"))
    return Hints(distance="l1" if silent else None, layers={"to_unit_length": "unit-length"})


def errors(file: Path, predicted: Path, hints: Hints) -> Errors:
    found, wanted = read(file, hints), np.load(predicted)
    first = found.tower.predict(wanted["fed"], verbose=0)
    second = np.roll(first, -1, axis=0)
    assert found.twin_score is not None
    twin = np.abs(found.twin_score(first, second) - wanted["scores"]).max()
    folded = np.abs(device_scores(found, first, second) - wanted["scores"]).max()
    tower = np.abs(first - wanted["embeddings"]).max()
    return Errors(float(tower), float(twin), float(folded), float(np.abs(first).max()))


def device_scores(found: Trained, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The twin's output, from the device's distance and score."""
    assert found.head is not None
    scores = folded(found.head, first, second)
    return 1 - scores if found.head.reversed else scores


def folded(head: Head, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    assert head.slope is not None
    assert head.intercept is not None
    between = [distances(a, b[np.newaxis], head.distance)[0] for a, b in zip(first, second, strict=True)]
    return np.asarray(score(between, Calibration(head.slope, head.intercept, 0.5, "", 0, 0, 0)))
