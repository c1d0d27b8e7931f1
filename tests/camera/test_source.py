"""One contract for every source."""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera import opencv
from edge.camera.source import Source, open_source
from edge.config import Camera
from edge.errors import CameraLost, ConfigurationError

from .fakes import FakeDevice
from .pictures import BLUE, GREEN, RED, WHITE, encoded, quarters, write_clip

FRAMES = 3
FPS = 120
GAP_S = 0.01  # frames that come faster than FPS would be passed over
Opener = Callable[..., Source]


def _camera(source: object, **options: object) -> Camera:
    return Camera(**{"source": str(source), "fps": FPS, **options})


@pytest.fixture(params=["clip", "photos", "usb", "stream"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens a source of three frames; keyword arguments are those of the camera's configuration."""
    match request.param:
        case "clip":
            clip = write_clip(tmp_path / "clip.avi", FRAMES, fps=120)
            return lambda **options: open_source(_camera(clip, **options))
        case "photos":
            for number in range(FRAMES):
                (tmp_path / f"{number}.png").write_bytes(encoded(".png", quarters()))
            return lambda **options: open_source(_camera(tmp_path, **options))
        case "usb":
            return lambda **options: opencv.open_usb(_camera(0, **options), FakeDevice(FRAMES, gap_s=GAP_S))
        case _:
            address = "rtsp://admin:hunter2@door.local:554/stream"
            return lambda **options: opencv.open_stream(_camera(address, **options), FakeDevice(FRAMES, gap_s=GAP_S))


def _read(source: Source, frames: int = FRAMES) -> list:
    return [source.read() for _ in range(frames)]


def test_frames_are_rgb_contiguous_and_of_their_own_memory(opened: Opener):
    with opened() as source:
        frames = _read(source)
    for frame in frames:
        assert frame.pixels.shape == (48, 64, 3)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous
        assert frame.pixels.flags.owndata
    first, second, third = (frame.pixels for frame in frames)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, third)


def test_a_frame_stays_as_it_was_when_later_ones_are_read(opened: Opener):
    with opened() as source:
        first = source.read()
        before = first.pixels.copy()
        source.read()
        source.read()
    assert np.array_equal(first.pixels, before)


def test_time_and_sequence_rise(opened: Opener):
    with opened() as source:
        frames = _read(source)
    assert [frame.seq for frame in frames] == [0, 1, 2]
    times = [frame.taken_at for frame in frames]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("rotate", "mirror", "expected"),
    [
        (0, False, [RED, GREEN, BLUE, WHITE]),
        (90, False, [BLUE, RED, WHITE, GREEN]),
        (180, False, [WHITE, BLUE, GREEN, RED]),
        (270, False, [GREEN, WHITE, RED, BLUE]),
        (0, True, [GREEN, RED, WHITE, BLUE]),
        (90, True, [WHITE, GREEN, BLUE, RED]),
    ],
)
def test_frames_are_turned_upright(opened: Opener, rotate: int, mirror: bool, expected: list):
    with opened(rotate=rotate, mirror=mirror) as source:
        pixels = source.read().pixels
    assert pixels.shape == ((64, 48, 3) if rotate in (90, 270) else (48, 64, 3))
    assert pixels.flags.c_contiguous
    height, width = pixels.shape[:2]
    seen = [pixels[y, x] for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    assert [tuple(int(value > 127) * 255 for value in pixel) for pixel in seen] == expected


def test_the_end_is_none_for_files_and_a_fault_for_cameras(opened: Opener):
    with opened() as source:
        _read(source)
        for _ in range(2):
            if source.finite:
                assert source.read() is None
            else:
                with pytest.raises(CameraLost, match=r"gives no more frames; check"):
                    source.read()


def test_it_closes_twice_and_gives_nothing_after(opened: Opener):
    source = opened()
    source.read()
    source.close()
    source.close()
    if source.finite:
        assert source.read() is None
    else:
        with pytest.raises(CameraLost):
            source.read()


def test_the_name_holds_no_credentials(opened: Opener):
    with opened() as source:
        assert source.name
        assert "hunter2" not in source.name
        assert "admin" not in source.name


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("rtsp://door.local/stream", "rtsp://door.local/stream"),
        ("rtsp://admin:hunter2@door.local:554/stream", "rtsp://door.local:554/stream"),
        ("rtsp://admin:hunt@er/2#?@door.local/a/b", "rtsp://door.local/a/b"),
        ("http://door.local/video?user=admin&password=hunter2", "http://door.local/video"),
        ("rtsp://door.local/user=admin&password=hunter2", "rtsp://door.local/…"),
        ("rtsp://door.local", "rtsp://door.local"),
    ],
)
def test_public_address(address: str, public: str):
    assert opencv.public_address(address) == public


