"""Face landmarks: a mesh of points, found in an upright square around the face."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Box, Face, Pixels, Points
from edge.vision.card import LandmarksCard
from edge.vision.crop import warped
from edge.vision.interpreter import Interpreter
from edge.vision.tensor import PixelScaling

_RIGHT_EYE, _LEFT_EYE = 0, 1  # of the detector's key points


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """The points of a face, in pixels of the picture, and whether the model is sure that it is one."""

    points: Points
    sure: bool


class Landmarks:
    """The mesh of a face, or nothing where the model sees no face."""

    def __init__(self, card: LandmarksCard, interpreter: Interpreter) -> None:
        self.card = card
        self._interpreter = interpreter
        self._scaling = PixelScaling(card.input, interpreter.inputs[0])
        shapes = [np.prod(output.shape) for output in interpreter.outputs]
        self._mesh, self._presence = (0, 1) if shapes[0] > shapes[1] else (1, 0)

    def find(self, pixels: Pixels, face: Face) -> Mesh | None:
        """The mesh of `face`; None if there is no face after all."""
        view, matrix = self._view(pixels, face)
        outputs = self._interpreter.run(self._scaling(view))
        presence = float(outputs[self._presence].ravel()[0])
        if presence < self.card.min_presence:
            return None
        mesh = outputs[self._mesh].reshape(self.card.points, -1)[:, :2]
        back = cv2.invertAffineTransform(matrix)
        points = np.asarray(mesh @ back[:, :2].T + back[:, 2], np.float32)
        return Mesh(points, presence >= self.card.sure_presence)

    def find_again(self, pixels: Pixels, mesh: Mesh) -> Mesh:
        """The mesh found from where it was found before, so that it no longer depends on the detector's box."""
        low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
        (x, y), half = (low + high) / 2, float((high - low).max()) * self.card.box_of_mesh / 2
        eyes = mesh.points[[self.card.named["right_eye"], self.card.named["left_eye"]]]
        return self.find(pixels, Face(Box(x - half, y - half, x + half, y + half), 1.0, eyes)) or mesh

    def _view(self, pixels: Pixels, face: Face) -> tuple[Pixels, NDArray[np.float64]]:
        """The square around the face in the model's size, and the matrix (2 x 3) from the picture to it.

        A tilted head is turned so that its eyes lie level. One that is about level is only cut out, which costs less.
        """
        eyes = (face.keypoints[_LEFT_EYE] - face.keypoints[_RIGHT_EYE]).tolist()
        angle = math.degrees(math.atan2(eyes[1], eyes[0]))
        side = round(self.card.region * max(face.box.width, face.box.height, 1.0))
        left, top = (round(middle - side / 2) for middle in face.box.centre)
        inside = min(left, top) >= 0 and left + side <= pixels.shape[1] and top + side <= pixels.shape[0]
        if inside and abs(angle) <= self.card.level_within and side <= 2 * self.card.input.width:
            return self._cut(pixels, left, top, side)
        return self._turned(pixels, face, angle, side)

    def _cut(self, pixels: Pixels, left: int, top: int, side: int) -> tuple[Pixels, NDArray[np.float64]]:
        size = self.card.input.width
        scale = size / side
        view = cv2.resize(pixels[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_LINEAR)
        shift = 0.5 * scale - 0.5  # pixels are squares, and have their place in their middle
        return np.asarray(view), np.array([[scale, 0, shift - scale * left], [0, scale, shift - scale * top]])

    def _turned(self, pixels: Pixels, face: Face, angle: float, side: int) -> tuple[Pixels, NDArray[np.float64]]:
        size = self.card.input.width
        matrix = np.asarray(cv2.getRotationMatrix2D(face.box.centre, angle, size / side), np.float64)
        matrix[:, 2] += size / 2 - np.array(face.box.centre)
        return warped(pixels, matrix, (size, size)), matrix
