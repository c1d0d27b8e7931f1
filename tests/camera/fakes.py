"""Hardware that is not there: an OpenCV capture object, and sources that fail on demand."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import cv2
import numpy as np

from edge.errors import CameraLost
from edge.types import Frame

from .pictures import quarters


class FakeDevice:
    """Behaves as cv2.VideoCapture on a camera that gives `frames` frames and then is unplugged."""

    def __init__(self, frames: int = 3, *, opens: bool = True, damaged: Iterable[int] = (), gap_s: float = 0) -> None:
        self.left = frames
        self.settings: dict[int, float] = {}
        self.released = 0
        self.arguments: tuple[Any, ...] = ()
        self.grabbed = 0
        self._opens = opens
        self._gap_s = gap_s
        self._damaged = set(damaged)
        self._own = cv2.cvtColor(quarters(), cv2.COLOR_RGB2BGR)

    def __call__(self, *arguments: Any) -> "FakeDevice":
        """Stands in for the class, too."""
        self.arguments = arguments
        return self

    def isOpened(self) -> bool:  # noqa: N802
        return self._opens

    def set(self, key: int, value: float) -> bool:
        self.settings[key] = value
        return True

    def grab(self) -> bool:
        if self.left <= 0 or self.released:
            return False
        time.sleep(self._gap_s)
        self.left -= 1
        self.grabbed += 1
        return True

    def retrieve(self, into: np.ndarray | None = None) -> tuple[bool, np.ndarray | None]:
        if self.grabbed - 1 in self._damaged:
            return False, None
        if into is None:
            return True, self._own.copy()
        into[:] = self._own
        return True, into

    def release(self) -> None:
        self.released += 1


class ScriptedSource:
    """Gives `frames` frames, and then ends, is lost, or fails, as `then` says."""

    def __init__(
        self, frames: int, then: Exception | None = None, at_each: Callable[[], None] = lambda: None, name: str = "fake"
    ) -> None:
        self.name = name
        self.finite = then is None
        self.closed = False
        self._frames = frames
        self._then = then
        self._at_each = at_each
        self._seq = -1

    def read(self) -> Frame | None:
        self._at_each()
        if self._seq + 1 < self._frames:
            self._seq += 1
            return Frame(quarters(), float(self._seq), self._seq)
        if self._then is not None:
            raise self._then
        return None

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> "ScriptedSource":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lost() -> CameraLost:
    return CameraLost("camera 0 gives no more frames; check its cable")
