"""Files that hold weights only, for a tower that the user names."""

import numpy as np
import pytest

from converter.convert.reading.faults import ModelUnclear, ModelUnreadable

from .checking import TOWER, TWIN, device_scores
from .conftest import wrote

pytestmark = [pytest.mark.convert, pytest.mark.slow]

NAME = "sigmoid-L1Dist-100"


def opened(file, **hints):
    from converter.convert.keras_file import Hints, read

    return read(file, Hints(**hints))


def check(found, predicted):
    wanted = np.load(predicted)
    first = found.tower.predict(wanted["fed"], verbose=0)
    assert np.abs(first - wanted["embeddings"]).max() <= TOWER
    if found.head:
        assert np.abs(device_scores(found, first, np.roll(first, -1, axis=0)) - wanted["scores"]).max() <= TWIN


@pytest.mark.parametrize(
    ("written", "ending"),
    [("keras3", "weights.h5"), ("tf_keras", "weights.h5"), ("tf_keras", "ckpt.index")],
    indirect=["written"],
)
@pytest.mark.parametrize("name", [NAME, "mobile-L1_Distance_layer-128"])
def test_a_model_of_the_same_layers_tells_where_they_go(written, ending, name):
    found = opened(written / f"{name}.{ending}", tower=str(written / f"{name}.h5"), distance="l1")
    assert found.head.slope == 1
    check(found, written / f"{name}.npz")


def test_json_of_the_tower_does_too(keras3, tmp_path):
    import keras

    tower = opened(keras3 / f"{NAME}.keras").tower
    assert isinstance(tower, keras.Model)
    (tmp_path / "tower.json").write_text(tower.to_json())
    found = opened(keras3 / f"{NAME}.weights.h5", tower=str(tmp_path / "tower.json"))
    assert found.head is None
    check(found, keras3 / f"{NAME}.npz")


def test_without_a_tower_the_question_is_asked(keras3):
    with pytest.raises(ModelUnclear, match="--tower koch"):
        opened(keras3 / f"{NAME}.weights.h5")
    with pytest.raises(ModelUnclear, match="neither a file nor one of koch"):
        opened(keras3 / f"{NAME}.weights.h5", tower="resnet")


def test_weights_of_another_tower_are_refused(keras3):
    with pytest.raises(ModelUnreadable, match="do not fit the tower"):
        opened(keras3 / f"{NAME}.weights.h5", tower=str(keras3 / "mobile-Lambda-100.h5"))
    with pytest.raises(ModelUnreadable, match="do not fit the tower 'koch:100'"):
        opened(keras3 / f"{NAME}.weights.h5", tower="koch:100")


@pytest.mark.parametrize("kind", ["keras3", "tf_keras"])
def test_the_tutorials_network_is_known_by_its_name(kind, tmp_path, request):
    environment = request.getfixturevalue("legacy") if kind == "tf_keras" else {}
    wrote(tmp_path, "--filters", 64, "--names", NAME, "--kinds", "weights", **environment)
    found = opened(tmp_path / f"{NAME}.weights.h5", tower="koch")
    assert found.tower.count_params() == 38_960_448
    assert found.head.slope == 1
    check(found, tmp_path / f"{NAME}.npz")
