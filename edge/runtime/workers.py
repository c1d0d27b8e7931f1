"""The threads of the process: one owner each. If one dies, the process ends, and systemd starts it again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from edge.errors import SiameseEdgeError
from edge.runtime.health import Systemd
from edge.runtime.seldom import Seldom

log = logging.getLogger(__name__)

Beat = Callable[[], None]
Body = Callable[[threading.Event, Beat], None]
"""A worker's work: returns soon after the event is set, and calls `beat` at least every `patience_s` seconds."""


class Worker:
    """A named thread with a heartbeat.

    A body that raises, or returns before it was told to stop, is a fault. `patience_s` is how long it may go without a
    beat before it counts as stuck, in seconds.
    """

    def __init__(self, name: str, body: Body, *, patience_s: float = 30.0) -> None:
        self.name = name
        self.patience_s = patience_s
        self.fault: BaseException | None = None
        self._body = body
        self._stop = threading.Event()
        self._beat_at = time.monotonic()
        # A daemon thread: one that is stuck must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._ended: Callable[[], None] = lambda: None

    def start(self, ended: Callable[[], None]) -> None:
        """Starts the thread; `ended` is called in it when it has ended for any reason."""
        self._ended = ended
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        """Asks the body to return; does not wait."""
        self._stop.set()

    def join(self, timeout_s: float) -> bool:
        """Waits at most `timeout_s` seconds for the end; whether it has ended. True for one that never started."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def beat(self) -> None:
        """A sign of life."""
        self._beat_at = time.monotonic()

    def silent_s(self, now: float) -> float:
        """Seconds since the last sign of life, at `now` in monotonic seconds."""
        return now - self._beat_at

    def _run(self) -> None:
        try:
            self._body(self._stop, self.beat)
            if not self._stop.is_set():
                self.fault = RuntimeError(f"worker {self.name} ended without being told to")
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the main thread must know
            self.fault = fault
        if self.fault:
            self._report(self.fault)
        self._ended()

    def _report(self, fault: BaseException) -> None:
        """A fault of ours says in its own words what to do; of any other, the traceback is all that there is."""
        if isinstance(fault, SiameseEdgeError):
            log.critical("%s. Worker %s has failed, so the process ends", fault, self.name)
        else:
            log.critical("worker %s has failed, so the process ends", self.name, exc_info=fault)


class Supervisor:
    """Starts workers in order, watches over them, and stops them all. To be run by the main thread."""

    def __init__(self, workers: Sequence[Worker], systemd: Systemd, *, join_s: float = 10.0) -> None:
        self._workers = workers
        self._systemd = systemd
        self._join_s = join_s
        self._end = threading.Event()
        self._silence = Seldom()

    def stop(self) -> None:
        """Asks `run` to return; may be called by any thread, and by a signal handler."""
        self._end.set()

    def run(self) -> int:
        """Runs until `stop` or a worker's fault; the process's exit status: 0, or 1 after a fault or a stuck worker."""
        try:
            for worker in self._workers:
                worker.start(self._end.set)
            self._systemd.ready()
            while not self._end.wait(self._systemd.interval_s):
                self.check(time.monotonic())
        finally:
            stuck = self._shut_down()
        return 1 if stuck or any(worker.fault for worker in self._workers) else 0

    def check(self, now: float) -> bool:
        """Feeds the watchdog, if every worker has beaten in time; `now` is in monotonic seconds."""
        silent = [worker for worker in self._workers if worker.silent_s(now) > worker.patience_s]
        if not silent:
            self._silence.over()
            self._systemd.alive()
            return True
        names = ", ".join(worker.name for worker in silent)
        if self._silence.due(names, now):
            log.error(
                "no sign of life from %s for %.0f s: the watchdog is not fed",
                names,
                max(w.silent_s(now) for w in silent),
            )
        return False

    def _shut_down(self) -> list[str]:
        self._systemd.stopping()
        for worker in self._workers:
            worker.stop()
        deadline = time.monotonic() + self._join_s
        stuck = [w.name for w in self._workers if not w.join(max(0.0, deadline - time.monotonic()))]
        if stuck:
            log.error("%s did not stop within %.0f s, and is left behind", ", ".join(stuck), self._join_s)
        return stuck
