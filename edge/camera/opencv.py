"""USB cameras, network streams and clips, all read through OpenCV."""

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import cv2

from edge import config
from edge.camera.pace import Pace
from edge.camera.turn import turned
from edge.errors import CameraLost, ConfigurationError
from edge.types import Frame, Pixels

# How long a network stream may block. A USB camera blocks for up to 10 s, which is OpenCV's own limit.
OPEN_TIMEOUT_MS = 5000
READ_TIMEOUT_MS = 5000

# Single damaged frames are common on USB; so many in a row are a broken camera.
_DAMAGED_FRAMES = 10
_FASTEST_CLIP = 240.0

log = logging.getLogger(__name__)


def open_usb(settings: config.Camera, video_capture: Callable[..., Any] = cv2.VideoCapture) -> "LiveCamera":
    """The USB camera whose number or device file is `settings.source`, asked for the size and rate in `settings`.

    Raises:
        CameraLost: it is not there, or in use.
    """
    source = settings.source
    device = video_capture(int(source) if source.isdigit() else source, cv2.CAP_V4L2)
    device.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
    device.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
    device.set(cv2.CAP_PROP_FPS, settings.fps)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    fix = "check its cable, that no other program uses it, and camera.source (`ls /dev/video*` lists what is there)"
    return LiveCamera(device, f"camera {source}", fix, settings)


def open_stream(settings: config.Camera, video_capture: Callable[..., Any] = cv2.VideoCapture) -> "LiveCamera":
    """The network stream at the address `settings.source`.

    Raises:
        CameraLost: it does not answer within OPEN_TIMEOUT_MS, refuses, or sends no video.
    """
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
    device = video_capture(settings.source, cv2.CAP_FFMPEG, limits)
    fix = "check that the camera is on and reachable, and the address, user and password in camera.source"
    return LiveCamera(device, public_address(settings.source), fix, settings)


def public_address(address: str) -> str:
    """`address` without what may be secret: user and password, query, and a path that carries settings."""
    scheme, _, rest = address.partition("://")
    # A password may hold any character, unescaped too; so all up to the last @ goes.
    place = re.split(r"[?#]", rest.rpartition("@")[2])[0]
    host, slash, path = place.partition("/")
    return f"{scheme}://{host}{slash}{'…' if '=' in path else path}"


class LiveCamera:
    """A camera that gives frames until it is lost."""

    finite = False

    def __init__(self, device: Any, name: str, fix: str, settings: config.Camera) -> None:
        """`device` is an OpenCV VideoCapture; `fix` says what to do when it is lost.

        Raises:
            CameraLost: `device` is not open.
        """
        self.name = name
        self._device = device
        self._fix = fix
        self._settings = settings
        self._pace = Pace(settings.fps)
        self._bgr: Any = None
        self._seq = -1
        if not device.isOpened():
            raise self._lost("cannot be opened")

    def read(self) -> Frame:
        """The next frame, at most `settings.fps` a second.

        Raises:
            CameraLost: no frame comes, or only damaged ones.
        """
        for _ in range(_DAMAGED_FRAMES):
            taken_at = self._grab()
            kept, self._bgr = self._device.retrieve(self._bgr)
            if kept:
                self._seq += 1
                return Frame(_to_frame(self._bgr, self._settings), taken_at, self._seq)
        raise self._lost(f"sent {_DAMAGED_FRAMES} damaged frames in a row")

    def close(self) -> None:
        self._device.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _grab(self) -> float:
        """Takes frames off the camera until one is due: to sleep instead would let old ones pile up in its buffer."""
        while self._device.grab():
            if self._pace.due():
                return time.monotonic()
        raise self._lost("gives no more frames")

    def _lost(self, what: str) -> CameraLost:
        return CameraLost(f"{self.name} {what}; {self._fix}")


class Clip:
    """A video file; it ends."""

    finite = True

    def __init__(self, path: Path, settings: config.Camera, *, paced: bool = True) -> None:
        """Paced, frames come at the clip's own rate, as from a camera, otherwise as fast as they are read.

        Raises:
            ConfigurationError: the file holds no video that FFmpeg can play.
        """
        self.name = str(path)
        self._device = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._device.isOpened():
            raise ConfigurationError(
                f"camera.source is {self.name!r}: not a video that can be played; give an MP4, MKV or AVI file, "
                "a folder of photos, or a camera"
            )
        self._settings = settings
        self._pace = Pace(_rate(self._device, settings.fps)) if paced else None
        self._bgr: Any = None
        self._seq = -1

    def read(self) -> Frame | None:
        """The next frame, or None after the last."""
        kept, self._bgr = self._device.read(self._bgr)
        if not kept:
            return None
        pixels = _to_frame(self._bgr, self._settings)
        if self._pace:
            self._pace.wait()
        self._seq += 1
        return Frame(pixels, time.monotonic(), self._seq)

    def close(self) -> None:
        self._device.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rate(device: Any, otherwise: float) -> float:
    """The clip's frames a second; a clip without a sound rate is played at `otherwise`."""
    rate = float(device.get(cv2.CAP_PROP_FPS))
    return rate if 1 <= rate <= _FASTEST_CLIP else otherwise


def _to_frame(bgr: Any, settings: config.Camera) -> Pixels:
    # The change of colours is also the one copy out of the camera's buffer, which is written to again.
    return cast(Pixels, cv2.cvtColor(turned(bgr, settings.rotate, settings.mirror), cv2.COLOR_BGR2RGB))
