"""How a picture is turned upright."""

from typing import cast

import cv2

from edge.types import Pixels

_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(pixels: Pixels, rotate: int, mirror: bool) -> Pixels:
    """`pixels` mirrored left to right, then rotated clockwise by `rotate` degrees (0, 90, 180 or 270).

    The mirror comes first because a camera mirrors along its own axes, however it is mounted. Gives `pixels` itself
    where there is nothing to do, otherwise a new contiguous array. Any number of channels.
    """
    if mirror:
        pixels = cast(Pixels, cv2.flip(pixels, 1))
    if rotate:
        pixels = cast(Pixels, cv2.rotate(pixels, _ROTATIONS[rotate]))
    return pixels
