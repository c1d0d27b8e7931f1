"""Crops show what they should, where they should."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.types import Box, Pixels
from edge.vision.card import CentreCrop, FaceCrop, TemplatePoint
from edge.vision.crop import box_crop, centre_box, face_crop, similarity_transform, warped

Matrix = NDArray[np.float64]

POINTS = np.array([(20, 30), (90, 35), (55, 80), (40, 110), (75, 105)], np.float64)


def similarity(scale: float, degrees: float, dx: float, dy: float) -> Matrix:
    turn = np.radians(degrees)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cos, -sin, dx], [sin, cos, dy]])


def moved(points: Matrix, matrix: Matrix) -> Matrix:
    return points @ matrix[:, :2].T + matrix[:, 2]


def smooth(height: int = 400, width: int = 500) -> Pixels:
    """Slow waves in each channel: any sampling of it gives nearly the same."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 100 * np.sin(x / 61 + c) * np.cos(y / 53 - c) for c in range(3)]
    return np.stack(waves, -1).astype(np.uint8)


def dot(picture: Pixels) -> tuple[float, float]:
    """Where the light is: the centre of gravity."""
    weight = picture[..., 0].astype(np.float64)
    y, x = np.mgrid[0 : weight.shape[0], 0 : weight.shape[1]]
    return float((x * weight).sum() / weight.sum()), float((y * weight).sum() / weight.sum())


@given(
    scale=st.floats(0.05, 20),
    degrees=st.floats(-180, 180),
    dx=st.floats(-500, 500),
    dy=st.floats(-500, 500),
    count=st.integers(2, 5),
)
def test_the_transform_that_moved_the_points_is_found_again(
    scale: float, degrees: float, dx: float, dy: float, count: int
) -> None:
    matrix = similarity(scale, degrees, dx, dy)
    found = similarity_transform(POINTS[:count], moved(POINTS[:count], matrix))
    np.testing.assert_allclose(found, matrix, atol=1e-6, rtol=1e-6)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=5, max_size=5))
def test_no_similarity_nearby_fits_noisy_points_better(noise: list[tuple[float, float]]) -> None:
    target = moved(POINTS, similarity(1.3, 20, 5, -7)) + np.array(noise)

    def error(matrix: Matrix) -> float:
        return float(((moved(POINTS, matrix) - target) ** 2).sum())

    found = similarity_transform(POINTS, target)
    least = error(found)
    for nudge in (similarity(1.001, 0, 0, 0), similarity(1, 0.1, 0, 0), similarity(1, 0, 0.05, 0)):
        for step in (nudge, cv2.invertAffineTransform(nudge)):
            assert error(step[:, :2] @ found + np.column_stack([np.zeros((2, 2)), step[:, 2]])) >= least - 1e-9


def test_mirrored_points_are_not_answered_with_a_mirror_image() -> None:
    found = similarity_transform(POINTS, POINTS * (-1, 1))
    assert np.linalg.det(found[:, :2]) > 0


@pytest.mark.parametrize("scale", [0.45, 0.34, 0.25, 0.13])
@pytest.mark.parametrize("degrees", [0, 25, -100])
def test_a_reduced_picture_shows_the_same_as_a_sampled_one(scale: float, degrees: float) -> None:
    picture = smooth()
    matrix = similarity(scale, degrees, 0, 0)
    matrix[:, 2] = (40, 30) - matrix[:, :2] @ (250, 200)
    averaged = warped(picture, matrix, (80, 60))
    sampled = cv2.warpAffine(picture, matrix, (80, 60), flags=cv2.INTER_LINEAR)
    inside = cv2.erode(cv2.warpAffine(np.full((400, 500), 255, np.uint8), matrix, (80, 60)), np.ones((5, 5))) == 255
    assert inside.sum() > 500
    assert np.abs(averaged.astype(int) - sampled)[inside].max() <= 6


def test_a_reduced_picture_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 200
    inside = warped(stripes, similarity(0.25, 0, 0, 0), (90, 90))[1:, 1:]
    assert np.abs(inside.astype(int) - 100).max() <= 2


@pytest.mark.parametrize("scale", [1.7, 0.9, 0.5, 0.31, 0.1])
def test_a_point_comes_to_lie_where_the_matrix_says(scale: float) -> None:
    picture = np.zeros((600, 800, 3), np.uint8)
    cv2.circle(picture, (500, 250), 25, (255, 255, 255), -1)
    matrix = similarity(scale, 30, 0, 0)
    matrix[:, 2] = (61, 47) - matrix[:, :2] @ (500, 250)
    assert dot(warped(picture, matrix, (120, 100))) == pytest.approx((61, 47), abs=0.25)


@pytest.mark.parametrize("scale", [1.0, 0.2])
@pytest.mark.parametrize(("dx", "dy"), [(2000, 0), (0, 2000), (-2000, -2000)])
def test_what_lies_beside_the_picture_is_black(scale: float, dx: float, dy: float) -> None:
    white = np.full((300, 300, 3), 255, np.uint8)
    result = warped(white, similarity(scale, 10, dx, dy), (50, 40))
    assert result.shape == (40, 50, 3)
    assert not result.any()


@given(scale=st.floats(0.01, 3), degrees=st.floats(-180, 180), dx=st.floats(-900, 900), dy=st.floats(-900, 900))
def test_every_similarity_gives_a_picture_of_the_size_asked_for(
    scale: float, degrees: float, dx: float, dy: float
) -> None:
    assert warped(smooth(90, 120), similarity(scale, degrees, dx, dy), (31, 21)).shape == (21, 31, 3)


def test_a_faces_landmarks_come_to_lie_on_the_template() -> None:
    template = [TemplatePoint(2, 30, 40), TemplatePoint(0, 110, 44), TemplatePoint(1, 72, 90)]
    wanted = np.array([(t.x, t.y) for t in template])
    at = moved(wanted, similarity(2.2, -35, 400, 300))
    points = np.array([at[1], at[2], at[0]], np.float32)
    for index, place in ((2, (30, 40)), (0, (110, 44)), (1, (72, 90))):
        picture = np.zeros((900, 900, 3), np.uint8)
        cv2.circle(picture, [round(float(v) * 16) for v in points[index]], 8 * 16, (255, 255, 255), -1, shift=4)  # type: ignore[call-overload]
        assert dot(face_crop(picture, points, FaceCrop(template), (150, 150))) == pytest.approx(place, abs=0.3)


def test_a_centre_crop_grows_and_shrinks_with_the_picture() -> None:
    crop = CentreCrop(left=200, top=120, width=250, height=240, of_width=640, of_height=480)
    assert centre_box(np.zeros((480, 640, 3), np.uint8), crop) == Box(200, 120, 450, 360)
    assert centre_box(np.zeros((240, 320, 3), np.uint8), crop) == Box(100, 60, 225, 180)
    assert centre_box(np.zeros((960, 640, 3), np.uint8), crop) == Box(200, 240, 450, 720)


def test_a_box_crop_shows_the_box_and_nothing_else() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[20:60, 30:70] = (10, 20, 30)
    result = box_crop(picture, Box(30, 20, 70, 60), (15, 25))
    assert result.shape == (25, 15, 3)
    assert (result == (10, 20, 30)).all()


def test_a_box_that_reaches_over_the_edge_is_cut_at_it() -> None:
    picture = np.full((100, 100, 3), 9, np.uint8)
    assert (box_crop(picture, Box(-40, -40, 50, 300), (8, 8)) == 9).all()
