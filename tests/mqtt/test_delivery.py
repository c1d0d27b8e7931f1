"""Events on their way, through real brokers."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge.mqtt import publisher as publisher_module

from .brokers import Mosquitto, Recorder, eventually
from .terminal import event, running

CHILD = [sys.executable, "-m", "tests.mqtt.terminal"]
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def test_an_event_arrives_live_and_leaves_the_disk(tmp_path, any_broker, settings_for):
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(any_broker)) as terminal:
        terminal.append()
        (seen,) = eventually(lambda: recorder.on("event/verification"))
        eventually(lambda: terminal.outbox.depth() == 0)
    assert seen.event["person"] == "alice"
    assert seen.event["replayed"] is False
    assert seen.event["stream"] == terminal.outbox.stream
    assert not seen.retain


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_many_events_arrive_once_and_in_order(tmp_path, mosquitto, settings_for, protocol):
    mosquitto.start()
    settings = settings_for(mosquitto, protocol=protocol)
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings) as terminal:
        terminal.append(300)
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(lambda: len(recorder.events()) >= 300)
        assert terminal.broker.protocol == protocol
    assert [found["seq"] for found in recorder.events()] == list(range(1, 301))  # not even one duplicate


def test_a_new_event_is_sent_at_once_and_not_at_the_next_tick(tmp_path, any_broker, settings_for, monkeypatch):
    monkeypatch.setattr(publisher_module, "_TICK_S", 3600.0)
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(any_broker)) as terminal:
        for count in range(1, 6):
            terminal.append()
            eventually(lambda count=count: len(recorder.on("event/verification")) == count)
        monkeypatch.undo()
        terminal.publisher.wake()


def test_events_of_another_boot_and_old_ones_are_replayed(tmp_path, any_broker, settings_for):
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(any_broker)) as terminal:
        boot = "11111111-2222-3333-4444-555555555555"
        terminal.outbox.append(lambda stream, seq: event(stream, seq, boot=boot))
        terminal.outbox.append(lambda stream, seq: event(stream, seq, at=1.0))
        terminal.outbox.append(event)
        eventually(lambda: len(recorder.events()) == 3)
    assert [found.event["seq"] for found in recorder.on("replay/verification")] == [1, 2]
    assert all(found.event["replayed"] for found in recorder.on("replay/verification"))
    assert [found.event["seq"] for found in recorder.on("event/verification")] == [3]


def test_mqtt_5_carries_the_cloud_event_attributes(tmp_path, mosquitto, settings_for):
    mosquitto.start()
    settings = settings_for(mosquitto, protocol="5")
    with Recorder(mosquitto.port, MQTTProtocolVersion.MQTTv5) as recorder, running(tmp_path, settings) as terminal:
        terminal.append()
        (seen,) = eventually(lambda: recorder.on("event/verification"))
    attributes = dict(seen.properties.UserProperty)
    assert seen.properties.ContentType == "application/json"
    assert attributes == {
        "specversion": "1.0",
        "id": seen.event["id"],
        "source": "siamese-edge/1/home/door",
        "type": "verification",
        "time": seen.event["time"],
    }


def test_killed_while_the_broker_is_away_every_committed_event_arrives(tmp_path, mosquitto, settings_for):
    with subprocess.Popen(
        [*CHILD, str(tmp_path), "-", "100000"], stdout=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT
    ) as child:
        assert child.stdout
        committed = [int(child.stdout.readline()) for _ in range(150)]
        child.kill()
        committed += [int(line) for line in child.stdout.read().splitlines()]
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings_for(mosquitto)) as terminal:
        terminal.append(5)
        eventually(lambda: terminal.outbox.depth() == 0)
        last = max(committed) + 5
        eventually(lambda: recorder.numbers() and recorder.numbers()[-1] >= last)
    numbers = [found["seq"] for found in recorder.events()]
    assert numbers == list(range(1, numbers[-1] + 1))
    assert numbers[-1] - last in (0, 1)  # one may be committed, and the process killed before it could say so
    assert {found["stream"] for found in recorder.events()} == {terminal.outbox.stream}


def test_the_broker_restarts_in_the_middle(tmp_path, mosquitto, settings_for):
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings_for(mosquitto)) as terminal:
        for _ in range(3):
            terminal.append(100)
            mosquitto.stop()
            terminal.append(20)
            mosquitto.start()
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(lambda: len(recorder.numbers()) == 360)
    assert recorder.numbers() == list(range(1, 361))


def test_what_the_broker_never_got_does_not_come_back_as_live(tmp_path, any_broker, wire, settings_for):
    """paho alone would repeat it, an hour later, on the topic that opens the door."""
    hours = 0
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(wire)) as terminal:
        eventually(lambda: recorder.on("info"))
        terminal.publisher._clock = lambda: time.monotonic() + hours * 3600
        wire.swallow_up = True
        terminal.append()
        eventually(lambda: wire.swallowed)
        hours = 1
        wire.swallow_up = False
        wire.cut()
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(recorder.events)
    assert not recorder.on("event/verification")
    assert [found.event["seq"] for found in recorder.on("replay/verification")] == [1]


def test_a_lost_acknowledgement_repeats_the_event_with_the_same_number(tmp_path, any_broker, wire, settings_for):
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(wire)) as terminal:
        eventually(lambda: recorder.on("info"))
        wire.swallow_down = True
        terminal.append()
        eventually(lambda: recorder.events() and wire.swallowed)
        assert terminal.outbox.depth() == 1
        wire.swallow_down = False
        wire.cut()
        eventually(lambda: terminal.outbox.depth() == 0)
    first, second = recorder.events()
    assert (first["stream"], first["seq"], first["id"]) == (second["stream"], second["seq"], second["id"])


ACL = """topic read #
topic write siamese-edge/1/home/door/availability
topic write siamese-edge/1/home/door/info
topic write siamese-edge/1/home/door/replay/#
"""


def test_a_refused_event_is_kept_and_sent_when_it_is_allowed(tmp_path, mosquitto: Mosquitto, settings_for, caplog):
    acl = mosquitto.folder / "acl"
    acl.write_text(ACL)
    acl.chmod(0o644)
    mosquitto.configure(f"allow_anonymous true\nacl_file {acl}")
    mosquitto.start()
    caplog.set_level(logging.INFO)
    settings = settings_for(mosquitto, protocol="5", live_for_s=3600)
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings) as terminal:
        terminal.append(2)
        eventually(lambda: "access list" in caplog.text)
        terminal.outbox.append(lambda stream, seq: event(stream, seq, at=1.0 - 7200))
        eventually(lambda: recorder.on("replay/verification"))  # the refused topic does not block the other
        assert terminal.outbox.depth() >= 2
        assert not recorder.on("event/verification")
        acl.write_text(ACL + "topic write siamese-edge/1/home/door/event/#\n")
        mosquitto.send(signal.SIGHUP)
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(lambda: len(recorder.events()) == 3)
    assert [found.event["seq"] for found in recorder.on("event/verification")] == [1, 2]
    assert "siamese-edge/1/home/door/event/verification" in caplog.text
    assert caplog.text.count("access list") == 1  # said once, not at each try


def test_an_unreadable_row_is_counted_and_does_not_block_the_others(tmp_path, any_broker, settings_for, caplog):
    with Recorder(any_broker.port) as recorder, running(tmp_path, settings_for(any_broker)) as terminal:
        with terminal.outbox._lock:
            terminal.outbox._connection.execute("INSERT INTO event VALUES (1, x'ff00')")
            terminal.outbox._depth += 1
        terminal.append()
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(lambda: recorder.numbers() == [2])
    assert terminal.outbox.lost == 1
    assert "event 1 of stream" in caplog.text


def test_killed_and_stopped_terminals_look_different(tmp_path, mosquitto):
    mosquitto.start()
    command = [*CHILD, str(tmp_path), str(mosquitto.port), "20"]
    with Recorder(mosquitto.port) as recorder:
        with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT) as child:
            eventually(lambda: len(recorder.numbers()) == 20)
            child.kill()
        eventually(lambda: recorder.texts("availability") == ["online", "offline"])
        with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT) as child:
            eventually(lambda: len(recorder.numbers()) >= 40)
            child.terminate()
            assert child.wait(10) == 0
        eventually(lambda: recorder.texts("availability")[-1] == "stopped")
    with Recorder(mosquitto.port) as late:
        eventually(lambda: late.on("availability"))
    assert recorder.texts("availability") == ["online", "offline", "online", "stopped"]
    assert recorder.numbers() == list(range(1, 41))
