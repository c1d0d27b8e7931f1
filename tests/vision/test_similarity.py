"""Distances against plain numpy, and the score against the logistic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from edge.vision import bundle
from edge.vision.card import Calibration, Cosine, EmbedderCard, Euclidean, WeightedL1
from edge.vision.similarity import distances, score

Vectors = NDArray[np.float32]
NUMBERS = st.floats(-8, 8, width=32)
CALIBRATION = Calibration(12.5, 4.0, 0.5, "nothing", 1, 1, 0.3)


def vectors(*shape: int) -> st.SearchStrategy[Vectors]:
    return arrays(np.float32, shape, elements=NUMBERS)


@given(probe=vectors(6), references=vectors(4, 6))
def test_euclidean_is_the_length_of_the_difference(probe: Vectors, references: Vectors) -> None:
    plain = [math.dist(probe.tolist(), row) for row in references.tolist()]
    np.testing.assert_allclose(distances(probe, references, Euclidean()), plain, atol=1e-4, rtol=1e-5)


@given(probe=vectors(6), references=vectors(4, 6), weights=st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_weighted_l1_is_the_weighted_sum_of_absolute_differences(
    probe: Vectors, references: Vectors, weights: list[float]
) -> None:
    plain = [
        sum(w * abs(a - b) for w, a, b in zip(weights, probe.tolist(), row, strict=True)) for row in references.tolist()
    ]
    np.testing.assert_allclose(distances(probe, references, WeightedL1(weights)), plain, atol=1e-3, rtol=1e-4)


@given(probe=vectors(6), references=vectors(4, 6))
def test_cosine_is_one_less_the_cosine_of_the_angle(probe: Vectors, references: Vectors) -> None:
    found = distances(probe, references, Cosine())
    for value, row in zip(found, references.astype(np.float64), strict=True):
        length = math.hypot(*probe.tolist()) * math.hypot(*row)
        if length > 1e-3:
            assert value == pytest.approx(1 - float(row @ probe) / length, abs=1e-4)


def test_the_cosine_of_nothing_is_no_fault() -> None:
    assert distances(np.zeros(3, np.float32), np.zeros((2, 3), np.float32), Cosine()).tolist() == [1, 1]


@pytest.mark.parametrize("distance", [Euclidean(), Cosine(), WeightedL1([0.5, 1, 2])])
def test_a_vector_is_nearest_to_itself_and_distance_goes_both_ways(distance: Euclidean | Cosine | WeightedL1) -> None:
    a, b = np.array([1, 2, 3], np.float32), np.array([-2, 0.5, 4], np.float32)
    assert distances(a, a[np.newaxis], distance)[0] == pytest.approx(0, abs=1e-6)
    assert distances(a, b[np.newaxis], distance)[0] == pytest.approx(distances(b, a[np.newaxis], distance)[0])
    assert distances(a, b[np.newaxis], distance)[0] > 0.1


def test_an_empty_gallery_gives_no_distances() -> None:
    for distance in (Euclidean(), Cosine(), WeightedL1([1] * 3)):
        assert distances(np.ones(3, np.float32), np.empty((0, 3), np.float32), distance).shape == (0,)


@given(st.floats(0, 3))
def test_the_score_is_the_logistic_of_the_distance(distance: float) -> None:
    assert float(score(distance, CALIBRATION)) == pytest.approx(1 / (1 + math.exp(12.5 * distance - 4)), rel=1e-9)


@given(st.floats(0, 2), st.floats(0, 2))
def test_nearer_never_scores_less(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert score(near, CALIBRATION) >= score(far, CALIBRATION)


def test_the_score_is_one_half_where_the_odds_are_even_and_takes_arrays() -> None:
    assert score(4 / 12.5, CALIBRATION) == pytest.approx(0.5)
    assert score(np.array([0, 4 / 12.5, 3]), CALIBRATION).shape == (3,)


def test_the_shipped_score_never_overflows_and_separates_the_measured_distances() -> None:
    card = bundle.load("face", EmbedderCard).card
    found = score(np.linspace(0, 2, 1001), card.score)
    assert np.isfinite(found).all()
    assert (np.diff(found) <= 0).all()
    assert found[0] > 0.999
    assert found[-1] < 1e-6
    rates = [(point.distance, point.false_match_rate) for point in card.operating_points]
    assert sorted(rates) == sorted(rates, key=lambda pair: pair[1])