def test_a_stream_that_refuses_names_no_password_and_prints_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CameraLost) as fault:
        open_source(_camera("rtsp://admin:hunter2@127.0.0.1:1/stream"))
    assert str(fault.value).startswith("rtsp://127.0.0.1:1/stream cannot be opened; check ")
    assert "hunter2" not in str(fault.value) + caplog.text
    assert capfd.readouterr() == ("", "")


def test_a_usb_camera_that_is_not_there_says_what_to_do(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(CameraLost, match=r"^camera 77 cannot be opened; check its cable.*camera\.source"):
        open_source(_camera(77))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("source", "device"), [("1", 1), ("/dev/video0", "/dev/video0")])
def test_a_usb_camera_is_asked_for_the_configured_picture(source: str, device: object):
    fake = FakeDevice()
    opencv.open_usb(Camera(source=source, width=800, height=600, fps=12), fake)
    assert fake.arguments == (device, cv2.CAP_V4L2)
    assert fake.settings[cv2.CAP_PROP_FRAME_WIDTH] == 800
    assert fake.settings[cv2.CAP_PROP_FRAME_HEIGHT] == 600
    assert fake.settings[cv2.CAP_PROP_FPS] == 12


def test_a_stream_is_opened_with_time_limits():
    fake = FakeDevice()
    opencv.open_stream(_camera("rtsp://door.local/stream"), fake)
    address, backend, limits = fake.arguments
    assert (address, backend) == ("rtsp://door.local/stream", cv2.CAP_FFMPEG)
    assert cv2.CAP_PROP_OPEN_TIMEOUT_MSEC in limits
    assert cv2.CAP_PROP_READ_TIMEOUT_MSEC in limits


def test_a_camera_faster_than_the_rate_is_drained_and_passed_over():
    fake = FakeDevice(frames=1000)
    with opencv.open_usb(Camera(fps=0.1), fake) as source:
        assert source.read().seq == 0
        with pytest.raises(CameraLost):
            source.read()
    assert fake.grabbed == 1000


def test_single_damaged_frames_are_passed_over():
    with opencv.open_usb(_camera(0), FakeDevice(4, damaged=[0, 2], gap_s=GAP_S)) as source:
        assert [source.read().seq for _ in range(2)] == [0, 1]


def test_damaged_frames_without_end_are_a_lost_camera():
    with (
        opencv.open_usb(_camera(0), FakeDevice(50, damaged=range(50), gap_s=GAP_S)) as source,
        pytest.raises(CameraLost, match="10 damaged frames in a row; check"),
    ):
        source.read()


def test_unpaced_files_do_not_sleep(tmp_path: Path):
    with open_source(_camera(write_clip(tmp_path / "slow.avi", 20, fps=1)), paced=False) as source:
        assert len(list(iter(source.read, None))) == 20


def test_a_clip_is_paced_by_its_own_rate(tmp_path: Path):
    with open_source(_camera(write_clip(tmp_path / "clip.avi", 4, fps=20), fps=1)) as source:
        frames = list(iter(source.read, None))
    assert frames[-1].taken_at - frames[0].taken_at >= 3 / 20


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/nowhere/clip.mp4", r"'/nowhere/clip\.mp4': no such file or folder; give a USB camera's number"),
        ("", "'': no such file or folder; give"),
        ("ftp://u:hunter2@host/x", r"'ftp://host/x': ftp:// is not known; allowed are rtsp://"),
    ],
)
def test_a_source_that_cannot_be_is_a_configuration_fault(source: str, message: str):
    with pytest.raises(ConfigurationError, match=r"^camera\.source is " + message):
        open_source(_camera(source))


def test_a_broken_clip_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8)
    with pytest.raises(ConfigurationError, match=r"clip\.mp4': not a video that can be played; give an MP4"):
        open_source(_camera(clip))
    assert capfd.readouterr() == ("", "")


def test_a_folder_without_pictures_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="a folder without pictures; put JPEG"):
        open_source(_camera(tmp_path))


def test_a_device_file_is_a_camera_even_while_it_is_unplugged():
    with pytest.raises(CameraLost, match=r"^camera /dev/video77 cannot be opened"):
        open_source(_camera("/dev/video77"))
