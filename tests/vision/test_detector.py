"""Faces are found where they are, once each, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from edge.camera.photos import photo_paths, read_photo
from edge.types import Pixels
from edge.vision import bundle
from edge.vision.card import DetectorCard
from edge.vision.detector import Detector

from .photos import on_wall, portrait, scaled, shifted


@pytest.fixture(scope="module")
def detector() -> Detector:
    found = bundle.load("detector", DetectorCard)
    return Detector(found.card, found.interpreter())


@pytest.mark.data
def test_one_face_is_found_in_each_portrait(detector: Detector, data: Path) -> None:
    photos = [photo for mood in ("neutral", "smiling") for photo in photo_paths(data / "faces-london" / mood)]
    assert len(photos) == 204
    wrong = {f"{photo.parent.name}/{photo.name}" for photo in photos if len(detector.find(read_photo(photo))) != 1}
    assert wrong == set()


@pytest.mark.data
def test_two_people_are_two_faces_the_most_certain_first(detector: Detector, data: Path) -> None:
    faces = detector.find(read_photo(data / "clips/hamilton/two_people.jpg"))
    assert len(faces) == 2
    assert faces[0].score >= faces[1].score > 0.8
    assert faces[0].box.overlap(faces[1].box) == 0


@pytest.mark.data
def test_the_key_points_lie_in_the_face_and_in_order(detector: Detector, data: Path) -> None:
    (face,) = detector.find(portrait(data))
    right_eye, left_eye, nose, mouth, right_ear, left_ear = face.keypoints
    assert face.box.left < right_eye[0] < nose[0] < left_eye[0] < face.box.right
    assert right_ear[0] < right_eye[0]
    assert left_eye[0] < left_ear[0]
    assert face.box.top < right_eye[1] < nose[1] < mouth[1] < face.box.bottom
    assert 0.5 <= face.score <= 1


@pytest.mark.parametrize(
    "blank",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((2, 3000, 3), np.uint8),
        np.zeros((3000, 2, 3), np.uint8),
    ],
    ids=["black", "white", "noise", "one pixel", "very wide", "very tall"],
)
def test_no_face_is_found_where_there_is_none(detector: Detector, blank: Pixels) -> None:
    assert detector.find(blank) == []
    assert detector.search(blank) == []


@pytest.mark.data
@pytest.mark.parametrize("number", ["001", "045", "100", "140"])
def test_a_small_face_in_a_large_photo_is_found_by_searching_and_where_it_is(
    detector: Detector, data: Path, number: str
) -> None:
    photo = portrait(data, number)
    (large,) = detector.find(photo)
    factor = 100 / large.box.width
    wall = on_wall(scaled(photo, factor), 1600, 1200, 900, 600)
    assert detector.find(wall) == []
    (small,) = detector.search(wall)
    expected = np.array(large.box.centre) * factor + (900, 600)
    assert np.hypot(*(np.array(small.box.centre) - expected)) < 0.1 * 100
    assert small.box.width == pytest.approx(100, rel=0.12)


@pytest.mark.data
def test_a_face_that_several_windows_see_is_one_face(detector: Detector, data: Path) -> None:
    photo = portrait(data)
    assert len(detector.search(photo)) == 1
    assert len(detector.search(on_wall(scaled(photo, 0.8), 1600, 1200, 500, 300))) == 1


@pytest.mark.data
@pytest.mark.parametrize(("dx", "dy"), [(20, 0), (0, 33), (-40, 15), (60, 60), (-90, -70)])
def test_a_detection_moves_with_the_picture(detector: Detector, data: Path, dx: int, dy: int) -> None:
    photo = portrait(data)
    (before,), (after,) = detector.find(photo), detector.find(shifted(photo, dx, dy))
    width = before.box.width
    assert np.abs(np.array(after.box.centre) - before.box.centre - (dx, dy)).max() < 0.04 * width
    assert np.abs(after.keypoints - before.keypoints - (dx, dy)).max() < 0.06 * width
    assert after.box.width == pytest.approx(width, rel=0.07)


@pytest.mark.data
@pytest.mark.parametrize("factor", [0.3, 0.5, 0.8, 1.5, 2.3])
def test_a_detection_grows_with_the_picture(detector: Detector, data: Path, factor: float) -> None:
    photo = portrait(data)
    (before,), (after,) = detector.find(photo), detector.find(scaled(photo, factor))
    width = before.box.width
    assert np.abs(np.array(after.box.centre) / factor - before.box.centre).max() < 0.02 * width
    assert np.abs(after.keypoints / factor - before.keypoints).max() < 0.03 * width
    assert after.box.width / factor == pytest.approx(width, rel=0.03)


@pytest.mark.data
@pytest.mark.parametrize(("width", "height"), [(1280, 640), (640, 1280), (900, 700)])
def test_the_margins_of_a_picture_that_is_not_square_are_taken_into_account(
    detector: Detector, data: Path, width: int, height: int
) -> None:
    photo = portrait(data)
    left, top = (width - 640) // 2, (height - 640) // 2
    (before,), (after,) = detector.find(photo), detector.find(on_wall(photo, width, height, left, top))
    off = np.abs(np.array(after.box.centre) - before.box.centre - (left, top)).max()
    assert off < 0.05 * before.box.width


@pytest.mark.data
def test_a_picture_leaves_no_trace_in_the_margins_of_the_next(detector: Detector, data: Path) -> None:
    assert len(detector.find(portrait(data))) == 1
    assert detector.find(np.zeros((10, 640, 3), np.uint8)) == []
