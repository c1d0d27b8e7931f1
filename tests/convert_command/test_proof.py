"""Parity, flips, and what a process that runs a model gives back. No TensorFlow here."""

from pathlib import Path

import numpy as np
import pytest

from converter.convert.prove import AT_THE_TERMINAL, OWN_RULE, Rule, Trial, pair_distances
from converter.convert.running import Bench, Run, at_hand
from edge.vision import bundle
from edge.vision.card import Calibration, Cosine, EmbedderCard, Euclidean, Input, WeightedL1
from edge.vision.embedder import Embedder
from edge.vision.interpreter import Interpreter
from edge.vision.similarity import distances

FACE = bundle.SHIPPED / "face"
ROWS = np.array([(0, 1), (0, 2), (1, 2), (3, 0)])


def vectors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(4, 3)).astype(np.float32)


@pytest.mark.parametrize("distance", [Cosine(), Euclidean(), WeightedL1([1.0, -2.0, 3.0])])
def test_pairs_are_as_far_apart_as_at_the_door(distance):
    points = vectors()
    wanted = [float(distances(points[a], points[b][np.newaxis], distance)[0]) for a, b in ROWS]
    np.testing.assert_allclose(pair_distances(points, ROWS, distance), wanted, rtol=1e-6)


def trial(reference: np.ndarray, own: float, door: float) -> Trial:
    rules = Rule(OWN_RULE, own), Rule(AT_THE_TERMINAL, door)
    return Trial(reference, ROWS, Euclidean(), Calibration(1, 1, 0.5, "", 0, 0, own), rules)


def test_the_same_is_the_same():
    found = trial(vectors(), 1, 0.5).parity(Run("float32", "r", 1, vectors()))
    assert (found.pairs, found.pictures) == (4, 4)
    assert found.cosine_min == pytest.approx(1)
    assert (found.max_error, found.score_error, found.decided_differently) == (0, 0, 0)
    assert not found.flipped


def test_a_pair_that_crosses_the_own_rule_is_a_flip_and_named():
    reference = np.array([(0, 0, 0), (1, 0, 0), (5, 0, 0), (9, 0, 0)], np.float32)
    moved = reference.copy()
    moved[1, 0] = 1.2
    found = trial(reference, own=1.1, door=0.5).parity(Run("int8", "r", 1, moved))
    assert found.flips == {OWN_RULE: 0.25, AT_THE_TERMINAL: 0}
    (flip,) = found.flipped
    assert (flip.pair, flip.trained, flip.converted) == (0, 1, pytest.approx(1.2))
    assert found.max_error == pytest.approx(0.2)


def test_a_run_that_had_no_time_counts_the_pairs_that_it_saw():
    found = trial(vectors(), 1, 0.5).parity(Run("int16x8", "r", 1, vectors()[:3]))
    assert (found.pairs, found.pictures) == (3, 3)


def test_a_run_that_gave_nothing_has_no_parity():
    assert trial(vectors(), 1, 0.5).parity(Run("dynamic", "r", 1, fault="lacks an operation")) is None


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 256, (12, 150, 150, 3)).astype(np.uint8)


def test_every_runtime_at_hand_embeds_as_the_terminal_does(crops):
    assert at_hand()
    card = bundle.load("face", EmbedderCard).card
    with Bench(crops, card.input, threads=1) as bench:
        runs = list(bench.runs("int8", (FACE / "model.tflite").read_bytes(), float("inf")))
    assert [run.runtime for run in runs] == at_hand()
    for run in runs:
        assert run.vectors.shape == (12, 128)
        assert run.milliseconds > 0
        assert run.version
        assert not run.fault
    plain = Embedder(_plain(card), Interpreter(FACE / "model.tflite", runs[0].runtime))
    np.testing.assert_allclose(runs[0].vectors[0], plain.embed(crops[0]).vector, atol=1e-6)


def _plain(card: EmbedderCard) -> EmbedderCard:
    fields = {name: getattr(card, name) for name in EmbedderCard.__struct_fields__}
    return EmbedderCard(**fields | {"mirror": False, "unit_length": False})


def test_a_runtime_that_cannot_run_the_model_says_why(crops):
    with Bench(crops, Input(150, 150), threads=1) as bench:
        runs = list(bench.runs("int8", b"no model", 1))
    assert runs
    for run in runs:
        assert run.vectors is None
        assert run.fault
        assert "\n" not in run.fault


def test_little_time_means_fewer_crops(crops):
    with Bench(np.concatenate([crops] * 3), Input(150, 150), threads=1) as bench:
        run = next(bench.runs("int8", (FACE / "model.tflite").read_bytes(), 0.0))
    assert len(run.vectors) == 10


def test_nothing_is_left_on_the_disk(crops):
    with Bench(crops, Input(150, 150), threads=1) as bench:
        folder = Path(bench._folder)
        assert folder.is_dir()
    assert not folder.exists()
