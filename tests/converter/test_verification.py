"""The protocols: folds, a distance from elsewhere, and everything that is reported."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from converter.errors import PairsUnreadable
from converter.evaluate import metrics, verification
from converter.evaluate.embeddings import Embedded
from converter.evaluate.measure import card_rule, measure, tuned_rule
from converter.evaluate.pairs import Pair
from edge.vision import bundle
from edge.vision.card import EmbedderCard

FILE = Path("pairs.txt")
CARD = bundle.load("face", EmbedderCard).card


def at_angle(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def made(people=30, spread=6.0, folds=1, failures=0):
    """Two pictures of each person, people evenly around a circle; every pair of neighbours is non-mated."""
    random, vectors, pairs = np.random.default_rng(8), {}, []
    for n in range(people):
        for k in (1, 2):
            vectors[Path(f"p{n}/p{n}_{k}.jpg")] = at_angle(360 / people * n + random.normal(0, spread))
    for n in range(people):
        fold, other = n * folds // people, (n + 1) % people
        pairs.append(Pair(Path(f"p{n}/p{n}_1.jpg"), Path(f"p{n}/p{n}_2.jpg"), (f"p{n}",) * 2, fold))
        pairs.append(Pair(Path(f"p{n}/p{n}_1.jpg"), Path(f"p{other}/p{other}_2.jpg"), (f"p{n}", f"p{other}"), fold))
    failed = list(vectors)[:failures]
    return pairs, Embedded({path: v for path, v in vectors.items() if path not in failed}, failed)


def test_folds_by_hand():
    distances = np.array([0.5, 1.5, 9.0, 11.0])
    found = verification.over_folds(distances, np.array([True, False] * 2), np.array([0, 0, 1, 1]))
    assert found.accuracy == 0.5
    assert found.distance == 5.5
    assert found.folds == [0.5, 0.5]
    assert found.standard_deviation == 0


def test_spread_over_folds_is_that_of_lfw():
    random = np.random.default_rng(9)
    mated = np.tile([True, False], 300)
    distances, folds = random.normal(np.where(mated, 0, 1.5), 1), np.repeat(range(10), 60)
    found = verification.over_folds(distances, mated, folds)
    mean = sum(found.folds) / 10
    deviation = (sum((share - mean) ** 2 for share in found.folds) / 9) ** 0.5
    assert found.standard_deviation == pytest.approx(deviation)
    assert found.standard_error == pytest.approx(deviation / 10**0.5)


def test_spread_without_folds_is_binomial():
    found = verification.at_distance(np.array([0.0, 1, 2, 3]), np.array([True, False, False, False]), 1.0)
    assert found.accuracy == 0.75
    assert found.standard_deviation == found.standard_error == pytest.approx((0.75 * 0.25 / 4) ** 0.5)


def test_failures_count_as_different_and_are_named():
    pairs, embedded = made(failures=2)
    results = measure(CARD, pairs, embedded, card_rule(CARD), FILE).results
    assert results.failures_to_acquire == 2
    assert results.failed_pictures == ["p0/p0_1.jpg", "p0/p0_2.jpg"]
    assert (results.pairs, results.calibration_pairs) == (60, 57)
    assert (results.pictures, results.people) == (60, 30)


def test_everything_is_consistent():
    pairs, embedded = made(people=60, folds=10)
    measured = measure(CARD, pairs, embedded, card_rule(CARD), FILE)
    results, curve = measured.results, measured.curve
    assert (results.folds, len(results.fold_accuracies)) == (10, 10)
    assert results.accuracy == pytest.approx(np.mean(results.fold_accuracies))
    assert results.accuracy_interval[0] <= results.accuracy <= results.accuracy_interval[1]
    assert results.eer == curve.equal_error_rate
    assert results.eer_interval[0] <= results.eer <= results.eer_interval[1]
    assert results.tar_at_far["0.1"] == curve.tmr_at(0.1)
    assert results.tar_at_far["0.01"] is results.tar_at_far_interval["0.01"] is None  # 60 pairs: 0.6 expected
    assert 0 <= results.threshold <= 1
    assert msgspec.json.decode(msgspec.json.encode(results), type=type(results)) == results


def test_the_threshold_may_come_from_other_pairs():
    pairs, embedded = made()
    rule = tuned_rule(CARD, pairs, embedded, Path("train.txt"))
    distances, mated = embedded.pair_distances(pairs, CARD.distance)
    assert rule.distance == metrics.best_distance(distances, mated)
    results = measure(CARD, pairs, embedded, rule, FILE).results
    assert results.threshold_distance == rule.distance
    assert "train.txt" in results.threshold_from
    assert measure(CARD, pairs, embedded, card_rule(CARD), FILE).results.threshold_distance == CARD.score.best_distance


def test_pictures_without_subjects_cannot_be_measured():
    pairs, embedded = made(failures=60)
    with pytest.raises(PairsUnreadable, match="no mated pair"):
        measure(CARD, pairs, embedded, card_rule(CARD), FILE)
    with pytest.raises(PairsUnreadable, match="give other pictures"):
        tuned_rule(CARD, pairs, embedded, FILE)
