"""What may be promised of false matches when people are few."""

import numpy as np
import pytest

from converter.evaluate import calibrate
from converter.evaluate.claims import claims, upper_bound
from edge.decision.threshold import Threshold, fixed, for_gallery
from edge.gallery.index import Index
from edge.types import Embedding
from edge.vision.card import Calibration, Euclidean, WeightedL1


def people(count: int, pictures: int = 5, noise: float = 0.1):
    random = np.random.default_rng(2)
    centres = np.repeat(random.normal(size=(count, 8)), pictures, axis=0)
    vectors = centres + random.normal(scale=noise, size=centres.shape)
    return vectors.astype(np.float32), [f"p{n // pictures}" for n in range(count * pictures)]


def test_the_upper_bound_of_nothing_seen_is_the_rule_of_three():
    assert upper_bound(0, 1000) == pytest.approx(3 / 1000, rel=0.01)
    assert upper_bound(0, 1) == pytest.approx(0.95)
    assert upper_bound(5, 5) == 1.0


@pytest.mark.parametrize("count", [2, 3, 8, 20, 60])
def test_no_rate_is_claimed_that_pairs_of_people_do_not_support(count):
    vectors, who = people(count)
    found = claims(vectors, who, Euclidean(), own=1.0)
    trials = count * (count - 1) // 2
    assert found.points
    for point in found.points:
        assert point.false_match_rate >= 1 - 0.05 ** (1 / trials) - 1e-9  # about 3 / n
        assert point.interval[0] <= point.false_match_rate <= point.interval[1]
    ordered = sorted(found.points, key=lambda point: point.false_match_rate)
    assert [p.distance for p in ordered] == sorted(p.distance for p in ordered)


def test_a_terminal_with_few_people_is_strict_and_knows_that_it_is_not_measured():
    vectors, who = people(6)
    found = claims(vectors, who, Euclidean(), own=1.0)
    threshold = for_gallery(1, 0.001, found.points, Calibration(1, 1, 0.5, "", 0, 0, 1))
    assert not threshold.measured
    assert threshold.distance <= 1.0
    assert any("6 people make 15 pairs of people" in gap for gap in found.gaps)
    assert any("who these people are" in gap for gap in found.gaps)


def test_many_people_support_what_they_always_did():
    vectors, who = people(200, 2)
    found = claims(vectors, who, Euclidean(), own=1.0)
    seen = calibrate.operating_points(vectors, who, Euclidean())
    assert found.points[: len(seen) - 1] == seen[: len(found.points[: len(seen) - 1])]
    assert min(point.false_match_rate for point in found.points) < 0.001


def test_few_separable_pairs_give_no_boundless_score():
    distances, mated = np.array([1.0, 1.1, 1.2, 3.0, 3.1, 3.2]), np.array([True] * 3 + [False] * 3)
    sure, _ = calibrate.fit_score(distances, mated)
    doubting, intercept = calibrate.fit_score(distances, mated, doubting=True)
    assert doubting < sure / 2
    assert 1 / (1 + np.exp(doubting * 1.1 - intercept)) == pytest.approx(0.8, abs=0.02)  # Platt's 4 of 5


HEAD = WeightedL1([-3.0, -2.0, 1.0])
SCORE = Calibration(1.0, -2.0, 0.5, "", 0, 0, -2.0)


def embedding(*numbers: float) -> Embedding:
    return Embedding(np.array(numbers, np.float32), "m")


def test_negative_distances_rank_in_the_index():
    """A trained head may weigh a difference in favour of a match."""
    index = Index(["anna", "ben"], [embedding(0, 0, 0), embedding(5, 5, 0)], "m", HEAD, SCORE)
    match = index.nearest(embedding(0, 0, 1))
    assert (match.person, match.distance) == ("ben", -24)
    assert match.runner_up.distance == 1
    assert match.score > match.runner_up.score


def test_a_threshold_among_negative_distances():
    threshold = fixed(0.5, SCORE)
    assert threshold.distance == -2
    assert threshold.met_by(0.5, -2)
    assert not threshold.met_by(0.4999, -1.9)


def test_scores_that_are_rounded_to_1_are_told_apart_by_their_distance():
    threshold = Threshold(1.0, -60.0, 0.001, measured=True)
    assert threshold.met_by(1.0, -61)
    assert not threshold.met_by(1.0, -50)
