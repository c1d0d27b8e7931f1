"""Which part of a model is taken for the tower."""

import numpy as np
import pytest

from converter.convert.reading.faults import ModelUnclear, ModelUnreadable, ModelUnsupported
from converter.errors import WrongUsage

pytestmark = pytest.mark.convert


@pytest.fixture
def saved(tmp_path):
    """Saves a model and reads it."""
    from converter.convert.keras_file import Hints, read

    def open_(model, ending="keras", **hints):
        model.save(tmp_path / f"model.{ending}")
        return read(tmp_path / f"model.{ending}", Hints(**hints))

    return open_


def check(found, tower, noise):
    np.testing.assert_allclose(found.tower.predict_on_batch(noise), tower.predict_on_batch(noise), atol=1e-6)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_model_of_one_picture_is_the_tower(saved, noise, ending):
    from . import twins

    tower = twins.shuffled(twins.tower())
    found = saved(tower, ending)
    assert found.head is None
    check(found, tower, noise)
    assert saved(tower, ending, distance="cosine").head.slope is None


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_sequential_tower_with_a_nested_one_is_read(saved, noise, ending):
    import keras
    from keras import layers

    from . import twins

    body = keras.Sequential([layers.Conv2D(8, 3), layers.BatchNormalization(), layers.ReLU()], name="body")
    rest = [layers.GlobalAveragePooling2D(), layers.Dense(16)]
    tower = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), body, *rest], name="embedding")
    twins.shuffled(tower)
    found = saved(twins.twin(twins.l1, of=tower), ending)
    assert found.has_rescaling
    check(found, tower, noise * 255)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_twin_whose_layers_are_used_twice_has_a_tower_too(saved, noise, ending):
    import keras
    from keras import layers

    from . import twins

    convolution, flat, dense = layers.Conv2D(4, 5, strides=4), layers.Flatten(), layers.Dense(8)
    first, second = twins.pictures()
    a, b = (dense(flat(convolution(picture))) for picture in (first, second))
    model = keras.Model([first, second], layers.Dense(1, activation="sigmoid")(twins.l1(a, b)))
    check(saved(model, ending), keras.Model(first, a), noise)


def test_what_follows_the_nested_model_belongs_to_the_tower(saved, noise):
    import keras
    from keras import layers

    from . import twins

    of, first, second = twins.tower(), *twins.pictures()
    unit = layers.UnitNormalization()
    a, b = unit(of(first)), unit(of(second))
    model = keras.Model([first, second], layers.Dense(1, activation="sigmoid")(twins.l1(a, b)))
    check(saved(model), keras.Model(first, a), noise)


def test_a_triplet_is_asked_for_its_tower(saved, noise):
    import keras

    from . import twins

    of = twins.tower(name="body")
    inputs = [keras.Input((32, 32, 3)) for _ in range(3)]
    model = keras.Model(inputs, [of(picture) for picture in inputs])
    with pytest.raises(ModelUnclear, match=r"gives 3 results.*--tower body"):
        saved(model)
    found = saved(model, tower="body")
    assert found.head is None
    check(found, of, noise)
    joined = keras.Model(inputs, keras.layers.Concatenate()([of(picture) for picture in inputs]))
    with pytest.raises(ModelUnclear, match=r"takes 3 pictures.*--tower body"):
        saved(joined)


def test_two_different_towers_are_asked_for(saved, noise):
    import keras
    from keras import layers

    from . import twins

    left, right, first, second = twins.tower(name="left"), twins.tower(name="right"), *twins.pictures()
    model = keras.Model([first, second], layers.Dense(1)(twins.l1(left(first), right(second))))
    with pytest.raises(ModelUnclear, match=r"layers of their own.*--tower left or right"):
        saved(model)
    check(saved(model, tower="right"), right, noise)
    with pytest.raises(ModelUnclear, match=r"no part 'middle'.*--tower left or right"):
        saved(model, tower="middle")


def test_a_classifier_is_asked_for_the_layer_of_its_embedding(saved, noise):
    import keras
    from keras import layers

    from . import twins

    tower = twins.tower()
    model = keras.Sequential([*tower.layers, layers.Dense(10, activation="softmax", name="people")])
    with pytest.raises(ModelUnclear, match=rf"as a classifier does.*--tower {tower.layers[-1].name}"):
        saved(model)
    check(saved(model, tower=tower.layers[-1].name), tower, noise)


def test_a_model_that_is_code_is_refused_with_a_way_out(saved):
    import keras

    class Wrapped(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4)

        def call(self, x):
            return self.dense(x)

    model = Wrapped()
    model(np.zeros((1, 8)))
    with pytest.raises(ModelUnsupported, match=r"'Wrapped' is code of your own.*embedding.save"):
        saved(model)


