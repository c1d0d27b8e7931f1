"""Score and operating points on distances whose truth is known."""

import numpy as np
import pytest

from converter.evaluate import calibrate
from edge.vision.card import Cosine, Euclidean


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_fit_recovers_the_logistic_whatever_the_share_of_mated_pairs(share):
    # Two normal distributions of equal spread give an exactly logistic posterior: slope = gap / spread^2.
    random, count = np.random.default_rng(4), 60_000
    mated = random.random(count) < share
    distances = random.normal(np.where(mated, 0.3, 0.5), 0.1)
    slope, intercept = calibrate.fit_score(distances, mated)
    assert slope == pytest.approx(20, rel=0.06)
    assert intercept == pytest.approx(8, rel=0.06)


def people_on_a_circle(people=150, pictures=4):
    """Unit vectors in random directions, with little noise between pictures of one person."""
    random = np.random.default_rng(6)
    centres = np.repeat(random.normal(size=(people, 8)), pictures, axis=0)
    vectors = centres + random.normal(scale=0.3, size=centres.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), [f"p{n // pictures}" for n in range(people * pictures)]


@pytest.mark.parametrize("distance", [Cosine(), Euclidean()])
def test_operating_points_hold_what_they_say(distance):
    vectors, who = people_on_a_circle()
    points = calibrate.operating_points(vectors, who, distance)
    apart = (
        1 - vectors @ vectors.T if isinstance(distance, Cosine) else np.linalg.norm(vectors[:, None] - vectors, axis=2)
    )
    upper = np.triu_indices(len(vectors), 1)
    same = (np.array(who)[:, None] == np.array(who))[upper]
    apart = apart[upper]
    for point in points:
        assert point.false_match_rate == pytest.approx(np.mean(apart[~same] <= point.distance), abs=2e-5)
        assert point.true_match_rate == pytest.approx(np.mean(apart[same] <= point.distance), abs=2e-3)
        assert (point.non_mated_pairs, point.mated_pairs) == (int((~same).sum()), int(same.sum()))
        assert point.interval[0] <= point.false_match_rate <= point.interval[1]


def test_operating_points_stop_where_pairs_cannot_tell_a_rate_from_none():
    vectors, who = people_on_a_circle()
    points = calibrate.operating_points(vectors, who, Cosine())
    least = min(point.false_match_rate for point in points)
    assert least * points[0].non_mated_pairs >= 2.9
    assert [p.distance for p in points] == sorted((p.distance for p in points), reverse=True)
    assert all(calibrate.operating_points(vectors[:12], who[:12], Cosine()))
