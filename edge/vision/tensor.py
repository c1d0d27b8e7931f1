"""Pixels to a model's input, and a model's output to numbers."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.interpreter import Tensor

_HALF = 0.5 + 1 / 4096  # the excess outweighs the rounding of a scale that is stored in 32 bits


class PixelScaling:
    """Turns pixels of 0..255 into a model's input, quantized where the model is: one table look-up for each pixel."""

    def __init__(self, card: Input, tensor: Tensor) -> None:
        real = _real(card)
        self._grey = card.channels == "grey"
        fed = real if tensor.scale == 0 else _quantized(real, tensor)
        self._table: NDArray[Any] = fed.astype(tensor.dtype)
        self._identity = bool(np.array_equal(self._table, np.arange(256))) and self._table.dtype == np.uint8

    def __call__(self, pixels: Pixels) -> NDArray[Any]:
        """The input for `pixels` (height x width x 3, in the model's own size), with the batch axis before it."""
        shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., np.newaxis] if self._grey else pixels
        scaled = shown if self._identity else cv2.LUT(shown, self._table)
        return np.asarray(scaled).reshape(1, *shown.shape)


def real_pixels(pixels: Pixels, card: Input) -> NDArray[np.float32]:
    """What a float model is fed with: height x width x channels of pixel * scale + offset."""
    shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., np.newaxis] if card.channels == "grey" else pixels
    return np.asarray(_real(card)[shown], np.float32)


def _real(card: Input) -> NDArray[np.float64]:
    """What each pixel of 0..255 stands for."""
    return np.arange(256) * card.scale + card.offset


def _quantized(real: NDArray[np.float64], tensor: Tensor) -> NDArray[np.float64]:
    """The nearest step; halfway always the upper one, or neighbouring pixels of a -1..1 model would share steps."""
    limits = np.iinfo(tensor.dtype)  # type: ignore[type-var]
    steps = np.floor(real / tensor.scale + _HALF) + tensor.zero_point
    return np.asarray(np.clip(steps, limits.min, limits.max))


def real_numbers(values: NDArray[Any], tensor: Tensor) -> NDArray[np.float32]:
    """What the values of a quantized output stand for."""
    if tensor.scale == 0:
        return values.astype(np.float32)
    return np.asarray((values.astype(np.float32) - tensor.zero_point) * tensor.scale, np.float32)
