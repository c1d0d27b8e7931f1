"""The mesh lies on the face, whichever way the face is moved, and not on what is no face."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.types import Box, Face, Pixels, Points
from edge.vision import bundle
from edge.vision.card import DetectorCard, LandmarksCard
from edge.vision.detector import Detector
from edge.vision.landmarks import Landmarks

from .photos import portrait, scaled

RIGHT_EYE, LEFT_EYE, NOSE, CHIN, FOREHEAD = 33, 263, 1, 152, 10


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    found = bundle.load("landmarks", LandmarksCard)
    return Landmarks(found.card, found.interpreter())


@pytest.fixture(scope="module")
def detector() -> Detector:
    found = bundle.load("detector", DetectorCard)
    return Detector(found.card, found.interpreter())


def mesh_of(pixels: Pixels, detector: Detector, landmarks: Landmarks) -> Points:
    (face,) = detector.find(pixels)
    mesh = landmarks.find(pixels, face)
    assert mesh is not None
    assert mesh.sure
    return mesh.points


pytestmark = pytest.mark.data


def test_the_eyes_of_the_mesh_are_where_the_detector_sees_them(
    detector: Detector, landmarks: Landmarks, data: Path
) -> None:
    photo = portrait(data)
    (face,) = detector.find(photo)
    points = mesh_of(photo, detector, landmarks)
    assert points.shape == (468, 2)
    for corners, keypoint in (((33, 133), 0), ((362, 263), 1)):
        middle = points[list(corners)].mean(axis=0)
        assert np.hypot(*(middle - face.keypoints[keypoint])) < 0.06 * face.box.width
    assert points[FOREHEAD][1] < points[RIGHT_EYE][1] < points[NOSE][1] < points[CHIN][1]
    assert points[RIGHT_EYE][0] < points[NOSE][0] < points[LEFT_EYE][0]


@pytest.mark.parametrize("factor", [0.4, 1.6])
def test_the_mesh_grows_with_the_picture(detector: Detector, landmarks: Landmarks, data: Path, factor: float) -> None:
    photo = portrait(data)
    before, after = mesh_of(photo, detector, landmarks), mesh_of(scaled(photo, factor), detector, landmarks)
    assert np.abs(after / factor - before).max() < 0.05 * float(np.ptp(before[:, 0]))


@pytest.mark.parametrize("degrees", [-25, 15, 25])
def test_the_mesh_turns_with_the_picture(detector: Detector, landmarks: Landmarks, data: Path, degrees: float) -> None:
    photo = portrait(data)
    turn = cv2.getRotationMatrix2D((320, 320), degrees, 1)
    before = mesh_of(photo, detector, landmarks) @ turn[:, :2].T + turn[:, 2]
    after = mesh_of(cv2.warpAffine(photo, turn, (640, 640)), detector, landmarks)
    eyes = [33, 133, 362, 263]
    assert np.abs(after[eyes] - before[eyes]).max() < 0.06 * float(np.ptp(before[:, 0]))


def test_there_is_no_mesh_where_there_is_no_face(landmarks: Landmarks, data: Path) -> None:
    eyes = np.array([(40, 40), (80, 40), (60, 60), (60, 80), (20, 45), (100, 45)], np.float32)
    for pixels in (np.full((640, 640, 3), 128, np.uint8), portrait(data)):  # a wall; the corner of a portrait
        assert landmarks.find(pixels, Face(Box(0, 0, 120, 120), 0.9, eyes)) is None


def test_a_detection_beside_the_picture_is_no_face(landmarks: Landmarks, data: Path) -> None:
    eyes = np.array([(40, 40), (80, 40), (60, 60), (60, 80), (20, 45), (100, 45)], np.float32) + 5000
    assert landmarks.find(portrait(data), Face(Box(5000, 5000, 5800, 5800), 0.9, eyes)) is None
