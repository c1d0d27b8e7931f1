"""The threshold for a gallery comes out of what was measured, and says when more is asked for than is known."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.decision.threshold import fixed, for_gallery
from edge.vision import bundle
from edge.vision.card import Calibration, EmbedderCard, OperatingPoint
from edge.vision.similarity import score

CARD = bundle.load("face", EmbedderCard).card
CALIBRATION = Calibration(10.0, 6.0, 0.5, "nothing", 1, 1, 0.6)


def point(rate: float, distance: float) -> OperatingPoint:
    return OperatingPoint(rate, distance, (rate / 2, rate * 2), 1000, 1, 0.9, 100)


POINTS = [point(1e-2, 0.6), point(1e-4, 0.4), point(1e-3, 0.5)]


@pytest.mark.parametrize(("rate", "distance"), [(1e-2, 0.6), (1e-3, 0.5), (1e-4, 0.4)])
def test_for_one_person_it_hits_each_measured_point(rate: float, distance: float) -> None:
    found = for_gallery(1, rate, POINTS, CALIBRATION)
    assert found.distance == pytest.approx(distance)
    assert found.score == pytest.approx(float(score(distance, CALIBRATION)))
    assert found.false_match_rate == pytest.approx(rate)
    assert found.measured


@pytest.mark.parametrize("at", range(len(CARD.operating_points)))
def test_the_shipped_points_are_hit_too(at: int) -> None:
    known = CARD.operating_points[at]
    found = for_gallery(1, known.false_match_rate, CARD.operating_points, CARD.score)
    assert found.distance == pytest.approx(known.distance, rel=1e-6)


def test_halfway_between_two_points_means_halfway_on_a_logarithm() -> None:
    assert for_gallery(1, math.sqrt(1e-3 * 1e-2), POINTS, CALIBRATION).distance == pytest.approx(0.55)
    assert for_gallery(1, math.sqrt(1e-3 * 1e-4), POINTS, CALIBRATION).distance == pytest.approx(0.45)


@pytest.mark.parametrize(("size", "rate"), [(10, 0.001), (102, 0.001), (1000, 0.01), (7, 0.5)])
def test_all_comparisons_together_accept_a_stranger_at_the_wanted_rate(size: int, rate: float) -> None:
    points = [point(10**-k, 1 - k / 20) for k in range(1, 8)]
    found = for_gallery(size, rate, points, CALIBRATION)
    assert found.measured
    assert found.false_match_rate is not None
    assert 1 - (1 - found.false_match_rate) ** size == pytest.approx(rate, rel=1e-6)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(1e-9, 0.999))
def test_more_people_never_lower_it(one: int, other: int, rate: float) -> None:
    few, many = sorted((one, other))
    small = for_gallery(few, rate, CARD.operating_points, CARD.score)
    large = for_gallery(many, rate, CARD.operating_points, CARD.score)
    assert large.score >= small.score
    assert large.distance <= small.distance


@given(st.integers(0, 1000), st.floats(1e-12, 0.999), st.floats(1e-12, 0.999))
def test_a_higher_rate_never_raises_it(size: int, one: float, other: float) -> None:
    strict, lax = (for_gallery(size, rate, CARD.operating_points, CARD.score) for rate in sorted((one, other)))
    assert strict.score >= lax.score


@given(st.integers(0, 100_000), st.floats(1e-15, 0.999999))
def test_it_is_always_a_usable_number_within_the_measured_range(size: int, rate: float) -> None:
    found = for_gallery(size, rate, CARD.operating_points, CARD.score)
    measured = [p.distance for p in CARD.operating_points]
    assert min(measured) <= found.distance <= max(measured)
    assert 0 < found.score < 1


def test_less_than_was_ever_measured_is_clamped_and_told() -> None:
    found = for_gallery(1000, 0.001, POINTS, CALIBRATION)
    assert not found.measured
    assert found.distance == pytest.approx(0.4)
    assert found.false_match_rate == pytest.approx(1e-4)


def test_more_than_was_ever_measured_is_clamped_to_the_laxest_point() -> None:
    found = for_gallery(1, 0.5, POINTS, CALIBRATION)
    assert found.measured
    assert found.distance == pytest.approx(0.6)
    assert found.false_match_rate == pytest.approx(1e-2)


def test_an_empty_gallery_has_the_threshold_of_one_person() -> None:
    assert for_gallery(0, 0.001, POINTS, CALIBRATION) == for_gallery(1, 0.001, POINTS, CALIBRATION)


def test_the_order_of_the_points_does_not_matter() -> None:
    found = {for_gallery(3, 0.004, order, CALIBRATION).distance for order in itertools.permutations(POINTS)}
    assert len(found) == 1


@given(st.floats(1e-6, 1 - 1e-6))
def test_a_fixed_score_is_taken_as_it_is_with_the_distance_that_gives_it(value: float) -> None:
    found = fixed(value, CALIBRATION)
    assert found.score == value
    assert float(score(found.distance, CALIBRATION)) == pytest.approx(value, rel=1e-6)
    assert found.false_match_rate is None
    assert not found.measured
    assert np.isfinite(found.distance)


def test_a_match_must_reach_the_score_and_lie_within_the_distance_since_scores_are_rounded_to_one() -> None:
    found = for_gallery(1, 1e-3, POINTS, Calibration(1000.0, 600.0, 0.5, "nothing", 1, 1, 0.6))
    assert found.score == 1.0  # so are those of greater distances
    assert found.met_by(1.0, found.distance)
    assert not found.met_by(1.0, found.distance + 1e-6)
    assert not found.met_by(0.5, found.distance - 1e-6)
