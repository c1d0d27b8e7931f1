"""A clip as a door camera would see it: it pans and zooms over photos, with an empty room between them."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.photos import read_photo
from edge.types import Pixels

SIZE = (640, 480)
FPS = 15
_SCENE_FRAMES, _EMPTY_FRAMES = 75, 25  # long enough for a slow and busy machine

# Where the camera points: the middle of the face and the width of the view around it, as shares of the photo's size.
_VIEWS = {
    "obama2.jpg": (0.53, 0.38, 1.5),
    "obama3.jpg": (0.54, 0.20, 0.7),
    "biden.jpg": (0.58, 0.19, 1.0),
    "astronaut.png": (0.44, 0.25, 0.8),
}


def make(photos: list[Path], out: Path) -> None:
    """Writes the clip (Motion JPEG), one scene a photo."""
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter_fourcc(*"MJPG"), FPS, SIZE)  # type: ignore[attr-defined]
    random = np.random.default_rng(7)
    for photo in photos:
        for frame in (*_scene(photo), *[np.full((SIZE[1], SIZE[0], 3), 96, np.uint8)] * _EMPTY_FRAMES):
            noise = random.normal(0, 3, frame.shape)
            writer.write(np.clip(frame + noise, 0, 255).astype(np.uint8)[..., ::-1])
    writer.release()


def _scene(photo: Path) -> Iterator[Pixels]:
    pixels = read_photo(photo)
    x, y, view = _VIEWS[photo.name]
    if photo.name == "biden.jpg":  # the archive holds one portrait of him, so another is made of it
        pixels, x = _other_rendition(pixels), 1 - x
    height, width = pixels.shape[:2]
    for step in np.linspace(-1, 1, _SCENE_FRAMES):
        scale = SIZE[0] / (width * view * (1.15 - 0.15 * step))
        yield _view(pixels, (width * (x + 0.04 * step), height * y), scale)


def _view(pixels: Pixels, middle: tuple[float, float], scale: float) -> Pixels:
    matrix: NDArray[np.float64] = np.array(
        [[scale, 0, SIZE[0] / 2 - scale * middle[0]], [0, scale, SIZE[1] / 2 - scale * middle[1]]]
    )
    return np.asarray(cv2.warpAffine(pixels, matrix, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE))


def _other_rendition(pixels: Pixels) -> Pixels:
    """The photo mirrored, turned by five degrees, softer, warmer and brighter."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width * 0.42, height * 0.19), 5, 1)
    turned = cv2.warpAffine(
        np.ascontiguousarray(pixels[:, ::-1]), turn, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    soft = cv2.GaussianBlur(turned, (0, 0), 2).astype(np.float32)
    return np.clip(soft * (1.3, 1.2, 1.1) + 10, 0, 255).astype(np.uint8)
