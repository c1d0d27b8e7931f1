"""Photos from files: one at a time for enrolment, or a folder of them in a camera's stead."""

import logging
import re
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self, cast

import cv2
import numpy as np

from edge import MAX_PHOTO_PIXELS, config
from edge.camera.image_header import ImageHeader, describe_foreign, read_header
from edge.camera.pace import Pace
from edge.camera.turn import turned
from edge.errors import ConfigurationError, PhotoTooLarge, PhotoUnreadable
from edge.types import Frame, Pixels

MAX_PHOTO_BYTES = 50_000_000
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".ppm", ".pgm", ".tif", ".tiff"})

_ACCEPTED = "JPEG, PNG, WebP, BMP, PPM, PGM or TIFF"
_NO_MEMORY = -4
# EXIF's orientation as (rotate, mirror) of `turned`. OpenCV's own correction leaves out WebP before 5.0, and any
# picture whose alpha is kept.
_EXIF_TURNS = {
    2: (0, True),
    3: (180, False),
    4: (180, True),
    5: (270, True),
    6: (90, False),
    7: (90, True),
    8: (270, False),
}

log = logging.getLogger(__name__)


def read_photo(path: Path) -> Pixels:
    """The picture in `path`, upright: height x width x 3, RGB, uint8, contiguous.

    Raises:
        PhotoUnreadable: no such file, not a regular file, not readable, or what `decode_photo` finds.
        PhotoTooLarge: as in `decode_photo`.
    """
    return decode_photo(_read_bytes(path), str(path))


def decode_photo(data: bytes, name: str) -> Pixels:
    """The picture in `data`, a file's whole content, upright: height x width x 3, RGB, uint8, contiguous.

    JPEG, PNG, WebP, BMP, PPM, PGM and TIFF. Grey becomes RGB, transparency lies over white, 16 bits become 8.

    Raises:
        PhotoUnreadable: empty, no picture, cut off or damaged; the message starts with `name`.
        PhotoTooLarge: over MAX_PHOTO_BYTES, or over MAX_PHOTO_PIXELS by its header, which is seen before decoding.
    """
    header = _checked_header(data, name)
    return turned(_decode(data, header, name), *_EXIF_TURNS.get(header.orientation, (0, False)))


