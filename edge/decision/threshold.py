"""The threshold for a gallery of N people, from the operating points that were measured. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.vision.card import Calibration, OperatingPoint
from edge.vision.similarity import score


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a match must reach, and what is known about it."""

    score: float  # 0..1; a match has at least this
    distance: float  # the same as a distance; a match has at most this
    false_match_rate: float | None  # of one comparison; None for a score that was fixed by hand
    measured: bool  # False where the wanted rate is lower than any that was measured

    def met_by(self, score: float, distance: float) -> bool:
        """Whether a match is near enough. The distance counts too, since scores near 1 are rounded to it."""
        return score >= self.score and distance <= self.distance


def for_gallery(
    size: int, false_accept_rate: float, points: Sequence[OperatingPoint], calibration: Calibration
) -> Threshold:
    """The threshold at which a stranger is taken for any of `size` people with the chance `false_accept_rate`.

    N independent comparisons at a false match rate f accept falsely with 1 - (1 - f)^N, so f = 1 - (1 - rate)^(1/N).
    Between measured points it is interpolated along the logarithm of the rate. Below the least measured rate the least
    measured one holds, and `measured` says that less was asked for than is known.
    """
    wanted = float(-np.expm1(np.log1p(-false_accept_rate) / max(size, 1)))
    ordered = sorted(points, key=lambda point: point.false_match_rate)
    rates = np.log([max(point.false_match_rate, 1e-12) for point in ordered])
    distance = float(np.interp(np.log(wanted), rates, [point.distance for point in ordered]))
    reached = float(np.exp(np.clip(np.log(wanted), rates[0], rates[-1])))
    measured = wanted >= ordered[0].false_match_rate
    return Threshold(float(score(distance, calibration)), distance, reached, measured)


def fixed(value: float, calibration: Calibration) -> Threshold:
    """The threshold that the configuration sets as a score (0 < value < 1)."""
    distance = (calibration.intercept + np.log(1 / value - 1)) / calibration.slope
    return Threshold(value, float(distance), None, measured=False)
