"""Each fault of a sample is named, and a good sample has none. The limits are those of the shipped card."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera.photos import photo_paths, read_photo
from edge.types import Pixels, Quality
from edge.vision import bundle, quality
from edge.vision.card import LandmarksCard, Limits
from edge.vision.quality import judged, measure_face, measure_plain
from edge.vision.stack import Stack

from .photos import blurred, exposed, flattened, lfw, portrait, scaled

PROFILES = [
    "Guillermo_Coria_0029",
    "Bill_Frist_0002",
    "Edward_James_Olmos_0001",
    "Joseph_Blatter_0001",
    "Andy_Dick_0001",
]


def reasons(stack: Stack, pixels: Pixels) -> tuple[str, ...]:
    (sample,) = stack.reader.samples(pixels)
    return sample.quality.reasons


def measured(stack: Stack, pixels: Pixels) -> Quality:
    (sample,) = stack.reader.samples(pixels)
    return sample.quality


@pytest.mark.data
def test_good_portraits_have_no_fault_even_as_references(stack: Stack, data: Path) -> None:
    photos = [photo for mood in ("neutral", "smiling") for photo in photo_paths(data / "faces-london" / mood)[::4]]
    limits = stack.card.quality.enrol
    found = {photo.name: judged(measured(stack, read_photo(photo)), limits).reasons for photo in photos}
    assert {name: why for name, why in found.items() if why} == {}


@pytest.mark.data
def test_a_dark_face_is_called_dark(stack: Stack, data: Path) -> None:
    assert quality.DARK in reasons(stack, exposed(portrait(data), 0.08))
    assert quality.DARK not in reasons(stack, exposed(portrait(data), 0.5))


@pytest.mark.data
def test_a_face_in_glaring_light_is_called_bright(stack: Stack, data: Path) -> None:
    assert quality.BRIGHT in reasons(stack, exposed(portrait(data), 1.8))
    assert quality.BRIGHT not in reasons(stack, portrait(data))


@pytest.mark.data
def test_a_blurred_face_is_called_blurred(stack: Stack, data: Path) -> None:
    assert reasons(stack, blurred(portrait(data), 10)) == (quality.BLURRED,)


@pytest.mark.data
def test_a_face_without_contrast_is_called_flat(stack: Stack, data: Path) -> None:
    assert quality.FLAT in reasons(stack, flattened(portrait(data), 0.12))


@pytest.mark.data
def test_a_small_face_is_called_small(stack: Stack, data: Path) -> None:
    whole = measured(stack, portrait(data))
    tiny = scaled(portrait(data), 0.8 * (stack.card.quality.probe.min_size or 0) / whole.size)
    assert quality.TOO_SMALL in reasons(stack, tiny)


@pytest.mark.data
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_called_turned_away(stack: Stack, data: Path, name: str) -> None:
    assert quality.TURNED in reasons(stack, lfw(data, name))


@pytest.mark.data
@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0])
def test_size_is_counted_in_pixels_of_the_source(stack: Stack, data: Path, factor: float) -> None:
    whole = measured(stack, portrait(data))
    again = measured(stack, scaled(portrait(data), factor))
    assert again.size == pytest.approx(whole.size * factor, rel=0.03)
    assert again.yaw == pytest.approx(whole.yaw, abs=0.05)
    assert again.light == pytest.approx(whole.light, abs=2)


@pytest.mark.data
@pytest.mark.parametrize("name", PROFILES[:2])
def test_a_mirror_image_looks_the_other_way_and_as_far_down(stack: Stack, data: Path, name: str) -> None:
    photo = lfw(data, name)
    one, other = measured(stack, photo), measured(stack, np.ascontiguousarray(photo[:, ::-1]))
    assert abs(one.yaw) > 0.7
    assert other.yaw == pytest.approx(-one.yaw, abs=0.1)
    assert other.pitch == pytest.approx(one.pitch, abs=0.1)


@pytest.mark.data
def test_frontal_faces_look_straight_on_average(stack: Stack, data: Path) -> None:
    found = [measured(stack, read_photo(photo)) for photo in photo_paths(data / "faces-london/neutral")[::3]]
    assert abs(float(np.median([q.yaw for q in found]))) < 0.06
    assert abs(float(np.median([q.pitch for q in found]))) < 0.06


@pytest.mark.data
def test_the_more_it_is_blurred_the_less_sharp_it_is(stack: Stack, data: Path) -> None:
    sharpness = [measured(stack, blurred(portrait(data), sigma)).sharpness for sigma in (0.5, 1, 2, 4, 8)]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 10 * sharpness[-1]


def drawn(nose: tuple[float, float], turn: float = 0.0, scale: float = 1.0) -> NDArray[np.float32]:
    """A face of six points: eyes 100 apart, cheeks 140 apart, mouth 90 below the eyes; looking straight, the nose tip
    lies at (100, 154)."""
    at = {"right_eye": (50, 100), "left_eye": (150, 100), "mouth": (100, 190), "right_cheek": (30, 140)}
    at |= {"left_cheek": (170, 140), "nose": nose}
    card = bundle.load("landmarks", LandmarksCard).card
    points = np.zeros((card.points, 2))
    for name, index in card.named.items():
        points[index] = at[name]
    angle = np.radians(turn)
    return (scale * points @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]).astype(np.float32)


def pose(points: NDArray[np.float32]) -> Quality:
    grey = np.full((150, 150, 3), 128, np.uint8)
    return measure_face(grey, points, bundle.load("landmarks", LandmarksCard).card)


@pytest.mark.parametrize("turn", [0, 30, -70])
@pytest.mark.parametrize("scale", [0.3, 1, 4])
def test_yaw_and_pitch_depend_on_neither_roll_nor_distance(turn: float, scale: float) -> None:
    straight = pose(drawn((100, 154), turn, scale))
    assert (straight.yaw, straight.pitch) == pytest.approx((0, 0), abs=1e-4)
    assert straight.size == pytest.approx(100 * scale, rel=1e-4)
    assert pose(drawn((135, 154), turn, scale)).yaw == pytest.approx(-0.5, abs=1e-4)
    assert pose(drawn((65, 154), turn, scale)).yaw == pytest.approx(0.5, abs=1e-4)
    assert pose(drawn((100, 172), turn, scale)).pitch == pytest.approx(0.2, abs=1e-4)
    assert pose(drawn((100, 127), turn, scale)).pitch == pytest.approx(-0.3, abs=1e-4)


def test_a_nose_beyond_the_cheek_is_a_whole_profile() -> None:
    assert pose(drawn((190, 154))).yaw == pytest.approx(-1, abs=1e-4)


def test_light_and_contrast_are_those_of_the_middle_of_the_crop() -> None:
    crop = np.zeros((100, 100, 3), np.uint8)
    crop[20:80, 20:50], crop[20:80, 50:80] = 100, 140
    found = measure_plain(crop, 77)
    assert (found.size, found.light, found.contrast) == pytest.approx((77, 120, 20))
    assert (found.yaw, found.pitch, found.reasons) == (0, 0, ())


def test_every_limit_has_its_reason_and_a_value_at_the_limit_passes() -> None:
    limits = Limits(40, 20, 50, 200, 12, 0.4, 0.2)
    good = Quality(40, 20, 50, 12, -0.4, -0.2)
    assert judged(good, limits).sufficient
    assert judged(Quality(40, 20, 200, 12, 0.4, 0.2), limits).sufficient
    every = judged(Quality(39.9, 19.9, 49.9, 11.9, -0.41, 0.21), limits)
    assert every.reasons == (
        quality.TOO_SMALL,
        quality.BLURRED,
        quality.DARK,
        quality.FLAT,
        quality.TURNED,
        quality.TILTED,
    )
    assert not every.sufficient
    assert judged(Quality(40, 20, 200.1, 12, 0, 0), limits).reasons == (quality.BRIGHT,)


def test_a_limit_that_is_left_out_does_not_apply() -> None:
    assert judged(Quality(0, 0, 0, 0, 1, 1), Limits()).sufficient
