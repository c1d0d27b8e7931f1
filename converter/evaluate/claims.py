"""Operating points that the pictures support, and in plain words what they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from converter.evaluate.calibrate import all_comparisons, operating_points
from edge.config import Decision
from edge.vision.card import OperatingPoint
from edge.vision.similarity import Distance

_RULE_OF_THREE = 3
_WANTED = Decision().false_accept_rate
_FEW_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class Claims:
    """What can be promised of false matches, and sentences about what cannot."""

    points: list[OperatingPoint]
    gaps: list[str]


def claims(vectors: NDArray[np.float32], identities: Sequence[str], distance: Distance, own: float) -> Claims:
    """The points that the comparisons of all pictures with all support.

    Pictures of the same two people are no independent trials, so a rate counts as supported only if pairs of people
    are enough for it by the rule of three (95 %). Where people are too few for the rate that a terminal asks for, the
    last point is a distance that is strict enough by what was seen, or the model's own if that is stricter still. It
    claims no more than the upper bound of its rate (Clopper and Pearson 1934), so that few people never look like safe
    ones.

    Args:
        vectors: N x D embeddings of at least two people.
        identities: whose picture each is.
        own: the distance by which the model itself decides.
    """
    people = len(set(identities))
    trials = people * (people - 1) // 2
    seen = operating_points(vectors, identities, distance)
    points = [point for point in seen if point.false_match_rate * trials >= _RULE_OF_THREE]
    strict = min([own, *(point.distance for point in seen if point.false_match_rate >= 0.9 * _WANTED)])
    bounded = _bounded(vectors, identities, distance, strict, trials)
    if all(bounded.distance < point.distance and bounded.false_match_rate < point.false_match_rate for point in points):
        points.append(bounded)
    return Claims(points, list(_gaps(points, people, trials)))


def upper_bound(events: float, trials: int) -> float:
    """What a rate does not exceed with 95 % confidence (Clopper and Pearson 1934); of no event it is near to 3 / n."""
    return float(beta.ppf(0.95, events + 1, trials - events)) if events < trials else 1.0


def _bounded(
    vectors: NDArray[np.float32], identities: Sequence[str], distance: Distance, limit: float, trials: int
) -> OperatingPoint:
    values, mated = all_comparisons(vectors, identities, distance)
    false, non_mated = int((values[~mated] <= limit).sum()), int((~mated).sum())
    least = upper_bound(false / non_mated * trials, trials)
    true = float(np.mean(values[mated] <= limit)) if mated.any() else 0.0
    return OperatingPoint(least, limit, (0.0, least), non_mated, false, true, int(mated.sum()))


def _gaps(points: Sequence[OperatingPoint], people: int, trials: int) -> Iterator[str]:
    least = min(point.false_match_rate for point in points)
    if least > _WANTED:
        needed = ceil((1 + (1 + 8 * _RULE_OF_THREE / _WANTED) ** 0.5) / 2)
        yield (
            f"No false match rate below {least:.2g} is claimed: {people} people make {trials:,} pairs of people, and "
            f"fewer than 3 in {trials:,} cannot be told from none. For a rate of {_WANTED:g} it takes about {needed} "
            "people. A terminal that is asked for less uses the strictest point and warns in its log."
        )
    if people < _FEW_PEOPLE:
        yield (
            f"With {people} people all figures depend on who these people are; the intervals are wide for that reason, "
            "and say nothing of people unlike them."
        )
