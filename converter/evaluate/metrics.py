"""Figures of biometric performance, after ISO/IEC 19795-1. Pure; distances, so less is nearer.

A pair of pictures of one person is mated, of two persons non-mated. FMR: share of non-mated pairs that match; FNMR:
share of mated pairs that do not. TAR is 1 - FNMR, FAR here the same as FMR. A pair in which a subject could not be
acquired has an infinite distance: it never matches.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

Distances = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """FMR and TMR where pairs up to each distance match; rising. It starts at 0, 0, where nothing matches."""

    fmr: Reals
    tmr: Reals
    distance: Reals

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


def roc(distances: Distances, mated: Flags, weights: Reals | None = None) -> Roc:
    """The curve over all distances that occur; `weights` says how often each pair counts (once by default)."""
    values, rank = np.unique(np.asarray(distances, np.float64), return_inverse=True)
    # Ranks stand for the distances, since scikit-learn refuses infinite ones.
    fmr, tmr, negated = roc_curve(mated, -rank, sample_weight=weights, drop_intermediate=False)
    return Roc(fmr, tmr, np.concatenate([[-np.inf], values[-negated[1:].astype(int)]]))


def best_distance(distances: Distances, mated: Flags) -> float:
    """The distance up to which pairs match with the fewest errors; midway between the pairs on either side of it.

    Raises:
        ValueError: no pair has a finite distance.
    """
    finite = np.isfinite(distances)
    if not finite.any():
        raise ValueError("no pair has a finite distance, so no distance separates them")
    order = np.argsort(distances[finite], kind="stable")
    ordered, matching = distances[finite][order], mated[finite][order]
    gained = np.concatenate([[0], np.cumsum(np.where(matching, 1, -1))])
    inside_tie = np.concatenate([[False], ordered[1:] == ordered[:-1], [False]])
    at = int(np.argmax(np.where(inside_tie, -len(ordered) - 1, gained)))
    if at == 0:
        return float(np.nextafter(ordered[0], -np.inf))
    return float(ordered[at - 1] + ordered[min(at, len(ordered) - 1)]) / 2


def accuracy(distances: Distances, mated: Flags, distance: float) -> float:
    """The share of pairs that are decided rightly if those up to `distance` match."""
    return float(np.mean((distances <= distance) == mated))


def fold_results(distances: Distances, mated: Flags, folds: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Distance and accuracy in each fold, with the distance that is best in the others (the LFW protocol)."""
    found = []
    for fold in np.unique(folds):
        inside = folds == fold
        limit = best_distance(distances[~inside], mated[~inside])
        found.append((limit, accuracy(distances[inside], mated[inside], limit)))
    return found


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if trials == 0:
        return 0.0, 1.0
    share, z2 = successes / trials, Z_95**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_95 / (1 + z2 / trials) * float(np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)))
    return middle - half if successes > 0 else 0.0, middle + half if successes < trials else 1.0


def cllr(scores: Reals, mated: Flags) -> float:
    """Cost of the log-likelihood ratios in bits: 0 is perfect, 1 says nothing (Bruemmer and du Preez 2006).

    Args:
        scores: probabilities at even priors.
    """
    clipped = np.clip(scores, 1e-15, 1 - 1e-15)
    return float(-(np.log2(clipped[mated]).mean() + np.log2(1 - clipped[~mated]).mean()) / 2)


def score_bins(scores: Reals, bins: int = 10) -> NDArray[np.intp]:
    """Which of `bins` equal parts of 0..1 each score lies in."""
    return np.minimum((scores * bins).astype(np.intp), bins - 1)


def expected_calibration_error(scores: Reals, mated: Flags, bins: int = 10) -> float:
    """The mean gap between score and share of mated pairs, over bins of equal width (Naeini et al. 2015)."""
    which = score_bins(scores, bins)
    gaps = [abs(scores[which == b].sum() - mated[which == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(scores))