def photo_paths(folder: Path) -> list[Path]:
    """The pictures directly in `folder`, known by their suffix, in natural order (2.jpg before 10.jpg).

    Raises:
        PhotoUnreadable: no such folder, or it cannot be listed.
    """
    try:
        entries = list(folder.iterdir())
    except OSError as fault:
        raise PhotoUnreadable(f"{folder}: cannot be listed ({fault.strerror}); give a folder of photos") from fault
    # Hidden files are what other systems leave beside pictures, such as `._1.jpg`.
    pictures = [path for path in entries if path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")]
    return sorted(pictures, key=_natural)


class PhotoFolder:
    """A folder of photos as a source: each is a frame, once. One that cannot be read is logged and passed over."""

    finite = True

    def __init__(self, folder: Path, settings: config.Camera, *, paced: bool = True) -> None:
        """Paced, photos come `settings.fps` a second, otherwise as fast as they are read.

        Raises:
            ConfigurationError: the folder holds no picture.
            PhotoUnreadable: the folder cannot be listed.
        """
        paths = photo_paths(folder)
        if not paths:
            raise ConfigurationError(
                f"camera.source is {str(folder)!r}, a folder without pictures; put {_ACCEPTED} files into it"
            )
        self.name = str(folder)
        self._settings = settings
        self._paths = iter(paths)
        self._pace = Pace(settings.fps) if paced else None
        self._seq = -1

    def read(self) -> Frame | None:
        """The next photo that can be read, or None after the last."""
        for path in self._paths:
            pixels = _read_or_warn(path)
            if pixels is not None:
                return self._frame(pixels)
        return None

    def close(self) -> None:
        self._paths = iter(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _frame(self, pixels: Pixels) -> Frame:
        upright = turned(pixels, self._settings.rotate, self._settings.mirror)
        if self._pace:
            self._pace.wait()
        self._seq += 1
        return Frame(upright, time.monotonic(), self._seq)


def _read_or_warn(path: Path) -> Pixels | None:
    try:
        return read_photo(path)
    except (PhotoUnreadable, PhotoTooLarge) as fault:
        log.warning("passed over a photo: %s", fault)
        return None


def _read_bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        # Opening a pipe would wait for its writer.
        content = _read_limited(path) if stat.S_ISREG(mode) else None
    except FileNotFoundError as fault:
        raise PhotoUnreadable(f"{path}: no such file; check the path") from fault
    except OSError as fault:
        raise PhotoUnreadable(f"{path}: cannot be read ({fault.strerror}); check path and permissions") from fault
    if stat.S_ISDIR(mode):
        raise PhotoUnreadable(f"{path}: is a folder; name one picture in it")
    if content is None:
        raise PhotoUnreadable(f"{path}: is a device or a pipe; give a regular file")
    return content


def _read_limited(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_PHOTO_BYTES + 1)


def _checked_header(data: bytes, name: str) -> ImageHeader:
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoTooLarge(f"{name}: more than {MAX_PHOTO_BYTES // 10**6} MB, which is the most; save it smaller")
    if not data:
        raise PhotoUnreadable(f"{name}: the file is empty (0 bytes); copy it again")
    header = read_header(data)
    if header is None:
        raise PhotoUnreadable(
            f"{name}: found {describe_foreign(data)}, not a picture that can be used; give {_ACCEPTED}"
        )
    if header.size and header.size[0] * header.size[1] > MAX_PHOTO_PIXELS:
        raise PhotoTooLarge(f"{name}: {header.size[0]}x{header.size[1]} pixels; {_scale_down()}")
    if not header.complete:
        raise PhotoUnreadable(
            f"{name}: found a {header.kind} that is cut off or damaged ({len(data)} bytes); copy or save it again"
        )
    return header


def _decode(data: bytes, header: ImageHeader, name: str) -> Pixels:
    """RGB as stored, not yet upright."""
    try:
        picture: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if picture is not None and picture.dtype in (np.uint8, np.uint16):
            return _to_rgb(picture)
    except cv2.error as fault:
        _refuse(fault, header, name)
    raise PhotoUnreadable(f"{name}: {_damaged(header)}")


def _refuse(fault: cv2.error, header: ImageHeader, name: str) -> NoReturn:
    """Raises what OpenCV's error means: it tells a limit from damage only by the text."""
    if "CV_IO_MAX_IMAGE" in str(fault) or fault.code == _NO_MEMORY:
        raise PhotoTooLarge(f"{name}: too many pixels; {_scale_down()}") from fault
    raise PhotoUnreadable(f"{name}: {_damaged(header)}") from fault


def _scale_down() -> str:
    return f"at most {MAX_PHOTO_PIXELS // 10**6} million are decoded; scale it down"


def _damaged(header: ImageHeader) -> str:
    return f"found a {header.kind} that is damaged or of a rare kind; save it again as JPEG"


def _to_rgb(picture: Any) -> Pixels:
    """OpenCV's grey, BGR or BGRA in 8 or 16 bits as 8-bit RGB."""
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    channels = 1 if picture.ndim == 2 else picture.shape[2]  # noqa: PLR2004
    if channels == 4:  # noqa: PLR2004
        return _over_white(picture)
    return cast(Pixels, cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB if channels == 1 else cv2.COLOR_BGR2RGB))


def _over_white(bgra: Any) -> Pixels:
    # On the inverse, white is 0: there fading towards white is one multiplication, in 8 bits.
    alpha = cv2.cvtColor(cv2.extractChannel(bgra, 3), cv2.COLOR_GRAY2RGB)
    inverse = cv2.bitwise_not(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB))
    return cast(Pixels, cv2.bitwise_not(cv2.multiply(inverse, alpha, scale=1 / 255)))


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(part), "") if index % 2 else (0, part) for index, part in enumerate(parts)]
