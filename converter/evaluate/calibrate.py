"""From distances on real pairs to what a card promises: score, and operating points with their intervals."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from converter.evaluate.bootstrap import identity_draws, interval
from converter.evaluate.metrics import Distances, Flags, Reals
from edge.vision.card import OperatingPoint
from edge.vision.similarity import Distance, distances

RATES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
_RULE_OF_THREE = 3  # below 3/n, n trials cannot tell a rate from 0 with 95 % confidence
_REPLICATES = 200

Replicated = Callable[[Flags], Reals]
"""Which of the comparisons are false matches, to the false match rate in each replicate."""


def fit_score(values: Distances, mated: Flags, *, doubting: bool = False) -> tuple[float, float]:
    """Slope and intercept of the logistic score at even priors, whatever the share of mated pairs is.

    With `doubting`, one more pair of each kind is expected on the wrong side (the targets of Platt 1999), since a few
    pairs that a distance separates without error would otherwise give a score that knows no doubt.
    """
    weights = np.where(mated, 0.5 / mated.sum(), 0.5 / (~mated).sum()) * len(values)
    scale = float(np.std(values))
    wrong = np.where(mated, 1 / (mated.sum() + 2), 1 / ((~mated).sum() + 2)) if doubting else np.zeros(len(values))
    samples = np.concatenate([values, values]).reshape(-1, 1) / scale
    targets, shares = np.concatenate([mated, ~mated]), np.concatenate([weights * (1 - wrong), weights * wrong])
    used = shares > 0
    fit = LogisticRegression(C=1e6, max_iter=1000).fit(samples[used], targets[used], shares[used])
    return float(-fit.coef_[0, 0] / scale), float(fit.intercept_[0])


def operating_points(
    vectors: NDArray[np.float32], identities: Sequence[str], distance: Distance
) -> list[OperatingPoint]:
    """The distance at each false match rate that the comparisons of all pictures with all support.

    Args:
        vectors: N x D embeddings, several people, some with several pictures.
        identities: whose picture each is.
    """
    who = np.unique(np.asarray(identities), return_inverse=True)[1]
    first, second = np.triu_indices(len(vectors), 1)
    values, mated = all_comparisons(vectors, identities, distance)
    non_mated = np.sort(values[~mated])
    replicated = _replicated(who, first, second)
    return [
        _point(values, mated, non_mated, int(rate * len(non_mated)), replicated)
        for rate in RATES
        if rate * len(non_mated) >= _RULE_OF_THREE
    ]


def all_comparisons(
    vectors: NDArray[np.float32], identities: Sequence[str], distance: Distance
) -> tuple[Distances, Flags]:
    """The distance of each picture to each after it, in the order of `numpy.triu_indices`, and which are mated."""
    who = np.unique(np.asarray(identities), return_inverse=True)[1]
    first, second = np.triu_indices(len(vectors), 1)
    rows = [distances(vector, vectors[n + 1 :], distance) for n, vector in enumerate(vectors)]
    return np.concatenate(rows), who[first] == who[second]


def _point(
    values: Distances, mated: Flags, non_mated: Distances, allowed: int, replicated: Replicated
) -> OperatingPoint:
    limit = (float(non_mated[allowed - 1]) + float(non_mated[allowed])) / 2
    false = (values <= limit) & ~mated
    return OperatingPoint(
        false_match_rate=int(false.sum()) / len(non_mated),
        distance=limit,
        interval=interval(replicated(false)),
        non_mated_pairs=len(non_mated),
        false_matches=int(false.sum()),
        true_match_rate=float(np.mean(values[mated] <= limit)),
        mated_pairs=int(mated.sum()),
    )


def _replicated(who: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]) -> Replicated:
    """Counts a comparison as often as both of its people were drawn."""
    draws = identity_draws(int(who.max()) + 1, _REPLICATES)
    pictures = (draws * np.bincount(who)).astype(np.float64)
    trials = (pictures.sum(axis=1) ** 2 - (pictures**2).sum(axis=1)) / 2
    draws, trials = draws[trials > 0], trials[trials > 0]  # a replicate of one person alone has none

    def rates(false: Flags) -> Reals:
        one, other = who[first[false]], who[second[false]]
        return np.asarray([float(draw[one] @ draw[other]) for draw in draws] / trials)

    return rates
