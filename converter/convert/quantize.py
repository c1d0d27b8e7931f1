"""A Keras tower to TFLite."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from converter.progress import Track, unwatched


def float32(tower: keras.Model) -> bytes:
    """The tower as it is."""
    return bytes(tf.lite.TFLiteConverter.from_keras_model(tower).convert())


def int8(tower: keras.Model, crops: NDArray[np.uint8], track: Track = unwatched) -> bytes:
    """Full integer, per-channel weights; pixels go in as uint8, the embedding comes out as float32.

    Args:
        tower: a model with batch size 1 that takes pixels of 0..255.
        crops: N x height x width x 3, real ones: from them come the ranges of all activations.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(tower)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _batches_of_one(list(crops), track)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.float32
    return bytes(converter.convert())


def _batches_of_one(crops: Sequence[NDArray[np.uint8]], track: Track) -> Iterator[list[NDArray[np.float32]]]:
    for crop in track(crops, "measuring ranges"):
        yield [crop[np.newaxis].astype(np.float32)]
