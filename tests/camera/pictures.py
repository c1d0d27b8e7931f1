"""Pictures that tests make for themselves."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from edge.types import Pixels

WIDTH, HEIGHT = 64, 48
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters() -> Pixels:
    """RGB: red, green / blue, white; so that every turn and every exchange of channels shows."""
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    picture[: HEIGHT // 2, : WIDTH // 2] = RED
    picture[: HEIGHT // 2, WIDTH // 2 :] = GREEN
    picture[HEIGHT // 2 :, : WIDTH // 2] = BLUE
    picture[HEIGHT // 2 :, WIDTH // 2 :] = WHITE
    return picture


def noise(seed: int = 1) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def encoded(suffix: str, picture: np.ndarray, *options: int) -> bytes:
    """`picture` (grey, RGB or RGBA) as a file's content."""
    channels = picture.shape[2] if picture.ndim == 3 else 1
    swap = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}[channels]
    return cv2.imencode(suffix, picture if swap is None else cv2.cvtColor(picture, swap), list(options))[1].tobytes()


def corners(picture: Pixels) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, row by row, rounded to 0 or 255."""
    height, width = picture.shape[:2]
    places = [(y, x) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [tuple(255 if value > 127 else 0 for value in picture[y, x]) for y, x in places]


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(f"{order}HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def jpeg_with_exif(orientation: int, picture: Pixels, order: str = "<") -> bytes:
    plain, content = encoded(".jpg", picture), b"Exif\0\0" + exif(orientation, order)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + plain[2:]


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with_exif(orientation: int, picture: np.ndarray) -> bytes:
    plain = encoded(".png", picture)
    return plain[:-12] + png_chunk(b"eXIf", exif(orientation)) + plain[-12:]


def webp_with_exif(orientation: int, picture: Pixels) -> bytes:
    plain = encoded(".webp", picture, cv2.IMWRITE_WEBP_QUALITY, 101)
    height, width = picture.shape[:2]
    content = b"WEBP" + webp_canvas(width, height) + plain[12:]
    content += b"EXIF" + struct.pack("<I", len(exif(orientation))) + exif(orientation)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def webp_canvas(width: int, height: int) -> bytes:
    has_exif = b"\x08\0\0\0"
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X" + struct.pack("<I", 10) + has_exif + size


def huge_jpeg(width: int, height: int) -> bytes:
    plain = encoded(".jpg", quarters())
    place = plain.index(b"\xff\xc0")
    return plain[: place + 5] + struct.pack(">HH", height, width) + plain[place + 9 :]


def huge_png(width: int, height: int) -> bytes:
    plain = encoded(".png", quarters())
    return plain[:8] + png_chunk(b"IHDR", struct.pack(">II", width, height) + plain[24:29]) + plain[33:]


def huge_webp(width: int, height: int) -> bytes:
    content = b"WEBP" + webp_canvas(width, height) + encoded(".webp", quarters())[12:]
    return b"RIFF" + struct.pack("<I", len(content)) + content


def huge_bmp(width: int, height: int) -> bytes:
    plain = encoded(".bmp", quarters())
    return plain[:18] + struct.pack("<ii", width, height) + plain[26:]


def padded_bmp(colour: tuple[int, int, int], side: int = 4) -> bytes:
    """32 bits a pixel, of which 8 mean nothing and are zero."""
    pixels = bytes([*reversed(colour), 0]) * side * side
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 32, 0, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def write_clip(path: Path, frames: int, fps: float = 10, picture: Pixels | None = None) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for _ in range(frames):
        writer.write(cv2.cvtColor(quarters() if picture is None else picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path
