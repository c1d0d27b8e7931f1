import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from edge.camera.capture import Capture
from edge.camera.slot import Slot
from edge.camera.source import Source, open_source
from edge.config import Camera
from edge.errors import CameraLost, ConfigurationError
from edge.types import Frame

from .fakes import ScriptedSource, lost
from .pictures import write_clip

PATIENCE_S = 10


class NoWait(threading.Event):
    """A stop flag that notes each wait instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return self.is_set()


class Beats:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


class RecordingSlot(Slot):
    def __init__(self) -> None:
        super().__init__()
        self.seqs: list[int] = []

    def put(self, frame: Frame) -> None:
        self.seqs.append(frame.seq)
        super().put(frame)


def _script(*steps: Source | Exception) -> Callable[[], Source]:
    """Opens each source in turn; an exception stands for a camera that cannot be opened."""
    remaining: Iterator[Source | Exception] = iter(steps)

    def open_next() -> Source:
        step = next(remaining)
        if isinstance(step, Exception):
            raise step
        return step

    return open_next


def _logged(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


def test_a_finite_source_ends_and_closes_the_slot():
    source, slot, beats = ScriptedSource(3), RecordingSlot(), Beats()
    capture = Capture(_script(source), slot)
    assert capture.state == "starting"
    capture.run(NoWait(), beats)
    assert capture.state == "ended"
    assert capture.frames == 3
    assert capture.error is None
    assert slot.seqs == [0, 1, 2]
    assert slot.closed
    assert source.closed
    assert beats.count >= 3


def test_a_clip_goes_through_the_thread_to_the_taker(tmp_path):
    clip = write_clip(tmp_path / "clip.avi", 5, fps=100)
    slot, taken = Slot(), []
    capture = Capture(lambda: open_source(Camera(source=str(clip))), slot)
    thread = threading.Thread(target=capture.run, args=(threading.Event(), lambda: None))
    thread.start()
    while (frame := slot.take(PATIENCE_S)) is not None:
        taken.append(frame.seq)
    thread.join(PATIENCE_S)
    assert taken == sorted(set(taken))
    assert len(taken) + slot.dropped == capture.frames == 5


def test_a_camera_that_vanishes_and_returns(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    first, second, slot = (
        ScriptedSource(2, lost(), name="camera 0"),
        ScriptedSource(2, name="camera 0"),
        RecordingSlot(),
    )
    capture = Capture(_script(first, lost(), lost(), second), slot)
    capture.run(NoWait(), lambda: None)
    assert slot.seqs == [0, 1, 2, 3]
    assert first.closed
    assert capture.error == "camera 0 gives no more frames; check its cable"
    assert _logged(caplog, logging.ERROR) == [f"{capture.error}. Trying again until it comes back"]
    assert _logged(caplog, logging.INFO) == [
        "camera 0 gives frames",
        "camera 0 is back",
        "camera 0 has ended after 4 frames",
    ]


def test_the_state_follows_the_camera():
    states: list[str] = []
    capture: Capture
    look = lambda: states.append(capture.state)  # noqa: E731
    capture = Capture(_script(ScriptedSource(1, lost(), at_each=look), ScriptedSource(1, at_each=look)), Slot())
    capture.run(NoWait(), lambda: None)
    assert states == ["starting", "ok", "lost", "ok"]


def test_waits_double_to_the_longest_and_beat_meanwhile():
    stop, beats, losses = NoWait(), Beats(), 7
    capture = Capture(_script(*[lost()] * losses, ScriptedSource(0)), Slot())
    capture.run(stop, beats)
    assert sum(stop.waits) == 1 + 2 + 4 + 8 + 16 + 30 + 30
    assert max(stop.waits) <= 1
    assert beats.count >= len(stop.waits)


def test_a_camera_that_comes_and_goes_keeps_its_long_waits_until_it_is_steady():
    stop = NoWait()
    flapping = [ScriptedSource(1, lost()) for _ in range(3)]
    Capture(_script(*flapping, ScriptedSource(30, lost()), ScriptedSource(0)), Slot()).run(stop, lambda: None)
    assert sum(stop.waits) == 1 + 2 + 4 + 1


def test_stop_ends_a_wait_and_a_run():
    stop, slot = threading.Event(), Slot()
    waiting = threading.Event()

    def never() -> Source:
        waiting.set()
        raise lost()

    capture = Capture(never, slot, first_wait_s=3600, longest_wait_s=3600)
    thread = threading.Thread(target=capture.run, args=(stop, lambda: None))
    thread.start()
    assert waiting.wait(PATIENCE_S)
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert slot.closed


def test_stop_ends_an_endless_camera():
    stop = threading.Event()
    source = ScriptedSource(10**9)
    capture = Capture(_script(source), Slot())
    thread = threading.Thread(target=capture.run, args=(stop, lambda: None))
    thread.start()
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert source.closed or capture.frames == 0


@pytest.mark.parametrize("fault", [RuntimeError("bug"), ConfigurationError("camera.source is wrong")])
def test_another_fault_ends_the_run_and_wakes_the_taker(fault: Exception):
    slot = Slot()
    source = ScriptedSource(1, fault)
    with pytest.raises(type(fault)):
        Capture(_script(source), slot).run(NoWait(), lambda: None)
    assert slot.closed
    assert source.closed


def test_it_catches_nothing_but_the_lost_camera():
    with pytest.raises(ConfigurationError):
        Capture(_script(ConfigurationError("no such file")), Slot()).run(NoWait(), lambda: None)
    assert issubclass(CameraLost, OSError)
