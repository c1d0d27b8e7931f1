"""Whether a converted tower decides as the trained one: parity of embeddings, scores and decisions on pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from converter.convert.running import Run
from converter.evaluate.metrics import Distances, Flags
from edge.vision.card import Calibration
from edge.vision.similarity import Distance, distances, score

Vectors = NDArray[np.float32]
"""N x D embeddings, of the crops in their order."""

OWN_RULE, AT_THE_TERMINAL = "own rule", "at the terminal"

Rows = NDArray[np.intp]
"""Pairs as N x 2 numbers of crops."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A distance up to which pairs match, and who decides so."""

    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Flip:
    """A pair that was decided differently: its number, and its distance by the trained and by the converted tower."""

    pair: int
    trained: float
    converted: float


@dataclass(frozen=True, slots=True, eq=False)
class Parity:
    """How near a run comes to the trained tower, on those pairs whose crops it had time for."""

    run: Run
    pictures: int
    pairs: int
    cosine_min: float
    cosine_mean: float
    max_error: float  # of any number of any embedding
    score_error: float  # the greatest difference
    flips: dict[str, float]  # the share of pairs that each rule decides differently
    flipped: list["Flip"]  # the pairs that the model's own rule decides differently

    @property
    def decided_differently(self) -> float:
        """The share of pairs that the model's own rule decides differently.

        The terminal's threshold is no rule of the trained model: it is measured on the converted one, so what the card
        says of it holds whatever the trained model would have said.
        """
        return self.flips[OWN_RULE]


def pair_distances(vectors: Vectors, rows: Rows, distance: Distance) -> Distances:
    """The distance of each pair, by the code that runs at the door."""
    found = np.empty(len(rows), np.float64)
    for one in np.unique(rows[:, 0]):
        (at,) = np.nonzero(rows[:, 0] == one)
        found[at] = distances(vectors[one], vectors[rows[at, 1]], distance)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What every run is held against: the trained tower's embeddings, and the rules that decide."""

    reference: Vectors
    rows: Rows
    distance: Distance
    calibration: Calibration
    rules: Sequence[Rule]

    def parity(self, run: Run) -> Parity | None:
        """Of a run that gave anything.

        Raises:
            ValueError: the run gives other dimensions than the trained tower.
        """
        if run.vectors is None:
            return None
        found, wanted = run.vectors, self.reference[: len(run.vectors)]
        (within,) = np.nonzero((self.rows < len(found)).all(axis=1))
        near = pair_distances(found, self.rows[within], self.distance)
        true = pair_distances(wanted, self.rows[within], self.distance)
        differ = {rule.name: (near <= rule.distance) != (true <= rule.distance) for rule in self.rules}
        cosines = _cosines(found, wanted)
        apart = np.abs(score(near, self.calibration) - score(true, self.calibration))
        return Parity(
            run,
            len(found),
            len(within),
            float(cosines.min()),
            float(cosines.mean()),
            float(np.abs(found - wanted).max()),
            float(apart.max(initial=0)),
            {name: _share(flips) for name, flips in differ.items()},
            [Flip(int(within[n]), float(true[n]), float(near[n])) for n in np.flatnonzero(differ[OWN_RULE])],
        )


def _cosines(found: Vectors, wanted: Vectors) -> NDArray[np.float64]:
    one, other = found.astype(np.float64), wanted.astype(np.float64)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(axis=1) / np.maximum(lengths, 1e-12))


def _share(flags: Flags) -> float:
    """0 of no pairs at all."""
    return float(flags.mean()) if len(flags) else 0.0
