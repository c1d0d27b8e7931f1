"""Which distance decides the pairs of a file, and how well: the LFW protocol with folds, a fixed distance without."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from converter.evaluate import metrics
from converter.evaluate.metrics import Distances, Flags


@dataclass(frozen=True, slots=True)
class Verification:
    """The accuracy, its spread, and the distance that it was reached with."""

    accuracy: float
    standard_deviation: float
    standard_error: float
    distance: float
    folds: list[float]  # the accuracy in each, empty without folds


def over_folds(distances: Distances, mated: Flags, folds: NDArray[np.int64]) -> Verification:
    """Each fold is decided by the distance that is best in the others (Huang et al. 2007); at least two folds."""
    limits, shares = zip(*metrics.fold_results(distances, mated, folds), strict=True)
    spread = float(np.std(shares, ddof=1))
    return Verification(
        float(np.mean(shares)), spread, spread / len(shares) ** 0.5, float(np.mean(limits)), list(shares)
    )


def at_distance(distances: Distances, mated: Flags, distance: float) -> Verification:
    """Pairs up to `distance` match; the spread is the binomial standard error sqrt(p (1 - p) / n)."""
    share = metrics.accuracy(distances, mated, distance)
    error = float((share * (1 - share) / len(distances)) ** 0.5)
    return Verification(share, error, error, distance, [])
