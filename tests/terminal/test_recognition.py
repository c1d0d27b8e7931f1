"""The whole way: a clip before the camera, a subscriber behind a broker."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge.mqtt.messages import SCHEMAS
from tests.mqtt.brokers import MOSQUITTO, Mosquitto, Recorder, Seen, eventually

from .clips import empty_room, somebody, write
from .daemon import Daemon, running

MOST_MEMORY_MB = 150


@dataclass
class Run:
    """A daemon that has run to the end of its clip, and what a subscriber saw of it."""

    daemon: Daemon
    status: int
    seen: list[Seen]
    late: list[Seen]

    def events(self) -> list[dict[str, Any]]:
        return [seen.event for seen in self.seen if seen.leaf.startswith(("event/", "replay/"))]


def played(folder: Path, clip: Path, people: dict[str, Path], **settings: Any) -> Run:
    if MOSQUITTO is None:
        pytest.skip("MOSQUITTO IS NOT INSTALLED: the terminal is not tested with a broker (apt install mosquitto)")
    (folder / "broker").mkdir()
    broker = Mosquitto(folder / "broker")
    broker.start()
    try:
        daemon = Daemon(folder, clip, broker.port, **settings)
        for person, photo in people.items():
            daemon.enrol(person, photo, name="Quuxina Zapf")
        with Recorder(broker.port) as recorder:
            with running(daemon):
                status = daemon.wait()
            eventually(lambda: "stopped" in recorder.texts("availability"))
            with Recorder(broker.port) as late:
                eventually(lambda: late.on("info") and late.on("availability"))
        return Run(daemon, status, recorder.seen, late.seen)
    finally:
        broker.stop()


@pytest.fixture(scope="module")
def known(stills: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The clip of two musicians, with both enrolled from one photo each."""
    people = {"p-alex": stills / "alex-lacamoire.png", "p-lin": stills / "lin-manuel-miranda.png"}
    clip = stills / "short_hamilton_clip.mp4"
    return played(tmp_path_factory.mktemp("known"), clip, people, log={"level": "debug"})


