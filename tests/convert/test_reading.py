"""Files of Keras 3 and Keras 2, written by them: each opens, and computes what they predicted."""

import numpy as np
import pytest

from .checking import errors, hints_for
from .conftest import NAMES

pytestmark = [pytest.mark.convert, pytest.mark.slow]

CASES = [
    *[("keras3", name, kind) for name in (*NAMES, "sigmoid-Patched-100") for kind in ("h5", "keras")],
    *[("tf_keras", name, kind) for name in NAMES for kind in ("h5", "keras", "saved")],
]


@pytest.mark.parametrize(("written", "name", "kind"), CASES, indirect=["written"])
def test_a_twin_is_read_as_it_was_trained(written, name, kind):
    found = errors(written / f"{name}.{kind}", written / f"{name}.npz", hints_for(name))
    assert found.fine, found


def test_what_was_found_is_said_in_sentences(keras3):
    from converter.convert.keras_file import Hints, read

    found = read(keras3 / "sigmoid-L1Dist-100.keras", Hints())
    assert found.found.startswith("A .keras archive of Keras 3")
    assert "twin 'SiameseNetwork'" in found.found
    assert "tower 'embedding'" in found.found
    assert "'l1_dist' (L1Dist): by its name" in found.found
    assert found.input_shape == (100, 100, 3)
    assert not found.has_rescaling
    assert read(keras3 / "mobile-L1_Distance_layer-128.keras", Hints()).has_rescaling


@pytest.mark.parametrize("written", ["keras3", "tf_keras"], indirect=True)
def test_two_identical_pictures_score_the_sigmoid_of_the_bias(written):
    from converter.convert.keras_file import Hints, read

    found = read(written / "sigmoid-L1Dist-100.h5", Hints())
    same = found.tower.predict(np.load(written / "sigmoid-L1Dist-100.npz")["fed"], verbose=0)
    np.testing.assert_allclose(found.twin_score(same, same), 1 / (1 + np.exp(-2.0)), atol=1e-7)
    assert found.head.intercept == 2.0
