"""Intervals by drawing people again: people are the independent units, not pairs (ISO/IEC 19795-1, bootstrap)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from converter.evaluate import metrics
from converter.evaluate.metrics import Distances, Flags, Reals, Roc

Interval = tuple[float, float]
Figure = Callable[[Roc], float]

REPLICATES = 1000


def identity_draws(people: int, replicates: int = REPLICATES) -> NDArray[np.int64]:
    """How often each person was drawn in each replicate, replicates x people; the same each time."""
    random = np.random.default_rng(0)
    return random.multinomial(people, np.full(people, 1 / people), size=replicates)


def interval(values: Sequence[float] | Reals) -> Interval:
    """The middle 95 % of the replicates."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def roc_intervals(
    distances: Distances,
    mated: Flags,
    identities: Sequence[tuple[str, str]],
    figures: dict[str, Figure],
    replicates: int = REPLICATES,
) -> dict[str, Interval | None]:
    """The interval of each figure of the curve; none where no replicate holds both mated and non-mated pairs."""
    who = np.unique(np.asarray(identities), return_inverse=True)[1].reshape(-1, 2)
    curves = _curves(distances, mated, who, identity_draws(int(who.max()) + 1, replicates))
    return {name: interval([figure(curve) for curve in curves]) if curves else None for name, figure in figures.items()}


def _curves(distances: Distances, mated: Flags, who: NDArray[np.intp], draws: NDArray[np.int64]) -> list[Roc]:
    weights = (pair_weights(draw, mated, who) for draw in draws)
    return [metrics.roc(distances, mated, weight) for weight in weights if weight[mated].any() and weight[~mated].any()]


def pair_weights(draw: NDArray[np.int64], mated: Flags, who: NDArray[np.intp]) -> Reals:
    """How often each pair is in a replicate: as often as its person was drawn, or as both of its people were."""
    first, second = draw[who[:, 0]], draw[who[:, 1]]
    return np.where(mated, first, first * second).astype(np.float64)
