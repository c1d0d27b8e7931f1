import pytest

from edge.camera.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def _kept(camera_fps: float, limit: float, seconds: float = 20, jitter: float = 0) -> int:
    clock, kept = Clock(), 0
    pace = Pace(limit, clock, clock.sleep)
    for number in range(int(camera_fps * seconds)):
        clock.now = 100 + number / camera_fps + jitter * (-1) ** number
        kept += pace.due()
    return kept


@pytest.mark.parametrize("camera_fps", [5, 15, 25, 30, 60, 120])
@pytest.mark.parametrize("limit", [1, 10, 15, 20, 30])
def test_never_more_than_the_limit(camera_fps: float, limit: float):
    assert _kept(camera_fps, limit) <= limit * 20 + 1


@pytest.mark.parametrize(("camera_fps", "limit", "expected"), [(15, 15, 15), (30, 15, 15), (30, 20, 20), (10, 15, 10)])
def test_as_many_as_the_limit_allows(camera_fps: float, limit: float, expected: float):
    assert _kept(camera_fps, limit) == pytest.approx(expected * 20, abs=2)


def test_jitter_costs_no_frames():
    assert _kept(15, 15, jitter=0.004) == 300


def test_wait_keeps_the_rate():
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    times = []
    for _ in range(5):
        pace.wait()
        times.append(clock.now)
    assert times == pytest.approx([100, 100.1, 100.2, 100.3, 100.4])


def test_after_a_delay_the_rest_is_not_hurried():
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    pace.wait()
    clock.now += 5
    late = clock.now
    for _ in range(3):
        pace.wait()
    assert clock.now - late >= 0.17
