"""A Keras tower to TFLite, by recipe. With a fixed batch size of 1, runtimes run it faster."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converter.convert.recipe import DYNAMIC, FLOAT16, FLOAT32, INT8, INT16X8, Recipe
from converter.progress import Track, unwatched
from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.tensor import real_pixels

Samples = Callable[[], Iterator[list[NDArray[np.float32]]]]


def quantized(tower: keras.Model, recipe: Recipe, crops: Pixels, feed: Input, track: Track = unwatched) -> bytes:
    """The content of the .tflite file.

    Args:
        tower: takes what `feed` makes of pixels.
        crops: N x height x width x 3, as the device cuts them; from them come the ranges, where the recipe needs any.

    Raises:
        Exception: TensorFlow's converter knows no such operation in this recipe; it raises many kinds.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(tower)
    _SETTINGS[recipe](converter, lambda: _batches_of_one(_with_whole_range(crops), feed, track))
    return bytes(converter.convert())


def float32(tower: keras.Model) -> bytes:
    """The tower as it is."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(tower).convert())


def int8(tower: keras.Model, crops: Pixels, track: Track = unwatched) -> bytes:
    """`quantized` to full integer, for a tower that takes pixels of 0..255."""
    return quantized(tower, INT8, crops, Input(crops.shape[2], crops.shape[1]), track)


def _float32(converter: Any, samples: Samples) -> None:
    pass


def _float16(converter: Any, samples: Samples) -> None:  # noqa: ARG001 - one signature for all
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def _dynamic(converter: Any, samples: Samples) -> None:  # noqa: ARG001
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    # tflite-runtime 2.14 lacks the operation that dense layers would otherwise become (FULLY_CONNECTED version 12).
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True


def _int8(converter: Any, samples: Samples) -> None:
    """Pixels go in as uint8, the embedding comes out as float32."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.float32


def _int16x8(converter: Any, samples: Samples) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]


_SETTINGS: dict[Recipe, Callable[[Any, Samples], None]] = {
    FLOAT32: _float32,
    FLOAT16: _float16,
    DYNAMIC: _dynamic,
    INT8: _int8,
    INT16X8: _int16x8,
}


def _with_whole_range(crops: Pixels) -> Pixels:
    """The crops, with one black and one white pixel in the first where none of them has any.

    The input's own range is measured too: from dark pictures alone, a light pixel at the door would be cut off.
    """
    if crops.min() == 0 and crops.max() == 255:  # noqa: PLR2004 - the range of a pixel
        return crops
    first = crops[:1].copy()
    first[0, 0, 0], first[0, 0, 1] = 0, 255
    return np.concatenate([first, crops[1:]])


def _batches_of_one(crops: Sequence[Pixels] | Pixels, feed: Input, track: Track) -> Iterator[list[NDArray[np.float32]]]:
    for crop in track(list(crops), "measuring ranges"):
        yield [real_pixels(crop, feed)[np.newaxis]]
