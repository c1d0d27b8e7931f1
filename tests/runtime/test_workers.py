"""Threads that end as they should, and a process that ends when one does not."""

import threading
import time

import pytest

from edge.runtime.health import Systemd
from edge.runtime.workers import Body, Supervisor, Worker


class Notes(Systemd):
    """Writes down what systemd is told, and does not wait long between."""

    interval_s = 0.01  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def _say(self, message: str) -> None:
        self.said.append(message)


def _waits(order: list[str], name: str) -> Body:
    def body(stop, beat):
        order.append(f"{name} starts")
        while not stop.wait(0.005):
            beat()
        order.append(f"{name} ends")

    return body


def test_workers_start_in_order_and_all_end():
    order: list[str] = []
    notes = Notes()
    supervisor = Supervisor([Worker(name, _waits(order, name)) for name in ("a", "b", "c")], notes)
    threading.Timer(0.1, supervisor.stop).start()
    assert supervisor.run() == 0
    assert order[:3] == ["a starts", "b starts", "c starts"]
    assert sorted(order[3:]) == ["a ends", "b ends", "c ends"]
    assert notes.said[0] == "READY=1"
    assert notes.said[-1] == "STOPPING=1"
    assert set(notes.said[1:-1]) == {"WATCHDOG=1"}


def test_all_stop_flags_are_set_before_any_is_waited_for():
    """Two workers that end only once both were told so would otherwise wait for each other."""
    told = [threading.Event(), threading.Event()]

    def body(mine: int) -> Body:
        def run(stop, beat):
            stop.wait()
            told[mine].set()
            assert told[1 - mine].wait(5)

        return run

    supervisor = Supervisor([Worker("a", body(0)), Worker("b", body(1))], Notes())
    supervisor.stop()
    assert supervisor.run() == 0


def test_a_fault_ends_the_process_with_its_traceback(caplog):
    order: list[str] = []

    def fails(stop, beat):
        raise ZeroDivisionError("camera fell off")

    bad = Worker("vision", fails)
    assert Supervisor([Worker("a", _waits(order, "a")), bad], Notes()).run() == 1
    assert isinstance(bad.fault, ZeroDivisionError)
    assert "worker vision has failed" in caplog.text
    assert "camera fell off" in caplog.text
    assert "in fails" in caplog.text
    assert order == ["a starts", "a ends"]


def test_a_worker_that_ends_by_itself_is_a_fault(caplog):
    assert Supervisor([Worker("capture", lambda stop, beat: None)], Notes()).run() == 1
    assert "capture ended without being told to" in caplog.text


def test_a_stuck_worker_is_left_behind_and_said(caplog):
    release = threading.Event()
    supervisor = Supervisor([Worker("stuck", lambda stop, beat: release.wait(30))], Notes(), join_s=0.1)
    supervisor.stop()
    assert supervisor.run() == 1
    assert "stuck did not stop within" in caplog.text
    release.set()


def test_the_watchdog_is_fed_only_while_every_heart_beats(caplog):
    notes = Notes()
    quick, slow = (
        Worker("quick", lambda stop, beat: None, patience_s=30),
        Worker("slow", lambda *_: None, patience_s=60),
    )
    supervisor = Supervisor([quick, slow], notes)
    now = time.monotonic()
    assert supervisor.check(now)
    assert not supervisor.check(now + 45)
    assert not supervisor.check(now + 46)
    assert notes.said == ["WATCHDOG=1"]
    assert caplog.text.count("no sign of life from quick") == 1
    quick.beat()
    assert supervisor.check(time.monotonic())


def test_joining_a_worker_that_never_started():
    assert Worker("idle", lambda stop, beat: None).join(1)


@pytest.mark.parametrize("fault", [SystemExit(3), KeyboardInterrupt()])
def test_even_an_exit_in_a_worker_is_a_fault(fault):
    def body(stop, beat):
        raise fault

    assert Supervisor([Worker("a", body)], Notes()).run() == 1
