"""Real photos that tests look at, and ways to spoil them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.camera.photos import read_photo
from edge.types import Pixels


def portrait(data: Path, number: str = "001", mood: str = "neutral") -> Pixels:
    """One face of the London set, 640x640, its face about 210 pixels wide."""
    return read_photo(data / "faces-london" / mood / f"{number}.jpg")


def lfw(data: Path, name: str) -> Pixels:
    return read_photo(data / "lfw-view1/images" / name.rsplit("_", 1)[0] / f"{name}.jpg")


def scaled(pixels: Pixels, factor: float) -> Pixels:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=method), np.uint8)


def shifted(pixels: Pixels, dx: int, dy: int) -> Pixels:
    """Moved within a picture of the same size; the edge goes on where nothing was."""
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    size = (pixels.shape[1], pixels.shape[0])
    return np.asarray(cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def exposed(pixels: Pixels, factor: float) -> Pixels:
    return np.clip(pixels * factor, 0, 255).astype(np.uint8)


def flattened(pixels: Pixels, factor: float) -> Pixels:
    """Less contrast around the same middle grey."""
    return np.clip((pixels - 128.0) * factor + 128, 0, 255).astype(np.uint8)


def on_wall(face: Pixels, width: int, height: int, left: int, top: int) -> Pixels:
    """A small picture in a large grey one."""
    wall = np.full((height, width, 3), 128, np.uint8)
    wall[top : top + face.shape[0], left : left + face.shape[1]] = face
    return wall


def clip(path: Path) -> Iterator[Pixels]:
    video = cv2.VideoCapture(str(path))
    while True:
        found, frame = video.read()
        if not found:
            return
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
