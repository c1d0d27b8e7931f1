"""Clips that tests make for themselves."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.camera.photos import read_photo
from edge.types import Pixels

WIDTH, HEIGHT = 640, 480


def empty_room() -> Pixels:
    """Nobody there: a gradient with some noise."""
    ramp = np.linspace(60, 180, WIDTH).astype(np.uint8)
    picture = np.repeat(np.repeat(ramp[np.newaxis, :, np.newaxis], HEIGHT, 0), 3, 2)
    return picture + np.random.default_rng(3).integers(0, 20, picture.shape, dtype=np.uint8)


def somebody(portrait: Path) -> Pixels:
    """The upper, square part of a portrait before the empty room."""
    pixels = read_photo(portrait)
    side = min(pixels.shape[:2])
    face = cv2.resize(pixels[:side, :side], (HEIGHT - 40, HEIGHT - 40), interpolation=cv2.INTER_AREA)
    picture = empty_room()
    picture[20 : HEIGHT - 20, 100 : 100 + HEIGHT - 40] = face
    return picture


def write(path: Path, scenes: Sequence[tuple[Pixels, float]], fps: float = 15) -> Path:
    """A clip (Motion JPEG) of still scenes, each so many seconds long."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for picture, seconds in scenes:
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        for _ in range(round(seconds * fps)):
            writer.write(bgr)
    writer.release()
    return path