@pytest.fixture(scope="module")
def strangers(stills: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same clip, with only two others enrolled; on the other interpreter, where there are two."""
    people = {"p-biden": stills / "biden.jpg", "p-obama": stills / "obama.jpg"}
    clip, runtime = stills / "short_hamilton_clip.mp4", "tflite-runtime" if find_spec("tflite_runtime") else "auto"
    folder = tmp_path_factory.mktemp("strangers")
    return played(folder, clip, people, mqtt={"names": True}, vision={"runtime": runtime, "threads": 1})


@pytest.fixture(scope="module")
def visitors(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three people come smiling, one after the other; the first and the last enrolled with a straight face."""
    folder, faces = tmp_path_factory.mktemp("visitors"), data / "faces-london"
    first, stranger, last = sorted(photo.name for photo in (faces / "neutral").glob("*.jpg"))[:3]
    smiling, gone = faces / "smiling", (empty_room(), 1.5)
    scenes = [part for name in (first, stranger, last) for part in ((somebody(smiling / name), 2.0), gone)]
    people = {"p-1": faces / "neutral" / first, "p-2": faces / "neutral" / last}
    return played(folder, write(folder / "visitors.avi", scenes), people, mqtt={"names": True})


@pytest.fixture(scope="module")
def empty(empty_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Nobody there, and nobody enrolled."""
    return played(tmp_path_factory.mktemp("empty"), empty_clip, {})


@pytest.mark.data
@pytest.mark.slow
def test_two_people_who_enrolled_are_accepted_and_a_third_is_not(visitors: Run):
    assert visitors.status == 0
    got = [(event["event_type"], event["person"]) for event in visitors.events()]
    assert got == [("accepted", "p-1"), ("unknown", None), ("accepted", "p-2")]
    assert all(event["person"] not in (event["second"] or {}).values() for event in visitors.events())


@pytest.mark.data
@pytest.mark.slow
def test_the_name_is_published_where_the_configuration_says_so(visitors: Run):
    assert [event.get("name") for event in visitors.events()] == ["Quuxina Zapf", None, "Quuxina Zapf"]
    assert "Quuxina" not in visitors.daemon.log


@pytest.mark.data
@pytest.mark.slow
def test_the_singer_is_accepted_and_nobody_is_mistaken(known: Run):
    """The pianist is enrolled too, but sits in the dark, turned away: 30 pixels of him decide nothing."""
    assert known.status == 0
    accepted = {event["person"] for event in known.events() if event["event_type"] == "accepted"}
    assert "p-lin" in accepted
    assert accepted <= {"p-alex", "p-lin"}
    assert {event["event_type"] for event in known.events()} <= {"accepted", "unknown"}
    assert all(event["person"] is None for event in known.events() if event["event_type"] == "unknown")


@pytest.mark.data
@pytest.mark.slow
def test_events_are_live_valid_and_numbered_without_gaps(known: Run):
    schema = json.loads((SCHEMAS / "verification-event.json").read_text())
    for event in known.events():
        jsonschema.validate(event, schema)
        assert (event["site"], event["device"], event["replayed"]) == ("test", "door", False)
        assert event["score"] >= event["threshold"] or event["event_type"] == "unknown"
    assert [event["seq"] for event in known.events()] == list(range(1, len(known.events()) + 1))
    assert known.daemon.committed() == []
    assert not any(seen.retain for seen in known.seen if seen.leaf.startswith("event/"))


@pytest.mark.data
@pytest.mark.slow
def test_the_terminal_is_online_and_then_stopped(known: Run):
    said = [seen.payload.decode() for seen in known.seen if seen.leaf == "availability"]
    assert (said[0], said[-1]) == ("online", "stopped")
    assert set(said) == {"online", "stopped"}
    assert [(seen.payload, seen.retain) for seen in known.late if seen.leaf == "availability"] == [(b"stopped", True)]


@pytest.mark.data
@pytest.mark.slow
def test_the_info_is_retained_and_valid(known: Run):
    (info,) = [seen for seen in known.late if seen.leaf == "info"]
    assert info.retain
    jsonschema.validate(info.event, json.loads((SCHEMAS / "info.json").read_text()))
    assert info.event["gallery"] == {"version": 2, "size": 2}
    assert info.event["model"]["digest"] == known.events()[0]["model"]


@pytest.mark.data
@pytest.mark.slow
def test_names_are_not_published_unless_the_configuration_says_so(known: Run):
    assert not [seen for seen in known.seen if b"Quuxina" in seen.payload]


@pytest.mark.data
@pytest.mark.slow
def test_strangers_are_unknown_and_never_accepted(strangers: Run):
    assert strangers.status == 0
    assert {event["event_type"] for event in strangers.events()} == {"unknown"}
    assert all((event["person"], event["second"]) == (None, None) for event in strangers.events())


@pytest.mark.data
@pytest.mark.slow
def test_the_name_of_whoever_is_nearest_to_a_stranger_is_not_published(strangers: Run):
    assert not [seen for seen in strangers.seen if b"Quuxina" in seen.payload]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("which", ["known", "strangers"])
def test_the_terminal_stays_small(which: str, request: pytest.FixtureRequest):
    run: Run = request.getfixturevalue(which)
    (info,) = [seen.event for seen in run.late if seen.leaf == "info"]
    peak_mb = run.daemon.peak_kb / 1024
    print(f"{info['versions']['interpreter']}: {peak_mb:.0f} MB resident at most")
    assert 20 < peak_mb < MOST_MEMORY_MB


@pytest.mark.data
@pytest.mark.slow
def test_no_log_line_holds_a_name_or_an_embedding(known: Run):
    assert known.daemon.lines("decision")
    assert "Quuxina" not in known.daemon.log
    assert "array(" not in known.daemon.log
    assert max(len(line) for line in known.daemon.log.splitlines()) < 500


def test_a_clip_without_faces_makes_no_events_and_ends_well(empty: Run):
    assert empty.status == 0
    assert empty.events() == []
    assert empty.daemon.committed() == []
    assert [seen.payload.decode() for seen in empty.seen if seen.leaf == "availability"][-1] == "stopped"
    assert not empty.daemon.lines("error ")
