"""The tower of a Siamese twin: a crop becomes a point, and the points of one person lie near each other."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Embedding, Pixels
from edge.vision.card import EmbedderCard
from edge.vision.interpreter import Interpreter
from edge.vision.tensor import PixelScaling, real_numbers


class Embedder:
    """Runs the tower as its card says."""

    def __init__(self, card: EmbedderCard, interpreter: Interpreter) -> None:
        self._card = card
        self._interpreter = interpreter
        self._scaling = PixelScaling(card.input, interpreter.inputs[0])
        self.model = card.digest

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the crop that it takes."""
        return self._card.input.width, self._card.input.height

    def embed(self, crop: Pixels) -> Embedding:
        """The embedding of a crop: `dimensions` numbers, of length 1 where the card says so."""
        vector = self._tower(crop)
        if self._card.mirror:
            vector = (vector + self._tower(np.asarray(cv2.flip(crop, 1)))) / 2
        if self._card.unit_length:
            vector = vector / max(float(np.sqrt(vector.dot(vector))), 1e-12)
        return Embedding(vector.astype(np.float32), self.model)

    def _tower(self, crop: Pixels) -> NDArray[np.float32]:
        (output,) = self._interpreter.run(self._scaling(crop))
        return real_numbers(output, self._interpreter.outputs[0]).ravel()
