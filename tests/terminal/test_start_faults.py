"""What keeps the daemon from starting: it ends with status 1, and one line says why."""

from pathlib import Path

from tests.mqtt.brokers import Mosquitto, Recorder, eventually
from tests.vision.bundles import copied, flip_byte

from .conftest import Start
from .daemon import PATIENCE_S, Daemon


def only_fault(daemon: Daemon) -> str:
    """The one line that says what is wrong."""
    assert daemon.wait() == 1
    assert "Traceback" not in daemon.log
    (line,) = [line for line in daemon.log.splitlines() if "error:" in line or " critical " in line]
    return line


def test_a_damaged_bundle(terminal: Start, nobody_listens: int, empty_clip: Path, tmp_path: Path):
    bundle = copied("face", tmp_path)
    flip_byte(bundle / "model.tflite")
    line = only_fault(terminal(empty_clip, nobody_listens, vision={"bundle": str(bundle)}))
    assert all(word in line for word in ("face-copy/model.tflite", "sha256", "copy the bundle again"))


def test_a_missing_bundle(terminal: Start, nobody_listens: int, empty_clip: Path):
    line = only_fault(terminal(empty_clip, nobody_listens, vision={"detector": "no-such-bundle"}))
    assert all(word in line for word in ("no-such-bundle", "No such file", "a shipped bundle"))


def test_a_source_that_does_not_exist(terminal: Start, nobody_listens: int):
    line = only_fault(terminal("/nowhere/at/all", nobody_listens))
    assert all(word in line for word in ("camera.source", "/nowhere/at/all", "no such file or folder"))


def test_a_state_folder_that_cannot_be_made(terminal: Start, nobody_listens: int, empty_clip: Path, tmp_path: Path):
    (tmp_path / "state").write_text("not a folder")
    line = only_fault(terminal(empty_clip, nobody_listens))
    assert all(word in line for word in (f"{tmp_path}/state", "another folder"))


def test_a_damaged_gallery(terminal: Start, nobody_listens: int, empty_clip: Path, tmp_path: Path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "gallery.db").write_bytes(b"\xff" * 5000)
    line = only_fault(terminal(empty_clip, nobody_listens))
    assert all(word in line for word in ("gallery.db", "backup"))


def test_a_gallery_that_breaks_while_it_runs(terminal: Start, nobody_listens: int, long_empty_clip: Path):
    daemon = terminal(long_empty_clip, nobody_listens)
    eventually(lambda: daemon.lines("gives frames"), PATIENCE_S)
    with (daemon.state / "gallery.db").open("r+b") as file:
        file.write(b"\xff" * 5000)
    assert "gallery.db" in only_fault(daemon)


def test_a_wrong_password_is_said_once_and_never_shown(
    terminal: Start, mosquitto: Mosquitto, long_empty_clip: Path, tmp_path: Path
):
    mosquitto.configure("allow_anonymous false")
    mosquitto.start()
    (tmp_path / "password").write_text("hunter2-and-more\n")
    account = {"user": "door", "password_file": str(tmp_path / "password")}
    daemon = terminal(long_empty_clip, mosquitto.port, mqtt=account, log={"level": "debug"})
    eventually(lambda: daemon.lines("warning", "refused", "mqtt.password_file"), PATIENCE_S)
    assert daemon.runs
    assert daemon.stop() == 0
    assert "hunter2" not in daemon.log


def test_a_right_password_is_never_shown(terminal: Start, mosquitto: Mosquitto, empty_clip: Path, tmp_path: Path):
    mosquitto.start()
    (tmp_path / "password").write_text("hunter2-and-more\n")
    account = {"user": "door", "password_file": str(tmp_path / "password")}
    with Recorder(mosquitto.port) as recorder:
        daemon = terminal(empty_clip, mosquitto.port, mqtt=account, log={"level": "debug"})
        assert daemon.wait() == 0
        eventually(lambda: "stopped" in recorder.texts("availability"))
    assert "hunter2" not in daemon.log
    assert not [seen for seen in recorder.seen if b"hunter2" in seen.payload]
