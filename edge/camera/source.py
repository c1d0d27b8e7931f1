"""What every source of frames offers, and which one the configuration names."""

import re
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from edge import config
from edge.camera.opencv import Clip, open_stream, open_usb, public_address
from edge.camera.photos import PhotoFolder
from edge.errors import ConfigurationError
from edge.types import Frame

_STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")


class Source(Protocol):
    """An open source of frames, read by one thread; it closes itself at the end of a `with`."""

    @property
    def name(self) -> str:
        """For people; holds no credentials."""

    @property
    def finite(self) -> bool:
        """Whether it comes to an end: clips and photos do, cameras do not."""

    def read(self) -> Frame | None:
        """The next frame; None after the last of a finite source.

        Blocks until it comes. Its pixels are upright, and its own: nothing writes to them later. `taken_at` and `seq`
        rise from frame to frame; `seq` starts at 0.

        Raises:
            CameraLost: the camera gives no more frames. Close the source, and open it anew.
        """

    def close(self) -> None:
        """Lets go of the camera or file. A second time it does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(settings: config.Camera, *, paced: bool = True) -> Source:
    """Opens what `settings.source` names: a camera's number or device file, an address, a video file, or a folder.

    `paced` plays a file in its own time, as a camera would; without it frames come as fast as they are read. Cameras
    pay no heed to it.

    Raises:
        CameraLost: the camera cannot be opened; it may come back.
        ConfigurationError: the source is none of these, or a file or folder that cannot be used.
    """
    source = settings.source
    if re.fullmatch(r"\d+|/dev/(video|v4l/).+", source):
        return open_usb(settings)
    if "://" in source:
        _check_scheme(source)
        return open_stream(settings)
    path = Path(source).expanduser()
    if source and path.is_dir():  # an empty path would be the working directory
        return PhotoFolder(path, settings, paced=paced)
    if path.is_file():
        return Clip(path, settings, paced=paced)
    raise ConfigurationError(
        f"camera.source is {source!r}: no such file or folder; give a USB camera's number (0), an rtsp:// or http:// "
        "address, a video file, or a folder of photos"
    )


def _check_scheme(source: str) -> None:
    scheme = source.partition("://")[0].lower()
    if scheme not in _STREAM_SCHEMES:
        raise ConfigurationError(
            f"camera.source is {public_address(source)!r}: {scheme}:// is not known; "
            f"allowed are {', '.join(f'{known}://' for known in _STREAM_SCHEMES)}"
        )
