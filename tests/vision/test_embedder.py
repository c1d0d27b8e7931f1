"""An embedding has length 1, is the same for a mirror image, and tells people apart."""

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from edge.types import Pixels
from edge.vision import bundle
from edge.vision.card import EmbedderCard
from edge.vision.embedder import Embedder
from edge.vision.similarity import distances
from edge.vision.stack import Stack

from .photos import portrait

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def crop(stack: Stack, data: Path) -> Pixels:
    return stack.probe_portrait(portrait(data), "001").crop


def variant(**changes: object) -> Embedder:
    """The shipped tower, with another card."""
    found = bundle.load("face", EmbedderCard)
    return Embedder(msgspec.structs.replace(found.card, **changes), found.interpreter())


def test_it_has_the_dimensions_of_the_card_length_one_and_the_models_digest(stack: Stack, crop: Pixels) -> None:
    found = stack.embedder.embed(crop)
    assert found.vector.shape == (stack.card.dimensions,)
    assert found.vector.dtype == np.float32
    assert float(np.linalg.norm(found.vector)) == pytest.approx(1, abs=1e-6)
    assert found.model == stack.card.digest == stack.embedder.model
    assert crop.shape[1::-1] == stack.embedder.size


def test_a_mirror_image_has_the_same_embedding(stack: Stack, crop: Pixels) -> None:
    mirrored = stack.embedder.embed(np.ascontiguousarray(crop[:, ::-1]))
    np.testing.assert_allclose(mirrored.vector, stack.embedder.embed(crop).vector, atol=1e-6)


def test_without_mirroring_it_has_not(crop: Pixels) -> None:
    embedder = variant(mirror=False)
    mirrored = embedder.embed(np.ascontiguousarray(crop[:, ::-1]))
    assert np.abs(mirrored.vector - embedder.embed(crop).vector).max() > 1e-3


def test_with_mirroring_it_is_the_mean_of_both(crop: Pixels) -> None:
    single, both = variant(mirror=False, unit_length=False), variant(mirror=True, unit_length=False)
    mean = (single.embed(crop).vector + single.embed(np.ascontiguousarray(crop[:, ::-1])).vector) / 2
    np.testing.assert_allclose(both.embed(crop).vector, mean, atol=1e-6)
    assert float(np.linalg.norm(mean)) != pytest.approx(1, abs=0.01)


def test_the_same_crop_gives_the_same_embedding_each_time(stack: Stack, crop: Pixels) -> None:
    first = stack.embedder.embed(crop).vector
    stack.embedder.embed(255 - crop)
    assert np.array_equal(stack.embedder.embed(crop).vector, first)


def test_a_person_who_smiles_is_nearer_to_herself_than_to_others(stack: Stack, data: Path) -> None:
    numbers = ["001", "002", "003", "004", "005"]
    neutral, smiling = (
        np.stack([stack.embedder.embed(stack.probe_portrait(portrait(data, n, mood), n).crop).vector for n in numbers])
        for mood in ("neutral", "smiling")
    )
    for row, probe in enumerate(smiling):
        assert int(np.argmin(distances(probe, neutral, stack.card.distance))) == row


def test_a_little_noise_moves_an_embedding_little(stack: Stack, crop: Pixels) -> None:
    noise = np.random.default_rng(0).normal(0, 4, crop.shape)
    noisy = np.clip(crop + noise, 0, 255).astype(np.uint8)
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    reference = stack.embedder.embed(crop).vector
    for picture in (noisy, grey):
        near = distances(stack.embedder.embed(picture).vector, reference[np.newaxis], stack.card.distance)[0]
        assert near < 0.3 * stack.card.score.best_distance
