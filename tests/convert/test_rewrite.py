"""Rewrites change how much is computed, and nothing of what."""

import subprocess
import sys
import time

import numpy as np
import pytest

pytestmark = pytest.mark.convert

CLOSE, NEAR = 1e-6, 1e-5  # the latter where sums over thousands of numbers are grouped otherwise


def rewritten(model, pictures, within=CLOSE):
    """The rewritten model and what was done, checked against the model."""
    from converter.convert.rewrite import rewritten as rewrite

    new, done = rewrite(model)
    assert new.input_shape[0] == 1
    found = np.concatenate([new.predict_on_batch(picture[np.newaxis]) for picture in pictures])
    wanted = model.predict_on_batch(pictures)
    np.testing.assert_allclose(found, wanted, atol=within * max(1.0, float(np.abs(wanted).max())))
    return new, done


def model(*steps, size=(32, 32, 3)):
    import keras

    from . import twins

    return twins.shuffled(keras.Sequential([keras.Input(size), *steps]))


def kinds(of):
    return [type(layer).__name__ for layer in of.layers]


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("pool", "strides"), [((16, 16), 2), ((5, 7), (3, 2)), (4, None)])
def test_a_large_pool_is_split_bit_for_bit(noise, padding, pool, strides):
    from keras import layers

    new, done = rewritten(model(layers.MaxPooling2D(pool, strides, padding=padding)), noise, within=0)
    assert kinds(new).count("MaxPooling2D") == 2
    assert "split into" in done[0]


def test_a_small_pool_stays(noise):
    from keras import layers

    new, done = rewritten(model(layers.MaxPooling2D(3, 2)), noise, within=0)
    assert kinds(new).count("MaxPooling2D") == 1
    assert done == ["batch size fixed to 1"]


