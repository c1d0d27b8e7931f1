"""Connecting: versions, refusals, outages, and what they say."""

import logging
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from edge import config

from .brokers import Mosquitto, Recorder, eventually, free_port
from .terminal import running


def test_auto_speaks_mqtt_5_where_it_can(tmp_path, mosquitto, settings_for):
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings_for(mosquitto)) as terminal:
        eventually(lambda: recorder.on("info"))
        assert terminal.broker.protocol == "5"


def test_auto_falls_back_to_3_1_1_and_remembers_it(tmp_path, amqtt, settings_for, caplog):
    caplog.set_level(logging.INFO)
    amqtt.start()
    with Recorder(amqtt.port) as recorder, running(tmp_path, settings_for(amqtt)) as terminal:
        terminal.append(30)
        eventually(lambda: terminal.outbox.depth() == 0)
        eventually(lambda: len(recorder.events()) == 30)
        assert terminal.broker.protocol == "3.1.1"
        amqtt.stop()
        eventually(lambda: not terminal.broker.connected)
        terminal.append(10)
        amqtt.start()
        eventually(lambda: terminal.outbox.depth() == 0)
    assert caplog.text.count("does not speak MQTT 5") == 1


def test_insisting_on_5_says_how_to_go_on(tmp_path, amqtt, settings_for, caplog, monkeypatch):
    monkeypatch.setattr("edge.mqtt.connection._ANSWER_S", 1.0)
    amqtt.start()
    with running(tmp_path, settings_for(amqtt, protocol="5")) as terminal:
        eventually(lambda: 'set mqtt.protocol to "auto"' in caplog.text)
        assert not terminal.broker.connected


def test_retained_state_is_there_for_late_subscribers_and_renewed(tmp_path, any_broker, settings_for):
    with running(tmp_path, settings_for(any_broker)) as terminal:
        eventually(lambda: terminal.broker.connected)
        with Recorder(any_broker.port) as recorder:
            eventually(lambda: recorder.on("availability") and recorder.on("info"))
            assert recorder.on("availability")[0].retain
            assert recorder.on("info")[0].retain
            assert recorder.on("info")[0].event["gallery"] == {"version": 3, "size": 2}
            terminal.broker.announce()
            eventually(lambda: len(recorder.on("info")) == 2)


def test_an_absent_broker_is_named_once_with_what_to_check(tmp_path, caplog):
    port = free_port()
    with running(tmp_path, config.Mqtt(host="127.0.0.1", port=port)) as terminal:
        eventually(lambda: terminal.broker._connections >= 5)
        terminal.append(3)
        assert terminal.outbox.depth() == 3
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert f"127.0.0.1:{port}" in warnings[0]
    assert "mosquitto" in warnings[0]
    assert "mqtt.port" in warnings[0]


@pytest.mark.parametrize(
    ("host", "says"), [("no-such-host.invalid", "check the name in mqtt.host"), ("x" * 300, "mqtt.host")]
)
def test_a_host_that_does_not_exist(tmp_path, caplog, host, says):
    with running(tmp_path, config.Mqtt(host=host)):
        eventually(lambda: says in caplog.text)


@pytest.fixture
def guarded(mosquitto: Mosquitto) -> Mosquitto:
    """A broker that wants a password."""
    file = mosquitto.folder / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", file, "terminal", "Grüße"], check=True)
    file.chmod(0o644)
    mosquitto.configure(f"allow_anonymous false\npassword_file {file}")
    mosquitto.start()
    return mosquitto


@pytest.mark.parametrize("protocol", ["auto", "5", "3.1.1"])
def test_a_password_from_a_file(tmp_path: Path, guarded, settings_for, protocol, caplog):
    secret = tmp_path / "password"
    secret.write_text("wrong\n", encoding="utf-8")
    settings = settings_for(guarded, user="terminal", password_file=str(secret), protocol=protocol)
    with running(tmp_path, settings) as terminal:
        eventually(lambda: "mqtt.password_file" in caplog.text)
        secret.write_text("Grüße\n", encoding="utf-8")  # taken up without a restart
        eventually(lambda: terminal.broker.connected)
        assert terminal.broker.protocol == (
            "5" if protocol == "auto" else protocol
        )  # a refusal is no lack of a version
    assert "wrong" not in caplog.text.replace("password is wrong", "")
    assert "Grüße" not in caplog.text


def test_a_password_file_that_is_missing_is_named(tmp_path, any_broker, settings_for, caplog):
    settings = settings_for(any_broker, user="terminal", password_file="/nowhere/password")
    with running(tmp_path, settings):
        eventually(lambda: "/nowhere/password" in caplog.text)


def test_two_terminals_with_one_name_are_told_so(tmp_path, mosquitto, settings_for, caplog):
    mosquitto.start()
    caplog.set_level(logging.INFO)
    settings = settings_for(mosquitto, protocol="5")
    with running(tmp_path / "one", settings), running(tmp_path / "two", settings):
        eventually(lambda: "its own site and device in config.yaml" in caplog.text)
        eventually(lambda: caplog.text.count("connected") > 5)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02", b"\x20\x00", b"\xff" * 50, b""])
def test_what_is_no_broker_does_not_end_the_worker(tmp_path, caplog, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(1000)
                    client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with running(tmp_path, config.Mqtt(host="127.0.0.1", port=port)) as terminal:
            eventually(lambda: terminal.broker._connections >= 4)
            assert not terminal.broker.connected
        assert f"127.0.0.1:{port}" in caplog.text
        listener.shutdown(socket.SHUT_RDWR)


def test_a_broker_with_a_small_window_is_respected(tmp_path, mosquitto, settings_for):
    mosquitto.configure("allow_anonymous true\nmax_inflight_messages 4")
    mosquitto.start()
    with Recorder(mosquitto.port) as recorder, running(tmp_path, settings_for(mosquitto, protocol="5")) as terminal:
        eventually(lambda: terminal.broker.connected)
        assert terminal.broker.window == 2
        terminal.append(100)
        eventually(lambda: len(recorder.events()) >= 100)
    assert [found["seq"] for found in recorder.events()] == list(range(1, 101))
