"""Figures of performance, against scikit-learn, by hand, and on distributions whose figures are known."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score, roc_curve

from converter.evaluate import metrics

INF = float("inf")
distances_and_kinds = st.lists(
    st.tuples(st.one_of(st.integers(0, 6).map(float), st.just(INF)), st.booleans()), min_size=2, max_size=40
).filter(lambda pairs: len({kind for _, kind in pairs}) == 2)


def arrays(pairs):
    return np.array([d for d, _ in pairs]), np.array([k for _, k in pairs])


@given(distances_and_kinds)
def test_roc_says_which_shares_match_up_to_each_distance(pairs):
    distances, mated = arrays(pairs)
    curve = metrics.roc(distances, mated)
    for fmr, tmr, limit in zip(curve.fmr, curve.tmr, curve.distance, strict=True):
        assert fmr == pytest.approx(np.mean(distances[~mated] <= limit))
        assert tmr == pytest.approx(np.mean(distances[mated] <= limit))
    assert (curve.fmr[0], curve.tmr[0], curve.fmr[-1], curve.tmr[-1]) == (0, 0, 1, 1)


def test_roc_is_that_of_scikit_learn():
    random = np.random.default_rng(1)
    mated = random.random(500) < 0.4
    distances = random.normal(2 - mated, 1)
    curve = metrics.roc(distances, mated)
    fmr, tmr, limits = roc_curve(mated, -distances, drop_intermediate=False)
    np.testing.assert_allclose(curve.fmr, fmr)
    np.testing.assert_allclose(curve.tmr, tmr)
    np.testing.assert_allclose(curve.distance, -limits)
    area = float(np.sum(np.diff(curve.fmr) * (curve.tmr[1:] + curve.tmr[:-1]) / 2))
    assert area == pytest.approx(roc_auc_score(mated, -distances))


def test_weights_count_a_pair_several_times():
    distances, mated = np.array([1.0, 2, 3, 4]), np.array([True, False, True, False])
    weights = np.array([2.0, 1, 1, 3])
    weighted = metrics.roc(distances, mated, weights)
    repeated = metrics.roc(np.repeat(distances, weights.astype(int)), np.repeat(mated, weights.astype(int)))
    np.testing.assert_allclose(weighted.fmr, repeated.fmr)
    np.testing.assert_allclose(weighted.tmr, repeated.tmr)


@pytest.mark.parametrize("gap", [0.5, 1.0, 2.0, 4.0])
def test_equal_error_rate_of_two_normal_distributions(gap):
    points = np.array([NormalDist().inv_cdf((n + 0.5) / 20000) for n in range(20000)])
    distances = np.concatenate([points, points + gap])
    mated = np.repeat([True, False], len(points))
    expected = NormalDist().cdf(-gap / 2)
    assert metrics.roc(distances, mated).equal_error_rate == pytest.approx(expected, abs=2e-4)


def test_equal_error_rate_at_the_ends():
    mated = np.repeat([True, False], 10)
    assert metrics.roc(np.where(mated, 0.0, 1.0), mated).equal_error_rate == 0
    assert metrics.roc(np.where(mated, 1.0, 0.0), mated).equal_error_rate == 1
    assert metrics.roc(np.zeros(20), mated).equal_error_rate == 0.5


def test_a_pair_that_was_not_acquired_never_matches():
    distances, mated = np.array([1.0, INF, 2.0, INF]), np.array([True, True, False, False])
    curve = metrics.roc(distances, mated)
    assert curve.tmr_at(0) == 0.5
    assert curve.tmr_at(0.5) == 0.5
    assert curve.equal_error_rate == 0.5
    assert metrics.best_distance(distances, mated) == 1.5
    assert metrics.accuracy(distances, mated, 1.5) == 0.75


def test_true_match_rate_is_the_greatest_within_the_false_match_rate():
    curve = metrics.roc(np.array([1.0, 2, 3, 4, 5, 6]), np.array([True, False, True, True, False, False]))
    assert [curve.tmr_at(rate) for rate in (0, 0.33, 0.34, 1)] == [pytest.approx(t) for t in (1 / 3, 1 / 3, 1, 1)]


@given(distances_and_kinds.filter(lambda pairs: any(d < INF for d, _ in pairs)))
def test_no_distance_decides_better_than_the_best(pairs):
    distances, mated = arrays(pairs)
    best = metrics.accuracy(distances, mated, metrics.best_distance(distances, mated))
    tried = [-1.0, *distances[np.isfinite(distances)]]
    assert best == max(metrics.accuracy(distances, mated, limit) for limit in tried)


def test_best_distance_lies_midway():
    assert metrics.best_distance(np.array([1.0, 2.0, 4.0]), np.array([True, True, False])) == 3.0
    with pytest.raises(ValueError, match="finite"):
        metrics.best_distance(np.array([INF]), np.array([True]))


def test_each_fold_takes_its_distance_from_the_others():
    # In fold 0 mated pairs lie below 1, in fold 1 below 10: each is decided by the other's distance.
    distances = np.array([0.5, 1.5, 9.0, 11.0])
    mated = np.array([True, False, True, False])
    results = metrics.fold_results(distances, mated, np.array([0, 0, 1, 1]))
    assert results == [(10.0, 0.5), (1.0, 0.5)]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe 1998, table I, method 3; and R's prop.test without correction
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals_of_the_literature(successes, trials, low, high):
    assert metrics.wilson(successes, trials) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(counts):
    low, high = metrics.wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_cllr_is_the_log_loss_at_even_priors_in_bits():
    random = np.random.default_rng(2)
    mated = np.repeat([True, False], 300)
    scores = random.random(600)
    assert metrics.cllr(scores, mated) == pytest.approx(log_loss(mated, scores) / np.log(2))
    assert metrics.cllr(np.full(600, 0.5), mated) == pytest.approx(1)
    assert metrics.cllr(mated.astype(float), mated) == pytest.approx(0, abs=1e-12)


def test_calibration_error_by_hand():
    scores = np.array([0.05, 0.05, 0.95, 0.95])
    assert metrics.expected_calibration_error(scores, np.array([False, False, True, True])) == pytest.approx(0.05)
    assert metrics.expected_calibration_error(scores, np.array([True, True, False, False])) == pytest.approx(0.95)
    assert metrics.expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0
