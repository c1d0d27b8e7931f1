"""Face landmarks: a mesh of points, found in an upright square around the face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Face, Pixels, Points
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
        side = self.card.input.width
        matrix = self._region(face, side)
        outputs = self._interpreter.run(self._scaling(warped(pixels, matrix, (side, side))))
        presence = float(outputs[self._presence].ravel()[0])
        if presence < self.card.min_presence:
            return None
        mesh = outputs[self._mesh].reshape(self.card.points, -1)[:, :2]
        back = cv2.invertAffineTransform(matrix)
        points = np.asarray(mesh @ back[:, :2].T + back[:, 2], np.float32)
        return Mesh(points, presence >= self.card.sure_presence)

    def _region(self, face: Face, side: int) -> NDArray[np.float64]:
        """Maps the square around the face, turned so that the eyes lie level, to the model's input."""
        eyes = face.keypoints[_LEFT_EYE] - face.keypoints[_RIGHT_EYE]
        angle = float(np.degrees(np.arctan2(eyes[1], eyes[0])))
        scale = side / (self.card.region * max(face.box.width, face.box.height, 1.0))
        matrix = np.asarray(cv2.getRotationMatrix2D(face.box.centre, angle, scale), np.float64)
        matrix[:, 2] += side / 2 - np.array(face.box.centre)
        return matrix
