import logging
import os
import resource
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera import photos
from edge.camera.photos import PhotoFolder, decode_photo, photo_paths, read_photo
from edge.camera.turn import turned
from edge.config import Camera
from edge.errors import PhotoTooLarge, PhotoUnreadable

from . import pictures
from .pictures import BLUE, GREEN, RED, WHITE, corners, encoded, noise, quarters


@pytest.fixture(autouse=True)
def silent(capfd: pytest.CaptureFixture[str]):
    """No picture, however broken, may make the libraries below write to the terminal."""
    yield
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".ppm", ".tiff"])
def test_every_format_is_rgb(tmp_path: Path, suffix: str):
    file = tmp_path / f"photo{suffix}"
    file.write_bytes(encoded(suffix, quarters()))
    picture = read_photo(file)
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert corners(picture) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".pgm", ".tiff", ".bmp"])
def test_grey_becomes_rgb(suffix: str):
    picture = decode_photo(encoded(suffix, np.full((48, 64), 200, np.uint8)), "grey")
    assert picture.shape == (48, 64, 3)
    assert (picture == 200).all()


def test_the_suffix_does_not_matter(tmp_path: Path):
    file = tmp_path / "photo.jpg"
    file.write_bytes(encoded(".png", quarters()))
    assert corners(read_photo(file)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_become_eight(suffix: str):
    deep = noise().astype(np.uint16) * 256 + 77
    assert np.array_equal(decode_photo(encoded(suffix, deep), "deep"), noise())


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_transparency_lies_over_white(depth: type):
    scale = 257 if depth is np.uint16 else 1
    picture = np.zeros((2, 2, 4), depth)
    picture[..., 0] = 255 * scale
    picture[..., 3] = np.array([[0, 255], [127, 128]]) * scale
    seen = decode_photo(encoded(".png", picture), "clear")
    assert seen[0, 0].tolist() == [255, 255, 255]
    assert seen[0, 1].tolist() == [255, 0, 0]
    assert seen[1, 0].tolist() == pytest.approx([255, 128, 128], abs=1)
    assert seen[1, 1].tolist() == pytest.approx([255, 127, 127], abs=1)


def test_a_bitmaps_padding_is_no_transparency():
    assert (decode_photo(pictures.padded_bmp(RED), "padded") == RED).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_of_a_jpeg_is_as_opencv_has_it(orientation: int, order: str):
    data = pictures.jpeg_with_exif(orientation, quarters(), order)
    expected = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert np.array_equal(decode_photo(data, "turned"), expected)


@pytest.mark.parametrize("write", [pictures.jpeg_with_exif, pictures.png_with_exif, pictures.webp_with_exif])
def test_orientation_holds_for_every_format(write):
    assert corners(decode_photo(write(6, quarters()), "turned")) == [BLUE, RED, WHITE, GREEN]


def test_orientation_holds_with_transparency():
    clear = np.dstack([quarters(), np.full((48, 64), 255, np.uint8)])
    assert corners(decode_photo(pictures.png_with_exif(8, clear), "turned")) == [GREEN, WHITE, RED, BLUE]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_wrong_orientation_is_none(orientation: int):
    assert corners(decode_photo(pictures.jpeg_with_exif(orientation, quarters()), "odd"))[0] == RED


def test_broken_metadata_does_not_matter():
    content = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    plain = encoded(".jpg", quarters())
    data = plain[:2] + b"\xff\xe1" + (len(content) + 2).to_bytes(2, "big") + content + plain[2:]
    assert corners(decode_photo(data, "odd"))[0] == RED


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_bytes_after_the_end_do_not_matter(suffix: str):
    assert corners(decode_photo(encoded(suffix, quarters()) + b"\0" * 99 + b"trailer", "long"))[0] == RED


def _refused(fault: type[Exception], data: bytes) -> str:
    with pytest.raises(fault) as caught:
        decode_photo(data, "anna.jpg")
    assert str(caught.value).startswith("anna.jpg: ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "the file is empty (0 bytes); copy it again"),
        (b"<!doctype html><title>404</title>", "found text, not a picture that can be used; give JPEG, PNG"),
        ("Grüße".encode() * 200, "found text, not a picture"),
        (bytes(range(256)), "found unknown data, not a picture"),
        (b"GIF89a" + bytes(50), "found a GIF picture, not a picture that can be used; give JPEG"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "found a HEIC picture, not"),
        (b"%PDF-1.7\n", "found a PDF document, not"),
        (b"\xff\xd8\xff", "found a JPEG that is cut off"),
        (b"\x89PNG\r\n\x1a\n", "found a PNG that is cut off"),
        (b"P5 hello\n", "found a PGM that is damaged or of a rare kind; save it again as JPEG"),
        (b"RIFF\0\0\0\0WEBP", "found a WebP that is damaged"),
        (b"BM" + bytes(60), "found a BMP that is damaged"),
        (b"II*\0\xff\xff\xff\xff", "found a TIFF that is damaged"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, found: str):
    assert found in _refused(PhotoUnreadable, data)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("progressive", [0, 1])
def test_a_truncated_jpeg_is_refused(kept: float, progressive: int):
    whole = encoded(".jpg", noise(), cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    message = _refused(PhotoUnreadable, whole[: int(len(whole) * kept)])
    assert f"found a JPEG that is cut off or damaged ({int(len(whole) * kept)} bytes); copy or save it again" in message


def test_a_thumbnails_end_does_not_hide_a_truncated_jpeg():
    thumbnail = encoded(".jpg", quarters())
    whole = encoded(".jpg", noise())
    segment = b"\xff\xe1" + (len(thumbnail) + 8).to_bytes(2, "big") + b"Exif\0\0" + thumbnail
    with_thumbnail = whole[:2] + segment + whole[2:]
    assert decode_photo(with_thumbnail, "whole").shape == (48, 64, 3)
    assert "cut off" in _refused(PhotoUnreadable, with_thumbnail[:-200])


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".ppm", ".tiff"])
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_other_truncated_pictures_are_refused(suffix: str, kept: float):
    whole = encoded(suffix, noise())
    message = _refused(PhotoUnreadable, whole[: int(len(whole) * kept)])
    assert "damaged" in message
    assert "save it again" in message


def test_a_png_with_a_wrong_checksum_is_refused():
    data = bytearray(encoded(".png", noise()))
    data[len(data) // 2] ^= 0xFF
    assert "found a PNG that is cut off or damaged" in _refused(PhotoUnreadable, bytes(data))


@pytest.mark.parametrize("make", [pictures.huge_jpeg, pictures.huge_png])
def test_a_huge_picture_is_refused_without_memory_for_it(make):
    data = make(20_000, 20_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = _refused(PhotoTooLarge, data)
    assert message == "anna.jpg: 20000x20000 pixels; at most 100 million are decoded; scale it down"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # KB; decoded it would be 1.2 GB


def test_tables_before_a_jpegs_frame_header_are_not_taken_for_it():
    plain = pictures.huge_jpeg(20_000, 20_000)
    start = plain.index(b"\xff\xc4")
    table = plain[start : start + 2 + int.from_bytes(plain[start + 2 : start + 4], "big")]
    assert "20000x20000 pixels" in _refused(PhotoTooLarge, plain[:2] + table + plain[2:])


def test_a_huge_webp_is_refused():
    assert "16000x16000 pixels" in _refused(PhotoTooLarge, pictures.huge_webp(16_000, 16_000))


def test_a_huge_bitmap_is_refused_by_opencv():
    assert "too many pixels; at most 100 million" in _refused(PhotoTooLarge, pictures.huge_bmp(20_000, 20_000))


def test_a_picture_at_the_limit_is_not_too_large():
    assert "pixels" not in _refused(PhotoUnreadable, pictures.huge_png(10_000, 10_000)[:-20])


def test_a_file_over_fifty_megabytes_is_refused(tmp_path: Path):
    file = tmp_path / "big.jpg"
    file.write_bytes(encoded(".jpg", quarters()))
    os.truncate(file, photos.MAX_PHOTO_BYTES + 1)
    with pytest.raises(PhotoTooLarge, match=r"big\.jpg: more than 50 MB, which is the most; save it smaller"):
        read_photo(file)


def test_a_file_of_fifty_megabytes_is_read(tmp_path: Path):
    file = tmp_path / "big.jpg"
    file.write_bytes(encoded(".jpg", quarters()))
    os.truncate(file, photos.MAX_PHOTO_BYTES)
    assert corners(read_photo(file))[0] == RED


def test_faults_of_the_path(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "file.jpg").write_bytes(b"x")
    for path, message in [
        (tmp_path / "none.jpg", "no such file; check the path"),
        (tmp_path, "is a folder; name one picture in it"),
        (tmp_path / "pipe.jpg", "is a device or a pipe; give a regular file"),
        (tmp_path / "file.jpg" / "x.jpg", "cannot be read (Not a directory); check path and permissions"),
        (tmp_path / ("x" * 300), "cannot be read (File name too long); check path and permissions"),
    ]:
        with pytest.raises(PhotoUnreadable) as fault:
            read_photo(path)
        assert str(fault.value) == f"{path}: {message}"


def test_turned_without_need_copies_nothing():
    picture = quarters()
    assert turned(picture, 0, mirror=False) is picture


def test_paths_are_in_natural_order(tmp_path: Path):
    for name in ["10.jpg", "2.JPG", "1.png", "b1.jpeg", "B10.jpg", "b2.tif", ".hidden.jpg", "notes.txt"]:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "sub").mkdir()
    assert [path.name for path in photo_paths(tmp_path)] == [
        "1.png", "2.JPG", "10.jpg", "b1.jpeg", "b2.tif", "B10.jpg",
    ]  # fmt: skip


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(PhotoUnreadable, match=r"none: cannot be listed.*give a folder of photos"):
        photo_paths(tmp_path / "none")


def test_a_broken_photo_is_logged_and_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for number, data in enumerate([encoded(".jpg", quarters()), b"text", pictures.huge_png(20_000, 20_000)]):
        (tmp_path / f"{number}.jpg").write_bytes(data)
    (tmp_path / "3.jpg").write_bytes(encoded(".jpg", quarters()))
    with PhotoFolder(tmp_path, Camera(), paced=False) as source:
        assert [frame.seq for frame in iter(source.read, None)] == [0, 1]
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert "1.jpg: found text" in warnings[0]
    assert "2.jpg: 20000x20000" in warnings[1]