def test_code_in_a_tower_is_not_run_but_asked_for(saved, noise):
    from keras import layers

    from . import lambdas, twins

    def model():
        return twins.tower(last=layers.Lambda(lambdas.unit_length, name="unit"))

    with pytest.raises(ModelUnclear, match=r"'unit' \(Lambda\) is code.*--layer unit=unit-length.*--trust-code"):
        saved(model())
    for tower, hints in ((model(), {"layers": {"unit": "unit-length"}}), (model(), {"trust_code": True})):
        check(saved(tower, **hints), tower, noise)
    with pytest.raises(WrongUsage, match="known are unit-length, nothing"):
        saved(model(), layers={"unit": "square"})
    with pytest.raises(WrongUsage, match="known are l1, squared, euclidean, cosine"):
        saved(model(), distance="hamming")


def test_code_that_wants_more_than_the_file_holds_is_refused(saved):
    from keras import layers

    from . import lambdas, twins

    model = twins.tower(last=layers.Lambda(lambdas.lost, output_shape=(16,), name="unit"))
    with pytest.raises(ModelUnsupported, match=r"fails, perhaps for want of what stood around it.*helper"):
        saved(model, trust_code=True)


def test_code_that_scales_pixels_is_answered_by_the_range_that_it_gives(saved, noise):
    import keras
    from keras import layers

    from . import lambdas, twins

    tower, picture = twins.tower(), keras.Input((32, 32, 3))
    model = keras.Model(picture, tower(layers.Lambda(lambdas.scale)(picture)))
    with pytest.raises(ModelUnclear, match=r"--input-range LOW..HIGH if it scales pixels"):
        saved(model)
    check(saved(model, input_range="0..1"), tower, noise)


def test_arithmetic_with_numbers_becomes_scaling(saved, noise):
    import keras

    from . import twins

    tower, picture = twins.tower(), keras.Input((32, 32, 3))
    model = keras.Model(picture, tower(picture / 127.5 - 1.0))
    for ending in ("keras", "h5"):
        found = saved(model, ending)
        assert found.has_rescaling
        check(found, model, noise * 255)


def test_a_normalization_that_was_adapted_is_read(saved, noise):
    import keras
    from keras import layers

    from . import twins

    adapted, picture = layers.Normalization(), keras.Input((32, 32, 3))
    adapted.adapt(noise * 255)
    model = keras.Model(picture, twins.tower()(adapted(picture)))
    for ending in ("keras", "h5"):
        found = saved(model, ending)
        assert found.has_rescaling
        check(found, model, noise * 255)


def test_a_map_of_one_pixel_is_made_a_vector(saved, noise):
    import keras
    from keras import layers

    from . import twins

    picture = keras.Input((32, 32, 3))
    body = keras.Model(picture, layers.GlobalAveragePooling2D(keepdims=True)(layers.Conv2D(8, 3)(picture)), name="body")
    first, second = twins.pictures()
    joined = layers.Flatten()(twins.l1(body(first), body(second)))
    found = saved(keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined)))
    assert found.tower.output_shape == (None, 8)
    assert len(found.head.distance.weights) == 8


@pytest.mark.parametrize("kind", ["Attention", "LSTM"])
def test_layers_that_towers_do_not_have_are_named(saved, kind):
    import keras
    from keras import layers

    x = picture = keras.Input((8, 8, 3))
    rows = layers.Reshape((8, 24))(x)
    x = layers.LSTM(4)(rows) if kind == "LSTM" else layers.Flatten()(layers.Attention()([rows, rows]))
    with pytest.raises((ModelUnclear, ModelUnsupported), match=kind):
        saved(keras.Model(picture, x))


def test_weights_whose_names_do_not_fit_go_by_their_order(tmp_path, noise):
    import h5py

    from converter.convert.keras_file import Hints, read

    from . import twins

    of = twins.shuffled(twins.tower())
    twins.twin(twins.l1, of=of).save(tmp_path / "twin.h5")
    with h5py.File(tmp_path / "twin.h5", "r+") as file:
        group = file["model_weights/embedding"]
        names = list(group.attrs["weight_names"])
        for name in sorted({name.split("/")[0] for name in names}):
            group.move(name, f"renamed_{name}")
        group.attrs["weight_names"] = [f"renamed_{name}" for name in names]
    check(read(tmp_path / "twin.h5", Hints()), of, noise)
    with h5py.File(tmp_path / "twin.h5", "r+") as file:
        group = file["model_weights/embedding"]
        group.attrs["weight_names"] = list(group.attrs["weight_names"])[2:]
    with pytest.raises(ModelUnreadable, match="do not fit the 3 layers of 'embedding'"):
        read(tmp_path / "twin.h5", Hints())
