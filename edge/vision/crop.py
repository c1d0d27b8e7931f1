"""Cuts from a picture what an embedder wants to see. Pure: the same picture gives the same crop, everywhere."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Box, Pixels, Points
from edge.vision.card import CentreCrop, FaceCrop

_SHARP_MINIFICATION = 2.0  # past it, sampling single pixels aliases
_SURELY_SHARP = 0.26  # a determinant over that of half the size by more than rounding


def face_crop(pixels: Pixels, points: Points, crop: FaceCrop, size: tuple[int, int]) -> Pixels:
    """The face in `size` (width, height), its landmarks as near as can be to the crop's template."""
    source = points[[point.landmark for point in crop.template]]
    target = np.array([(point.x, point.y) for point in crop.template])
    return warped(pixels, similarity_transform(source.astype(np.float64), target), size)


def centre_box(pixels: Pixels, crop: CentreCrop) -> Box:
    """The crop's rectangle in this picture, which may have another size than the one that it was measured in.

    A picture of just the rectangle's own size is one that was cut before, such as training pictures are.
    """
    height, width = pixels.shape[:2]
    if (width, height) == (crop.width, crop.height):
        return Box(0, 0, width, height)
    x, y = width / crop.of_width, height / crop.of_height
    return Box(crop.left * x, crop.top * y, (crop.left + crop.width) * x, (crop.top + crop.height) * y)


def box_crop(pixels: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
    """The rectangle of the picture, stretched to `size` (width, height), bilinear."""
    height, width = pixels.shape[:2]
    left, top = max(round(box.left), 0), max(round(box.top), 0)
    right, bottom = min(round(box.right), width), min(round(box.bottom), height)
    return np.asarray(cv2.resize(pixels[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR))


def warped(pixels: Pixels, matrix: NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    """The picture under the similarity `matrix` (2 x 3, picture to result); what lies outside it is black."""
    factor = _minification(matrix)
    if factor >= _SHARP_MINIFICATION:
        pixels, matrix = _reduced(pixels, matrix, size, factor)
    return np.asarray(cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR))


def _minification(matrix: NDArray[np.float64]) -> int:
    """How many pixels of the picture, along each axis, go into one of the result, rounded down; at least 1."""
    (a, b, _), (c, d, _) = matrix.tolist()
    if abs(a * d - b * c) > _SURELY_SHARP:  # the common case, and numpy's determinant takes 20 us
        return 1
    return max(int(1 / max(float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))), 1e-6)), 1)


def _reduced(
    pixels: Pixels, matrix: NDArray[np.float64], size: tuple[int, int], factor: int
) -> tuple[Pixels, NDArray[np.float64]]:
    """The part that the result shows, averaged over factor x factor pixels, and the matrix for it."""
    corners = np.array([(0, 0), (size[0], 0), (0, size[1]), size], np.float64)
    back = cv2.invertAffineTransform(matrix)
    corners = corners @ back[:, :2].T + back[:, 2]
    last = np.array(pixels.shape[1::-1]) - 1
    low = np.clip(np.floor(corners.min(axis=0)).astype(int) - factor, 0, last)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int) + factor, 1, last + 1)
    high = np.maximum(high, low + 1)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    small = (max(part.shape[1] // factor, 1), max(part.shape[0] // factor, 1))
    step = np.array((part.shape[1] / small[0], part.shape[0] / small[1]))
    moved = matrix.copy()
    moved[:, :2] = matrix[:, :2] * step
    moved[:, 2] = matrix[:, :2] @ (low + (step - 1) / 2) + matrix[:, 2]
    return np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA)), moved


def similarity_transform(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2 x 3 matrix of rotation, scale and shift with the least squared error from source to target (N x 2 each).

    Umeyama 1991, without reflection; in the plane it has this closed form.
    """
    source_mean, target_mean = source.sum(axis=0) / len(source), target.sum(axis=0) / len(target)
    a, b = source - source_mean, target - target_mean
    spread = float((a * a).sum())
    cos = float((a * b).sum()) / spread
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    matrix = np.empty((2, 3))
    matrix[:, :2], matrix[:, 2] = turn, target_mean - turn @ source_mean
    return matrix
