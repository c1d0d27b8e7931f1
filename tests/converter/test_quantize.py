"""What int8 costs, on real faces: nearly nothing, and nobody pays more than others."""

import numpy as np
import pytest

from converter.evaluate import metrics
from edge.vision.embedder import Embedder
from edge.vision.interpreter import Interpreter

from .conftest import embedded_by

pytestmark = [pytest.mark.convert, pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def in_float(worked, crops_of, stack):
    """The same pictures through the tower in float32, by the same code."""
    interpreter = Interpreter(worked.folder / "float.tflite", "ai-edge-litert", threads=2)
    return embedded_by(Embedder(stack.card, interpreter), crops_of)


def test_the_float_model_equals_keras(worked):
    interpreter = Interpreter(worked.folder / "float.tflite", "ai-edge-litert")
    found = np.array([interpreter.run(crop[np.newaxis].astype(np.float32))[0][0] for crop in worked.crops])
    np.testing.assert_allclose(found, worked.embeddings, atol=1e-5)


def test_every_face_keeps_its_embedding(embedded, in_float):
    cosines = {photo: float(vector @ in_float.vectors[photo]) for photo, vector in embedded.vectors.items()}
    assert len(cosines) > 4900
    worst = sorted(cosines, key=cosines.__getitem__)[:5]
    assert cosines[worst[0]] >= 0.998, {photo.name: cosines[photo] for photo in worst}


def test_int8_decides_as_well_as_float(lfw, embedded, in_float, stack):
    pairs = [*lfw.train, *lfw.test]
    shares = {}
    for name, vectors in (("int8", embedded), ("float", in_float)):
        distances, mated = vectors.pair_distances(pairs, stack.card.distance)
        shares[name] = metrics.accuracy(distances, mated, metrics.best_distance(distances, mated))
    assert shares["int8"] >= shares["float"] - 0.002, shares
