import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.vision.interpreter import runtime_version
from tests.mqtt.brokers import free_port

from .test_photo_faults import wall

PARTS = ["runtime", "embedder", "detector", "landmarks", "gallery", "camera", "broker", "disk", "clock"]


@pytest.fixture
def listening_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "wall.png").write_bytes(wall())
    return folder


def sound(tmp_path: Path, photos: Path, port: int) -> str:
    return f"state: {tmp_path}/state\ncamera: {{source: {photos}}}\nmqtt: {{host: 127.0.0.1, port: {port}}}\n"


def test_all_parts_are_looked_at(run, configure, tmp_path, photos, listening_port):
    answer = run("check", "--config", configure(sound(tmp_path, photos, listening_port)), "--json")
    assert answer.status == 0
    assert [finding["what"] for finding in answer.json] == PARTS
    for finding in answer.json:
        assert set(finding) == {"what", "status", "message"}
        assert finding["status"] in ("ok", "warning")
        assert finding["message"]
    found = {finding["what"]: finding for finding in answer.json}
    assert found["runtime"]["message"] == runtime_version()
    assert all(found[what]["status"] == "ok" for what in ("embedder", "detector", "landmarks"))
    assert all("golden output right, XNNPACK on" in found[what]["message"] for what in PARTS[1:4])
    assert found["camera"]["message"] == f"{photos}: 640x480"


def test_looking_changes_nothing(run, configure, tmp_path, photos, listening_port):
    run("check", "--config", configure(sound(tmp_path, photos, listening_port)))
    assert not (tmp_path / "state").exists()


def test_for_people_each_part_has_a_line(run, configure, tmp_path, photos, listening_port):
    answer = run("check", "--config", configure(sound(tmp_path, photos, listening_port)))
    assert answer.status == 0
    assert all(part in answer.out for part in PARTS)


def finding(answer, what):
    (found,) = [one for one in answer.json if one["what"] == what]
    return found["status"], found["message"]


def test_a_gallery_without_people_yet_is_a_warning_that_says_how(run, tmp_path):
    status, message = finding(run("check", "--state", tmp_path / "state", "--json"), "gallery")
    assert status == "warning"
    assert "siamese-edge enrol PERSON PHOTO" in message


def test_a_broker_that_does_not_answer(run, configure):
    port = free_port()
    answer = run("check", "--config", configure(f"mqtt: {{host: 127.0.0.1, port: {port}}}"), "--json")
    assert answer.status == 1
    status, message = finding(answer, "broker")
    assert status == "fault"
    for words in (f"127.0.0.1:{port}", "refused", "mqtt.host and mqtt.port", "Events wait in the outbox"):
        assert words in message


def test_a_broker_whose_name_nobody_knows(run, configure):
    answer = run("check", "--config", configure("mqtt: {host: no-such-host.invalid}"), "--json")
    assert finding(answer, "broker")[0] == "fault"


def test_a_broker_that_is_not_wanted_is_no_fault(run, configure):
    status, message = finding(run("check", "--config", configure("mqtt: {enabled: false}"), "--json"), "broker")
    assert (status, "mqtt.enabled" in message) == ("warning", True)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("97", ("camera 97", "check its cable", "camera.source")),
        ("/nowhere/clip.mp4", ("/nowhere/clip.mp4", "no such file or folder", "camera.source")),
        ("rtsp://admin:hunter2@127.0.0.1:9/door", ("rtsp://127.0.0.1:9/door", "check that the camera is on")),
    ],
)
def test_a_camera_that_is_not_there(run, configure, source, words):
    answer = run("check", "--config", configure(f"camera: {{source: '{source}'}}"), "--json")
    assert answer.status == 1
    status, message = finding(answer, "camera")
    assert status == "fault"
    assert all(word in message for word in words)
    assert "hunter2" not in answer.out + answer.err


@pytest.mark.data
def test_people_who_must_be_re_enrolled_are_named(run, state):
    import sqlite3
    from contextlib import closing

    assert finding(run("check", "--state", state, "--json"), "gallery") == ("ok", "2 people")
    with closing(sqlite3.connect(state / "gallery.db")) as db, db:
        db.execute("UPDATE reference SET model = 'another' WHERE person = 'biden'")
    status, message = finding(run("check", "--state", state, "--json"), "gallery")
    assert status == "warning"
    assert "1 must be re-enrolled" in message
    assert "biden" in message
