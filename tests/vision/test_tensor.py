"""What goes into a model is scale * pixel + offset, quantized as the model wants it."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.interpreter import Tensor
from edge.vision.tensor import PixelScaling, real_numbers

SCALINGS = [(1.0, 0.0), (1 / 255, 0.0), (2 / 255, -1.0), (0.5, 3.25)]


def picture(height: int = 16, width: int = 17) -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def tensor(dtype: Any, scale: float = 0.0, zero_point: int = 0) -> Tensor:
    return Tensor(0, (1, 16, 17, 3), dtype, scale, zero_point)


@pytest.mark.parametrize(("scale", "offset"), SCALINGS)
def test_a_float_model_is_fed_with_the_plain_formula(scale: float, offset: float) -> None:
    pixels = picture()
    fed = PixelScaling(Input(17, 16, scale=scale, offset=offset), tensor(np.float32))(pixels)
    assert fed.shape == (1, 16, 17, 3)
    assert fed.dtype == np.float32
    np.testing.assert_allclose(fed[0], pixels * scale + offset, rtol=1e-6, atol=1e-6)


@given(
    scaling=st.sampled_from(SCALINGS),
    dtype=st.sampled_from([np.int8, np.uint8]),
    quantum=st.floats(0.002, 2),
    zero_point=st.integers(-128, 127),
)
def test_a_quantized_model_is_fed_with_the_nearest_step(
    scaling: tuple[float, float], dtype: Any, quantum: float, zero_point: int
) -> None:
    pixels, limits = picture(), np.iinfo(dtype)
    zero_point += 128 if dtype == np.uint8 else 0
    into = tensor(dtype, quantum, zero_point)
    fed = PixelScaling(Input(17, 16, scale=scaling[0], offset=scaling[1]), into)(pixels)
    assert fed.dtype == dtype
    real = pixels * scaling[0] + scaling[1]
    reachable = np.clip(real, (limits.min - zero_point) * quantum, (limits.max - zero_point) * quantum)
    assert np.abs(real_numbers(fed[0], into) - reachable).max() <= quantum / 2 + 1e-3


def test_what_does_not_fit_saturates_and_does_not_wrap_around() -> None:
    fed = PixelScaling(Input(17, 16), tensor(np.int8, 1.0, 0))(np.full((16, 17, 3), 255, np.uint8))
    assert fed.min() == fed.max() == 127


def test_a_model_that_takes_pixels_is_fed_with_the_pixels() -> None:
    pixels = picture()
    fed = PixelScaling(Input(17, 16), tensor(np.uint8, 1.0, 0))(pixels)
    assert np.array_equal(fed[0], pixels)


@pytest.mark.parametrize("into", [tensor(np.float32), tensor(np.uint8, 1.0, 0), tensor(np.int8, 1.0, -128)])
def test_a_grey_model_is_fed_with_one_channel_of_luminance(into: Tensor) -> None:
    pixels = picture()
    fed = PixelScaling(Input(17, 16, channels="grey"), into)(pixels)
    assert fed.shape == (1, 16, 17, 1)
    assert np.array_equal(real_numbers(fed, into)[0, ..., 0] - 0, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    assert np.abs(fed[0, ..., 0] - (pixels @ [0.299, 0.587, 0.114]) + (128 if into.dtype == np.int8 else 0)).max() < 1


def test_a_mirrored_view_of_a_picture_is_fed_as_what_it_shows() -> None:
    pixels = picture()
    scaling = PixelScaling(Input(17, 16, scale=1 / 255), tensor(np.float32))
    assert np.array_equal(scaling(pixels[:, ::-1]), scaling(np.ascontiguousarray(pixels[:, ::-1])))


def test_a_quantized_output_stands_for_scale_times_distance_from_zero() -> None:
    values = np.array([-128, 0, 127], np.int8)
    assert real_numbers(values, tensor(np.int8, 0.5, -28)).tolist() == [-50.0, 14.0, 77.5]
    assert real_numbers(np.array([1.5], np.float32), tensor(np.float32)).tolist() == [1.5]
