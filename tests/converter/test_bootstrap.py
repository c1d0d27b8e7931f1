"""Intervals by drawing people again."""

import numpy as np

from converter.evaluate import bootstrap
from converter.evaluate.metrics import Roc

FIGURES = {"eer": lambda curve: curve.equal_error_rate, "tar": lambda curve: curve.tmr_at(0.1)}


def drawn(random, people=60):
    """A mated pair of each person, and non-mated pairs of neighbours, at normal distances 2 apart."""
    identities = [(f"p{n}", f"p{n}") for n in range(people)] + [
        (f"p{n}", f"p{(n + 1) % people}") for n in range(people)
    ]
    mated = np.repeat([True, False], people)
    return random.normal(np.where(mated, 0, 2), 1), mated, identities


def test_every_replicate_draws_as_many_people():
    draws = bootstrap.identity_draws(7, 50)
    assert draws.shape == (50, 7)
    assert set(draws.sum(axis=1)) == {7}
    np.testing.assert_array_equal(draws, bootstrap.identity_draws(7, 50))


def test_a_pair_counts_as_often_as_its_people_were_drawn():
    weights = bootstrap.pair_weights(
        np.array([3, 0, 2]), np.array([True, False, False]), np.array([[0, 0], [0, 1], [0, 2]])
    )
    assert list(weights) == [3, 0, 6]


def test_intervals_are_the_same_each_time_and_hold_the_figure():
    sample = drawn(np.random.default_rng(0))
    found = bootstrap.roc_intervals(*sample, FIGURES)
    assert found == bootstrap.roc_intervals(*sample, FIGURES)
    assert found["eer"][0] < 0.159 < found["eer"][1]


def test_intervals_cover_the_truth():
    truth, random, covered = 0.1587, np.random.default_rng(5), 0
    for _ in range(60):
        low, high = bootstrap.roc_intervals(*drawn(random), FIGURES, replicates=100)["eer"]
        covered += low <= truth <= high
    assert covered >= 48  # 95 % would be 57; few replicates and few people make it coarse


def test_no_interval_where_a_kind_is_never_drawn():
    def never(curve: Roc) -> float:
        raise AssertionError

    mated = np.array([True, False])
    assert bootstrap.roc_intervals(
        np.array([0.0, 1.0]), mated, [("a", "a"), ("b", "c")], {"tar": lambda c: c.tmr_at(0)}
    )
    # One person alone has no non-mated pair with weight.
    assert bootstrap.roc_intervals(np.array([0.0]), np.array([True]), [("a", "a")], {"eer": never}) == {"eer": None}
