"""The gallery changes under a running terminal, or was made by another model."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.mqtt.brokers import Mosquitto, Recorder, eventually

from .conftest import Start
from .daemon import PATIENCE_S, command

pytestmark = [pytest.mark.data, pytest.mark.slow]


def test_enrolment_and_removal_take_effect_between_two_frames(
    terminal: Start, mosquitto: Mosquitto, stills: Path, long_portrait_clip: Path
):
    """One person stands there all the time: a stranger, then enrolled, then removed again."""
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder:

        def last() -> tuple[str, str | None] | None:
            found = recorder.events()
            return (found[-1]["event_type"], found[-1]["person"]) if found else None

        daemon = terminal(long_portrait_clip, mosquitto.port, decision={"cooldown_s": 0})
        eventually(lambda: last() == ("unknown", None), PATIENCE_S)
        daemon.enrol("p-obama", stills / "obama.jpg")
        eventually(lambda: last() == ("accepted", "p-obama"), PATIENCE_S)
        daemon.remove("p-obama")
        eventually(lambda: last() == ("unknown", None), PATIENCE_S)
        eventually(lambda: [found.event["gallery"] for found in recorder.on("info")][-1] == {"version": 2, "size": 0})
        sizes = [found.event["gallery"]["size"] for found in recorder.on("info")]
        assert sizes == [0, 1, 0]
        assert daemon.stop() == 0


def test_references_of_another_model_are_never_compared(
    terminal: Start, nobody_listens: int, stills: Path, long_portrait_clip: Path
):
    daemon = terminal(long_portrait_clip, nobody_listens, started=False)
    daemon.enrol("p-obama", stills / "obama.jpg", name="Quuxina Zapf")
    daemon.enrol("p-biden", stills / "biden.jpg")
    with closing(sqlite3.connect(daemon.state / "gallery.db")) as db, db:
        db.execute("UPDATE reference SET model = '0123456789abcdef' WHERE person = 'p-obama'")
    daemon.start()
    (unknown,) = eventually(daemon.committed, PATIENCE_S)
    assert (unknown["event_type"], unknown["person"]) == ("unknown", None)
    assert unknown["gallery"]["size"] == 1
    (line,) = daemon.lines("warning", "re-enrol needed")
    assert line.endswith("p-obama")
    assert "p-biden" not in line
    assert "Quuxina" not in daemon.log
    daemon.enrol(
        "p-obama",
        stills / "obama.jpg",
    )
    eventually(lambda: [event["person"] for event in daemon.committed()] == [None, "p-obama"], PATIENCE_S)
    people = command("people", "list", "--config", daemon.config)
    assert [person["must_re_enrol"] for person in people] == [False, False]
    assert daemon.stop() == 0
