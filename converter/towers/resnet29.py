"""The 29-convolution residual face tower of dlib 19, in Keras, with the weights that its author published.

It was trained as a Siamese tower: a pairwise hinge loss on the distance of two embeddings, with hard negative mining.
Input: 150x150 RGB, float32 in 0..255 (the tower scales its pixels itself). Output: 128 numbers, compared by Euclidean
distance. Source: D. King, dlib, `examples/dnn_face_recognition_ex.cpp`.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from converter.towers.dlib_weights import Layer, read_layers

SIDE = 150
DIMENSIONS = 128

_PIXEL_MEAN = np.array([122.782, 117.001, 104.298], np.float32)
_PIXEL_SCALE = np.float32(1 / 256)
_BLOCKS = (  # (filters, how many plain blocks follow), from input to output
    (32, False, 3),
    (64, True, 3),
    (128, True, 2),
    (256, True, 2),
    (256, True, 0),
)


def build(weights: Path | None = None, batch_size: int | None = None) -> keras.Model:
    """The tower; with `weights` (dlib's .dat file) it is the published one, else it starts from random weights.

    Raises:
        ValueError: the file does not hold this network.
    """
    tower = _architecture(batch_size)
    if weights is not None:
        _load(tower, read_layers(weights), weights)
    return tower


def _architecture(batch_size: int | None) -> keras.Model:
    number = count(1)
    image = keras.Input((SIDE, SIDE, 3), batch_size=batch_size, name="image")
    x = layers.ReLU()(_conv(32, 7, 2, "valid", number)(image))
    x = layers.MaxPooling2D(3, 2, "valid")(x)
    for filters, halves, plain in _BLOCKS:
        if halves:
            x = _halving_block(x, filters, number)
        for _ in range(plain):
            x = _plain_block(x, filters, number)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(DIMENSIONS, use_bias=False, name="embedding")(x), name="resnet29")


def _conv(filters: int, size: int, stride: int, padding: str, number: Iterator[int]) -> layers.Conv2D:
    return layers.Conv2D(filters, size, stride, padding, name=f"conv{next(number)}")


def _plain_block(x: Any, filters: int, number: Iterator[int]) -> Any:
    y = layers.ReLU()(_conv(filters, 3, 1, "same", number)(x))
    y = _conv(filters, 3, 1, "same", number)(y)
    return layers.ReLU()(layers.Add()([y, x]))


def _halving_block(x: Any, filters: int, number: Iterator[int]) -> Any:
    y = layers.ReLU()(_conv(filters, 3, 2, "valid", number)(x))
    y = _conv(filters, 3, 1, "same", number)(y)
    skip = layers.AveragePooling2D(2, 2, "valid")(x)
    shape = tuple(max(a, b) for a, b in zip(y.shape[1:], skip.shape[1:], strict=True))
    return layers.ReLU()(layers.Add()([_zero_padded(y, shape), _zero_padded(skip, shape)]))


def _zero_padded(x: Any, shape: tuple[int, ...]) -> Any:
    """The tensor in `shape`; dlib adds tensors of different shapes as if the smaller one went on with zeros."""
    missing = [(0, 0), *((0, wanted - extent) for wanted, extent in zip(shape, x.shape[1:], strict=True))]
    return ops.pad(x, missing) if any(after for _, after in missing) else x


def _load(tower: keras.Model, found: list[Layer], source: Path) -> None:
    convs = [layer for layer in tower.layers if isinstance(layer, layers.Conv2D)]
    kinds = [layer.kind for layer in found]
    if kinds != ["conv", "affine"] * len(convs) + ["dense"]:
        raise ValueError(
            f"{source}: expected {len(convs)} convolutions with affines and one dense layer, found {kinds}"
        )
    for layer, conv, affine in zip(convs, found[0::2], found[1::2], strict=False):
        layer.set_weights(_folded(layer, conv.parameters, affine.parameters))
    first = convs[0]
    first.set_weights(_with_pixel_scaling(*first.get_weights()))
    tower.get_layer("embedding").set_weights([found[-1].parameters.reshape(-1, DIMENSIONS)])


def _folded(layer: layers.Conv2D, conv: NDArray[np.float32], affine: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The convolution and the affine layer after it as one: (gamma * W, gamma * b + beta)."""
    height, width, channels, filters = layer.kernel.shape
    gamma, beta = affine.reshape(2, filters)
    kernel = conv[:-filters].reshape(filters, channels, height, width).transpose(2, 3, 1, 0)
    return [kernel * gamma, conv[-filters:] * gamma + beta]


def _with_pixel_scaling(kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Takes `(rgb - mean) / 256` into the first convolution; exact, since that convolution pads nothing."""
    scaled = kernel.astype(np.float64) * _PIXEL_SCALE
    return [scaled.astype(np.float32), (bias - np.einsum("hwcf,c->f", scaled, _PIXEL_MEAN)).astype(np.float32)]
