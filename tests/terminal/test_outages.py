"""What goes away and comes back: the process, the broker, the camera, the disk."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.mqtt.brokers import Mosquitto, Recorder, eventually

from .conftest import Start
from .daemon import PATIENCE_S, Daemon

OFTEN = {"cooldown_s": 0.2, "lost_after_s": 0.3}


def with_two_people(daemon: Daemon, stills: Path) -> Daemon:
    daemon.enrol("p-obama", stills / "obama.jpg")
    daemon.enrol("p-biden", stills / "biden.jpg")
    return daemon


@pytest.mark.data
@pytest.mark.slow
def test_killed_while_the_broker_is_away_every_event_arrives_once(
    terminal: Start, mosquitto: Mosquitto, stills: Path, busy_clip: Path
):
    daemon = with_two_people(terminal(busy_clip, mosquitto.port, started=False, decision=OFTEN), stills)
    for count in (1, 3, 4):
        daemon.start()
        eventually(lambda count=count: len(daemon.committed()) >= count, PATIENCE_S)
        daemon.kill()
    committed = {(event["stream"], event["seq"]): event for event in daemon.committed()}
    assert len(committed) >= 4
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:
        daemon.start()
        eventually(lambda: len(recorder.events()) > len(committed), PATIENCE_S)
        assert daemon.stop() == 0
        assert daemon.committed() == []
        received = recorder.events()
    numbers = [(event["stream"], event["seq"]) for event in received]
    assert len(numbers) == len(set(numbers))
    assert set(committed) <= set(numbers)
    assert sorted(event["seq"] for event in received) == list(range(1, len(received) + 1))
    for event in received:
        known = committed.get((event["stream"], event["seq"]))
        assert known is None or {**known, "replayed": event["replayed"]} == event


@pytest.mark.data
@pytest.mark.slow
def test_without_a_broker_recognition_goes_on_and_the_log_says_so_once(
    terminal: Start, mosquitto: Mosquitto, stills: Path, busy_clip: Path
):
    daemon = with_two_people(terminal(busy_clip, mosquitto.port, started=False, decision=OFTEN), stills)
    daemon.start()
    eventually(lambda: len(daemon.committed()) >= 3, PATIENCE_S)
    (line,) = daemon.lines("warning", f"127.0.0.1:{mosquitto.port}")
    assert all(word in line for word in ("not reachable", "mqtt.port", "events are kept"))
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:
        eventually(lambda: len(recorder.events()) >= 3, PATIENCE_S)
        assert daemon.stop() == 0


SILENT_CAMERAS = {
    "97": ("camera 97", "check its cable"),
    "rtsp://door:hunter2@127.0.0.1:9/stream": ("rtsp://127.0.0.1:9/stream", "user and password in camera.source"),
}


@pytest.mark.parametrize("source", SILENT_CAMERAS)
def test_without_a_camera_the_terminal_waits_for_it(terminal: Start, mosquitto: Mosquitto, source: str):
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:
        daemon = terminal(source, mosquitto.port)
        eventually(lambda: daemon.lines("error", *SILENT_CAMERAS[source]), PATIENCE_S)
        eventually(lambda: recorder.texts("availability") == ["online"])
        assert len(daemon.lines("Trying again until it comes back")) == 1
        assert daemon.runs
        assert daemon.stop() == 0
        eventually(lambda: recorder.texts("availability")[-1] == "stopped")
    assert "hunter2" not in daemon.log


def test_a_broken_photo_in_a_folder_is_passed_over(terminal: Start, nobody_listens: int, tmp_path: Path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(1, 4):
        (folder / f"{number}.jpg").write_text("no picture")
    daemon = terminal(folder, nobody_listens)
    assert daemon.wait() == 0
    assert len(daemon.lines("warning", "passed over a photo", "found text")) == 3


@pytest.mark.data
@pytest.mark.slow
def test_a_full_disk_loses_events_says_so_once_and_ends_nothing(
    terminal: Start, nobody_listens: int, stills: Path, busy_clip: Path, small_disk: Path
):
    daemon = with_two_people(terminal(busy_clip, nobody_listens, started=False, decision=OFTEN), stills)
    shutil.move(daemon.state, small_disk / "state")
    daemon.state.symlink_to(small_disk / "state")
    daemon.start()
    eventually(daemon.committed, PATIENCE_S)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    seen = len(daemon.lines("decision"))
    eventually(lambda: len(daemon.lines("decision")) >= seen + 3, PATIENCE_S)
    assert daemon.runs
    (line,) = daemon.lines("error", "this event is lost")
    assert all(word in line for word in ("outbox.db", "full", "free some space"))
    filler.unlink()
    kept = len(daemon.committed())
    eventually(lambda: len(daemon.committed()) > kept, PATIENCE_S)
    assert daemon.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_it_is_told_to(
    terminal: Start, mosquitto: Mosquitto, long_empty_clip: Path, number: signal.Signals
):
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:
        daemon = terminal(long_empty_clip, mosquitto.port)
        eventually(lambda: recorder.texts("availability") == ["online"], PATIENCE_S)
        eventually(lambda: daemon.lines("gives frames"), PATIENCE_S)
        daemon.send(number)
        assert daemon.wait(10) == 0
        eventually(lambda: recorder.texts("availability") == ["online", "stopped"])
    assert daemon.lines("stop", "status=0")
    assert "Traceback" not in daemon.log


def test_it_stops_cleanly_without_a_broker(terminal: Start, nobody_listens: int, long_empty_clip: Path):
    daemon = terminal(long_empty_clip, nobody_listens)
    eventually(lambda: daemon.lines("gives frames"), PATIENCE_S)
    daemon.send(signal.SIGTERM)
    assert daemon.wait(10) == 0


def test_a_killed_terminal_is_offline(terminal: Start, mosquitto: Mosquitto, long_empty_clip: Path):
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:
        daemon = terminal(long_empty_clip, mosquitto.port)
        eventually(lambda: recorder.texts("availability") == ["online"], PATIENCE_S)
        daemon.kill()
        eventually(lambda: recorder.texts("availability") == ["online", "offline"], PATIENCE_S)
