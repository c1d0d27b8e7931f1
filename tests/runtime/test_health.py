"""systemd's socket, and what the kernel tells."""

import os
import re
import socket
import uuid

import pytest

from edge.runtime import health
from edge.runtime.health import Systemd


@pytest.fixture(params=["path", "abstract"])
def listener(request, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        name = str(tmp_path / "notify") if request.param == "path" else f"@siamese-{uuid.uuid4()}"
        sock.bind(name.replace("@", "\0") if request.param == "abstract" else name)
        sock.settimeout(5)
        yield sock, name


def test_systemd_hears_all(listener):
    sock, name = listener
    systemd = Systemd.of({"NOTIFY_SOCKET": name})
    for say in (systemd.ready, systemd.alive, systemd.stopping, lambda: systemd.status("3 people\nREADY=1")):
        say()
    heard = [sock.recv(1000) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1", b"STATUS=3 people READY=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}])
def test_without_systemd_nothing_is_said(environment, caplog):
    Systemd.of(environment).ready()
    assert not caplog.records


def test_a_socket_that_is_gone_ends_nothing(caplog):
    Systemd.of({"NOTIFY_SOCKET": "/nowhere/notify"}).ready()
    assert "READY=1" in caplog.text


@pytest.mark.parametrize(
    ("environment", "interval_s"),
    [
        ({}, 5),
        ({"WATCHDOG_USEC": "3000000"}, 1),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 1),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, 5),
        ({"WATCHDOG_USEC": "60000000"}, 5),
        ({"WATCHDOG_USEC": "x"}, 5),
    ],
)
def test_the_watchdog_sets_the_pace(environment, interval_s):
    assert Systemd.of(environment).interval_s == interval_s


def test_what_the_kernel_tells():
    assert re.fullmatch(r"[0-9a-f-]{36}", health.boot_id())
    assert health.resident_bytes() > 1_000_000
    assert health.clock_source() in ("ntp", "rtc", "unsynced")


@pytest.mark.parametrize(
    ("kernel", "files", "source"),
    [
        (True, {}, "ntp"),
        (False, {"run/systemd/timesync/synchronized": ""}, "ntp"),
        (False, {"sys/class/rtc/rtc0/hctosys": "1\n"}, "rtc"),
        (False, {"sys/class/rtc/rtc0/hctosys": "0\n"}, "unsynced"),
        (False, {}, "unsynced"),
    ],
)
def test_where_the_time_comes_from(tmp_path, monkeypatch, kernel, files, source):
    monkeypatch.setattr(health, "_kernel_synchronised", lambda: kernel)
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(content)
    assert health.clock_source(tmp_path) == source
