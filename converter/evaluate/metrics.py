"""Figures of biometric performance, after ISO/IEC 19795-1. Pure; distances, so less is nearer.

A pair of pictures of one person is mated, of two persons non-mated. FMR: share of non-mated pairs that match; FNMR:
share of mated pairs that do not. TAR is 1 - FNMR, FAR here the same as FMR.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

Distances = NDArray[np.floating]
Flags = NDArray[np.bool_]

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """FMR and TMR where pairs up to each distance match; rising."""

    fmr: NDArray[np.float64]
    tmr: NDArray[np.float64]
    distance: NDArray[np.float64]

    @property
    def equal_error_rate(self) -> float:
        """Where FMR and FNMR cross, interpolated."""
        gap = (1 - self.tmr) - self.fmr
        at = int(np.argmax(gap <= 0))
        if at == 0:
            return float(self.fmr[0])
        share = gap[at - 1] / (gap[at - 1] - gap[at])
        return float(self.fmr[at - 1] + share * (self.fmr[at] - self.fmr[at - 1]))

    def tmr_at(self, fmr: float) -> float:
        """The greatest TMR with an FMR of at most `fmr`."""
        return float(self.tmr[np.searchsorted(self.fmr, fmr + 1e-12, side="right") - 1])


def roc(distances: Distances, mated: Flags) -> Roc:
    """The curve over all distances that occur."""
    fmr, tmr, score = roc_curve(mated, -np.asarray(distances, np.float64), drop_intermediate=False)
    return Roc(fmr, tmr, -score)


def best_distance(distances: Distances, mated: Flags) -> float:
    """The distance up to which pairs match with the fewest errors; midway between the pairs on either side of it."""
    order = np.argsort(distances, kind="stable")
    gained = np.concatenate([[0], np.cumsum(np.where(mated[order], 1, -1))])
    at = int(np.argmax(gained))
    low = distances[order[max(at - 1, 0)]]
    high = distances[order[min(at, len(order) - 1)]]
    return float(low + high) / 2


def accuracy(distances: Distances, mated: Flags, distance: float) -> float:
    """The share of pairs that are decided rightly if those up to `distance` match."""
    return float(np.mean((distances <= distance) == mated))


def fold_accuracies(distances: Distances, mated: Flags, folds: NDArray[np.int64]) -> list[float]:
    """The accuracy in each fold, with the distance that is best in the others (the LFW protocol)."""
    return [
        accuracy(distances[folds == fold], mated[folds == fold], best_distance(distances[folds != fold], mated[folds != fold]))
        for fold in np.unique(folds)
    ]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 / (1 + z2 / trials) * float(np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def cllr(scores: NDArray[np.float64], mated: Flags) -> float:
    """Cost of the log-likelihood ratios in bits: 0 is perfect, 1 says nothing (Bruemmer and du Preez 2006).

    Args:
        scores: probabilities at even priors.
    """
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)
    return float(-(np.log2(clipped[mated]).mean() + np.log2(1 - clipped[~mated]).mean()) / 2)


def expected_calibration_error(scores: NDArray[np.float64], mated: Flags, bins: int = 10) -> float:
    """The mean gap between score and share of mated pairs, over bins of equal width (Naeini et al. 2015)."""
    which = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs(scores[which == b].sum() - mated[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(scores))
