"""What a picture's bytes say of themselves, read without decoding it."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["JPEG", "PNG", "WebP", "BMP", "PPM", "PGM", "TIFF"]

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"BM.{4}\0\0\0\0", "BMP"),
    (rb"P[36]\s", "PPM"),
    (rb"P[25]\s", "PGM"),
    (rb"II\*\0|MM\0\*", "TIFF"),
)
_FOREIGN = (
    (rb".{4}ftyp(?:hei|hev|mif|msf)", "a HEIC picture"),
    (rb".{4}ftypavi", "an AVIF picture"),
    (rb".{4}ftyp", "a video"),
    (rb"GIF8", "a GIF picture"),
    (rb"%PDF", "a PDF document"),
)

# A marker that is neither a restart marker nor a stuffed zero, and so can end a run of JPEG's coded data.
_MARKER = re.compile(rb"\xff+([\xc0-\xcf\xd8-\xfe])")
_SOI, _EOI, _APP1 = 0xD8, 0xD9, 0xE1
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_EXIF = b"Exif\0\0"
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What is known of a picture before it is decoded."""

    kind: Kind
    size: tuple[int, int] | None = None  # width and height as stored, in pixels; None leaves it to the decoder
    orientation: int = 1  # EXIF, 1..8
    complete: bool = True  # False where the end is missing, or a checksum wrong


def read_header(data: bytes) -> ImageHeader | None:
    """The header of a picture file's whole content; None where it is no picture of a `Kind`."""
    kind = next((kind for signature, kind in _SIGNATURES if re.match(signature, data, re.DOTALL)), None)
    match kind:
        case None:
            return None
        case "JPEG":
            return _read_jpeg(data)
        case "PNG":
            return _read_png(data)
        case "WebP":
            return _read_webp(data)
        case _:
            return ImageHeader(kind)


def describe_foreign(data: bytes) -> str:
    """What content that has no header of ours seems to be, as a noun with its article."""
    for signature, what in _FOREIGN:
        if re.match(signature, data, re.DOTALL):
            return what
    head = data[:512]
    # A character may be cut in two at the end of the head.
    is_text = b"\0" not in head and len(head.decode("utf-8", "ignore").encode()) >= len(head) - 3
    return "text" if is_text else "unknown data"


def _read_jpeg(data: bytes) -> ImageHeader:
    size, orientation, marker = None, 1, 0
    for marker, content in _jpeg_segments(data):
        if marker in _FRAME_HEADERS and size is None:
            size = int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big")
        elif marker == _APP1 and content.startswith(_EXIF):
            orientation = _orientation(content)
    return ImageHeader("JPEG", size, orientation, complete=marker == _EOI)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers and their contents up to the picture's end. A thumbnail's markers lie inside a segment: not seen."""
    found = _MARKER.search(data, 2)
    while found:
        marker, start = found[1][0], found.end()
        length = 0 if marker in (_SOI, _EOI) else int.from_bytes(data[start : start + 2], "big")
        yield marker, data[start + 2 : start + length]
        if marker == _EOI:
            return
        found = _MARKER.search(data, start + length)


def _read_png(data: bytes) -> ImageHeader:
    size, orientation, name = None, 1, b""
    for name, content in _png_chunks(data):
        if name == b"IHDR" and len(content) >= 8:  # noqa: PLR2004
            size = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
        elif name == b"eXIf":
            orientation = _orientation(bytes(content))
    return ImageHeader("PNG", size, orientation, complete=name == b"IEND")


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Chunks up to the picture's end, or to the first that is cut off, or damaged and needed."""
    view, place = memoryview(data), 8
    while place + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            return
        needed = not name[0] & 0x20
        if needed and zlib.crc32(view[place + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            return
        yield name, view[place + 8 : end]
        if name == b"IEND":
            return
        place = end + 4


def _read_webp(data: bytes) -> ImageHeader:
    size, orientation, place = None, 1, 12
    while place + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, place)
        content = data[place + 8 : place + 8 + min(length, 1 << 16)]
        size = size or _webp_size(name, content)
        if name == b"EXIF":
            orientation = _orientation(content)
        place += 8 + length + length % 2
    return ImageHeader("WebP", size, orientation)


def _webp_size(name: bytes, content: bytes) -> tuple[int, int] | None:
    """Width and height, from the canvas or else from the first picture."""
    if name == b"VP8X":
        return 1 + int.from_bytes(content[4:7], "little"), 1 + int.from_bytes(content[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(content[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 ":
        return int.from_bytes(content[6:8], "little") & 0x3FFF, int.from_bytes(content[8:10], "little") & 0x3FFF
    return None


def _orientation(exif: bytes) -> int:
    exif = exif.removeprefix(_EXIF)
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return int(value) if value in range(1, 9) else 1
    except struct.error:  # broken metadata is no reason to refuse the picture
        pass
    return 1
