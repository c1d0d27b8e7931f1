"""Finds faces: a single-shot detector (BlazeFace) over the whole frame, or over windows of a still photo too.

Decoding after Bazarevsky et al. 2019, "BlazeFace"; overlapping boxes are blended by their scores, as described there.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.types import Box, Face, Pixels
from edge.vision.card import DetectorCard
from edge.vision.interpreter import Interpreter
from edge.vision.tensor import PixelScaling

Rows = NDArray[np.float32]
"""N x (1 + 4 + 2 * keypoints): score, left, top, right, bottom, then x and y of each key point."""


class Detector:
    """Faces of a picture, the most certain first."""

    def __init__(self, card: DetectorCard, interpreter: Interpreter) -> None:
        self._card = card
        self.companion_share, self.max_overlap = card.companion_share, card.max_overlap
        self._interpreter = interpreter
        self._scaling = PixelScaling(card.input, interpreter.inputs[0])
        self._anchors = np.tile(_anchors(card), 1 + card.keypoints)
        self._canvas = np.zeros((card.input.height, card.input.width, 3), np.uint8)
        self._looked_at = 0  # which window the last frame without a near face was searched in
        self._min_logit = float(np.log(card.min_score / (1 - card.min_score)))

    def find(self, pixels: Pixels) -> list[Face]:
        """The faces that one look at the whole picture finds: of about an eighth of its longer side and more."""
        return _faces(_blended(self._rows(pixels), self.max_overlap))

    def watch(self, frame: Pixels) -> list[Face]:
        """The faces of a camera's frame. Where none is near, one window is searched for people farther away.

        The window stays where somebody is, and otherwise moves on with each frame.
        """
        near = self.find(frame)
        if near:
            return near
        windows = list(self._windows(frame, self._card.windows[:1]))
        x, y, w, h = windows[self._looked_at % len(windows)]
        far = _faces(_blended(self._rows(frame[y : y + h, x : x + w], x, y), self.max_overlap))
        self._looked_at += 0 if far else 1
        return far

    def search(self, photo: Pixels) -> list[Face]:
        """The faces of a still photo, small ones too; it takes one run for each window."""
        whole = (0, 0, photo.shape[1], photo.shape[0])
        windows = [whole, *self._windows(photo, self._card.windows)]
        rows = [self._rows(photo[y : y + h, x : x + w], x, y) for x, y, w, h in windows]
        return _faces(_blended(np.concatenate(rows), self.max_overlap))

    def _windows(self, photo: Pixels, shares: Sequence[float]) -> Iterator[tuple[int, int, int, int]]:
        """Left, top, width and height of each window."""
        height, width = photo.shape[:2]
        for share in shares:
            side = max(round(max(height, width) * share), 1)
            for top in _starts(height, side):
                for left in _starts(width, side):
                    yield left, top, min(side, width - left), min(side, height - top)

    def _rows(self, pixels: Pixels, left: int = 0, top: int = 0) -> Rows:
        """The raw detections of one picture, in pixels of the picture that `left, top` is a corner in."""
        scale, margin = self._letterbox(pixels)
        first, second = self._interpreter.run(self._scaling(self._canvas))
        boxes, logits = (first[0], second[0, :, 0]) if first.shape[-1] > 1 else (second[0], first[0, :, 0])
        (at,) = np.nonzero(logits > self._min_logit)
        rows = self._decoded(boxes[at], logits[at], at)
        places = rows[:, 1:].reshape(len(rows), 2 + self._card.keypoints, 2)  # a view: x, y
        places -= margin
        places /= scale
        places += np.array((left, top), np.float32)
        return rows

    def _letterbox(self, pixels: Pixels) -> tuple[float, NDArray[np.float32]]:
        """Lays the whole picture into the canvas, and says with which scale and margins."""
        height, width = pixels.shape[:2]
        scale = min(self._canvas.shape[0] / height, self._canvas.shape[1] / width)
        w, h = max(round(width * scale), 1), max(round(height * scale), 1)
        x, y = (self._canvas.shape[1] - w) // 2, (self._canvas.shape[0] - h) // 2
        self._canvas[:] = 0
        _resize(pixels, self._canvas[y : y + h, x : x + w])
        return scale, np.array((x, y), np.float32)

    def _decoded(self, boxes: NDArray[np.float32], logits: NDArray[np.float32], at: NDArray[np.intp]) -> Rows:
        anchors = self._anchors[at]
        rows = np.empty((len(at), 1 + boxes.shape[1]), np.float32)
        rows[:, 0] = 1 / (1 + np.exp(-logits))
        centre, half = boxes[:, 0:2] + anchors[:, 0:2], boxes[:, 2:4] / 2
        rows[:, 1:3], rows[:, 3:5] = centre - half, centre + half
        rows[:, 5:] = boxes[:, 4:] + anchors[:, 2:]
        return rows


def _resize(pixels: Pixels, onto: Pixels) -> None:
    """Halved by averaging as often as it goes, and then bilinear: near to averaging alone, in a third of its time."""
    height, width = onto.shape[:2]
    while width <= pixels.shape[1] // 2 and height <= pixels.shape[0] // 2:
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA))
    cv2.resize(pixels, (width, height), dst=onto, interpolation=cv2.INTER_LINEAR)


def _anchors(card: DetectorCard) -> NDArray[np.float32]:
    """The centre of each anchor, N x 2, in pixels of the model's input."""
    grids = []
    for stride, repeats in zip(card.strides, card.anchors_per_cell, strict=True):
        y, x = np.mgrid[0 : card.input.height // stride, 0 : card.input.width // stride]
        cells = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride
        grids.append(np.repeat(cells, repeats, axis=0))
    return np.asarray(np.concatenate(grids), np.float32)


def _starts(length: int, side: int) -> list[int]:
    """Where windows of `side` begin so that they cover `length` and overlap by half."""
    if side >= length:
        return [0]
    steps = int(np.ceil((length - side) / (side / 2)))
    return [round(step * (length - side) / steps) for step in range(steps + 1)]


def _blended(rows: Rows, max_overlap: float) -> Rows:
    """Non-maximum suppression in which a kept face is the mean of all that it suppresses, weighted by score."""
    if not len(rows):
        return rows
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    kept = []
    while len(rows):
        same = _overlaps(rows[0], rows) > max_overlap
        same[0] = True
        group = rows[same]
        blend = group[:, 0] @ group / group[:, 0].sum()
        blend[0] = group[0, 0]
        kept.append(blend)
        rows = rows[~same]
    return np.array(kept, np.float32).reshape(len(kept), rows.shape[1])


def _overlaps(one: NDArray[np.float32], rows: Rows) -> NDArray[np.float32]:
    width = np.minimum(one[3], rows[:, 3]) - np.maximum(one[1], rows[:, 1])
    height = np.minimum(one[4], rows[:, 4]) - np.maximum(one[2], rows[:, 2])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2])
    return np.asarray(shared / np.maximum(areas + (one[3] - one[1]) * (one[4] - one[2]) - shared, 1e-9))


def _faces(rows: Rows) -> list[Face]:
    return [Face(Box(*row[1:5].tolist()), float(row[0]), row[5:].reshape(-1, 2)) for row in rows]
