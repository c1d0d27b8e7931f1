"""The words for crops and ranges, and what they mean to the device."""

import numpy as np
import pytest

from converter.convert import framing
from converter.errors import WrongUsage
from edge.vision.card import CentreCrop, FaceCrop, Input, WholeCrop
from edge.vision.crop import centre_box
from edge.vision.interpreter import Tensor
from edge.vision.tensor import PixelScaling, real_pixels


def test_the_tutorials_crop():
    wanted = CentreCrop(200, 120, 250, 250, 640, 480)
    assert framing.crop("centre:200,120,250,250", 100, 100) == wanted
    assert framing.crop("centre:200,120,250,250@640x480", 100, 100) == wanted
    assert framing.crop("whole", 100, 100) == WholeCrop()


@pytest.mark.parametrize(
    "words", ["center", "centre:1,2,3", "centre:500,0,200,10", "centre:0,0,0,5", "centre:0,0,9,9@8x8", "faces", ""]
)
def test_other_words_are_refused_with_an_example(words):
    with pytest.raises(WrongUsage, match="centre:200,120,250,250"):
        framing.crop(words, 100, 100)


@pytest.mark.parametrize("size", [(150, 150), (112, 112), (100, 120), (160, 96)])
def test_the_face_template_is_scaled_into_the_middle(size):
    shipped = framing.face(150, 150)
    scaled = framing.face(*size)
    assert isinstance(scaled, FaceCrop)
    places = np.array([(point.x, point.y) for point in scaled.template])
    assert (places > 0).all()
    assert (places < size).all()
    share = min(size) / 150
    first = np.array([(point.x, point.y) for point in shipped.template])
    np.testing.assert_allclose(places - np.array(size) / 2, (first - 75) * share)


def test_limits_are_for_faces_only():
    assert framing.limits(framing.face(100, 100)).enrol.max_yaw is not None
    assert framing.limits(WholeCrop()).enrol.min_light is None


@pytest.mark.parametrize(
    ("words", "low", "high"), [("0..1", 0, 1), ("-1..1", -1, 1), ("0..255", 0, 255), ("-0.5..0.5", -0.5, 0.5)]
)
def test_ranges(words, low, high):
    scale, offset = framing.scaling(words)
    assert offset == pytest.approx(low)
    assert 255 * scale + offset == pytest.approx(high)


@pytest.mark.parametrize("words", ["1..0", "0-1", "0..", "1", "a..b", "0..0"])
def test_no_ranges(words):
    with pytest.raises(WrongUsage, match=r"0\.\.255"):
        framing.scaling(words)


@pytest.mark.parametrize(("low", "zero_point"), [(0.0, 0), (-1.0, 127), (-1.0, 128)])
def test_no_two_pixels_become_one_in_a_quantized_input(low, zero_point):
    """For -1..1, each pixel lies halfway between two steps of a model whose zero must be a step."""
    scale = float(np.float32((1 - low) / 255))
    entry = Tensor(0, (1, 16, 16, 3), np.uint8, scale, zero_point)
    pixels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    fed = PixelScaling(Input(16, 16, scale=(1 - low) / 255, offset=low), entry)(pixels)
    assert len(np.unique(fed)) >= 255


def test_a_float_model_is_fed_the_same_by_keras_and_on_the_device():
    card = Input(16, 16, scale=1 / 255)
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    fed = PixelScaling(card, Tensor(0, (1, 16, 16, 3), np.float32, 0.0, 0))(pixels)
    np.testing.assert_array_equal(fed[0], real_pixels(pixels, card))
    np.testing.assert_array_equal(fed[0], pixels / np.float32(255))


def test_a_picture_of_the_crops_own_size_was_cut_before():
    crop = CentreCrop(200, 120, 250, 250, 640, 480)
    box = centre_box(np.zeros((250, 250, 3), np.uint8), crop)
    assert (box.left, box.top, box.right, box.bottom) == (0, 0, 250, 250)