def before():
    from keras import layers

    return {
        "Conv2D": [layers.Conv2D(8, 3, strides=2)],
        "no bias": [layers.Conv2D(8, 3, use_bias=False)],
        "groups": [layers.Conv2D(9, 3, groups=3)],
        "DepthwiseConv2D": [layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same")],
        "Conv2DTranspose": [layers.Conv2DTranspose(8, 3)],
        "Dense": [layers.Flatten(), layers.Dense(8)],
    }


@pytest.mark.parametrize("name", ["Conv2D", "no bias", "groups", "DepthwiseConv2D", "Conv2DTranspose", "Dense"])
def test_a_batch_norm_goes_into_the_layer_before_it(noise, name):
    from keras import layers

    new, done = rewritten(model(*before()[name], layers.BatchNormalization(), layers.ReLU()), noise, NEAR)
    assert "BatchNormalization" not in kinds(new)
    assert "before it" in done[0]


def behind():
    from keras import layers

    return {
        "Conv2D": [layers.Conv2D(8, 3)],
        "strided": [layers.Conv2D(8, 3, strides=2, use_bias=False)],
        "DepthwiseConv2D": [layers.DepthwiseConv2D(3, depth_multiplier=2)],
        "Dense": [layers.Flatten(), layers.Dense(8)],
        "pooled": [layers.MaxPooling2D(2), layers.Dropout(0.5), layers.AveragePooling2D(2), layers.Conv2D(8, 3)],
        "global": [layers.GlobalAveragePooling2D(), layers.Dense(8)],
    }


@pytest.mark.parametrize("name", ["Conv2D", "strided", "DepthwiseConv2D", "Dense", "pooled", "global"])
def test_a_batch_norm_behind_an_activation_goes_into_the_layer_behind_it(noise, name):
    from keras import layers

    start = [layers.Conv2D(6, 3, activation="relu"), layers.BatchNormalization()]
    new, done = rewritten(model(*start, *behind()[name]), noise, NEAR)
    assert "BatchNormalization" not in kinds(new)
    assert any("behind it" in step for step in done)


def test_a_scaling_of_pixels_goes_into_the_first_layer(noise):
    import keras
    from keras import layers

    steps = [layers.Rescaling(1 / 127.5, -1), layers.Conv2D(8, 3), layers.ReLU(), layers.Flatten()]
    new, _ = rewritten(model(*steps), noise * 255)
    assert "Rescaling" not in kinds(new)
    picture = keras.Input((32, 32, 3))
    operators = keras.Model(picture, layers.Conv2D(8, 3)((picture - 127.5) / 127.5))
    new, _ = rewritten(operators, noise * 255)
    assert kinds(new) == ["InputLayer", "Conv2D"]


def test_a_normalization_goes_into_the_first_layer(noise):
    from keras import layers

    adapted = layers.Normalization()
    adapted.adapt(noise * 255)
    new, _ = rewritten(model(adapted, layers.Conv2D(8, 3)), noise * 255)
    assert "Normalization" not in kinds(new)


@pytest.mark.parametrize("case", ["padded", "used twice", "negative before a pool"])
def test_what_cannot_be_folded_exactly_stays(noise, case):
    import keras
    from keras import layers

    if case == "padded":  # zeros at the border are not what they would be scaled
        of = model(layers.Rescaling(2, 1), layers.Conv2D(8, 3, padding="same"))
    elif case == "used twice":
        picture = keras.Input((32, 32, 3))
        x = layers.Rescaling(2, 1)(picture)
        of = keras.Model(picture, layers.Add()([x, layers.Conv2D(3, 1)(x)]))
    else:
        of = model(layers.Rescaling(-2, 1), layers.MaxPooling2D(2), layers.Conv2D(8, 3))
    new, _ = rewritten(of, noise)
    assert "Rescaling" in kinds(new)


def test_padding_does_not_matter_where_nothing_is_added(noise):
    from keras import layers

    new, _ = rewritten(model(layers.Rescaling(2), layers.Conv2D(8, 3, padding="same")), noise)
    assert "Rescaling" not in kinds(new)


def test_what_is_for_training_only_is_dropped(noise):
    from keras import layers

    steps = [layers.RandomFlip(), layers.GaussianNoise(0.1), layers.Conv2D(4, 3), layers.SpatialDropout2D(0.1)]
    new, done = rewritten(model(*steps, layers.Activation("linear"), layers.Flatten(), layers.Dropout(0.5)), noise)
    assert kinds(new) == ["InputLayer", "Conv2D", "Flatten"]
    assert len(done) == 6


def test_pools_that_see_everything_become_global_and_shorten_what_follows(noise):
    from keras import layers

    start = [layers.Conv2D(8, 5, strides=2, activation="relu"), layers.MaxPooling2D(64, 2, padding="same")]
    middle = [layers.Conv2D(8, 2, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D(3, 2, "same")]
    new, _ = rewritten(model(*start, *middle, layers.Conv2D(8, 2), layers.Flatten(), layers.Dense(16)), noise, NEAR)
    assert "GlobalMaxPooling2D" in kinds(new)
    assert new.layers[-1].get_weights()[0].shape == (8, 16)
    short, _ = rewritten(model(*start, layers.Flatten(), layers.Dense(16)), noise)
    assert short.layers[-1].get_weights()[0].shape == (8, 16)


@pytest.mark.parametrize("case", ["end", "padded", "flat", "joined"])
def test_the_map_is_made_again_for_layers_that_need_it(noise, case):
    import keras
    from keras import layers

    picture = keras.Input((32, 32, 3))
    x = layers.MaxPooling2D(64, 2, padding="same")(layers.Conv2D(4, 5)(picture))
    ends = {
        "end": lambda x: x,
        "padded": layers.Conv2D(4, 3, padding="same"),
        "flat": lambda x: layers.Flatten()(layers.ReLU()(x)),
        "joined": lambda x: layers.Add()([layers.Conv2D(4, 1)(x), x]),
    }
    new, _ = rewritten(keras.Model(picture, ends[case](x)), noise)
    assert kinds(new).count("UpSampling2D") == 1


def test_windows_are_those_that_keras_reads():
    from converter.convert.rewriting.constant import windows

    assert windows(17, 9, 64, 2, padded=True) == [(0, 17)] * 9
    assert windows(7, 3, 3, 2, padded=False) == [(0, 3), (2, 5), (4, 7)]
    assert windows(4, 2, 3, 2, padded=True) == [(0, 3), (2, 4)]


@pytest.mark.parametrize(("size", "strides", "padding"), [(7, 1, "valid"), (8, 2, "same"), ((5, 9), (2, 3), "valid")])
def test_a_large_first_convolution_is_gathered(noise, size, strides, padding):
    from keras import layers

    new, done = rewritten(model(layers.Conv2D(8, size, strides, padding, activation="relu")), noise)
    assert kinds(new).count("Conv2D") == 2
    assert "channels made one of" in done[0]


def test_a_tower_of_all_sorts_stays_the_same(keras3):
    from converter.convert.keras_file import read

    from .checking import hints_for

    for name in ("mobile-L1_Distance_layer-128", "normalized-L1Dist-100", "relu-ops-100"):
        found = read(keras3 / f"{name}.keras", hints_for(name))
        rewritten(found.tower, np.load(keras3 / f"{name}.npz")["fed"])


def test_trusted_code_goes_along(noise):
    from keras import layers

    from . import lambdas, twins

    new, _ = rewritten(twins.tower(last=layers.Lambda(lambdas.unit_length)), noise)
    assert "Lambda" in kinds(new)


@pytest.mark.slow
@pytest.mark.parametrize("side", [100, 128])
def test_the_tutorials_network_stays_the_same_and_gets_small(side):
    from converter.convert.reading.known_towers import koch

    random = np.random.default_rng(0)
    new, done = rewritten(koch(side), random.random((3, side, side, 3)).astype(np.float32))
    assert new.count_params() < 2_000_000
    assert any("takes 256 numbers instead of" in step for step in done)


@pytest.mark.slow
def test_the_tutorials_network_gets_three_times_as_fast(tmp_path):
    """As float32, on one thread, both in turns in one process; the least of each counts."""
    import keras

    from converter.convert.keras_source import batch_of_one
    from converter.convert.quantize import float32
    from converter.convert.reading.known_towers import koch
    from converter.convert.rewrite import rewritten as rewrite

    keras.utils.set_random_seed(0)
    tower = koch(100)
    for name, of in (("before", batch_of_one(tower)), ("after", rewrite(tower)[0])):
        (tmp_path / f"{name}.tflite").write_bytes(float32(of))
    command = [sys.executable, "-m", "tests.convert.test_rewrite", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before_, after = map(float, done.stdout.split())
    assert before_ >= 3 * after, f"{before_ * 1e3:.1f} ms before, {after * 1e3:.1f} ms after"


def least_seconds(folder):
    from pathlib import Path

    from edge.vision.interpreter import Interpreter

    models = [Interpreter(Path(folder) / f"{name}.tflite") for name in ("before", "after")]
    picture = np.random.default_rng(0).random((1, 100, 100, 3)).astype(np.float32)
    spent = [[], []]
    for _ in range(15):
        for of, times in zip(models, spent, strict=True):
            started = time.perf_counter()
            of.run(picture)
            times.append(time.perf_counter() - started)
    return [min(times[1:]) for times in spent]


if __name__ == "__main__":
    print(*least_seconds(sys.argv[1]))
