"""The real daemon, as a process of its own."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.mqtt.brokers import eventually

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
EDGE = [sys.executable, "-m", "edge"]

# A busy machine may take its time; nothing here waits as long if all is well.
PATIENCE_S = 60.0


def command(*words: object) -> Any:
    """What `siamese-edge WORDS --json` answers, from a process of its own."""
    done = subprocess.run(
        [*EDGE, *map(str, words), "--json"], capture_output=True, text=True, env=ENVIRONMENT, cwd="/", check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Daemon:
    """One terminal with its folder. `settings` are sections of the configuration."""

    def __init__(self, folder: Path, source: object, port: int, **settings: Any) -> None:
        self.state = folder / "state"
        self.log_file = folder / "terminal.log"
        self.peak_kb = 0
        tree = {
            "site": "test",
            "device": "door",
            "state": str(self.state),
            "camera": {"source": str(source)},
            "mqtt": {"host": "127.0.0.1", "port": port},
        }
        for section, keys in settings.items():
            tree[section] = {**tree.get(section, {}), **keys} if isinstance(keys, Mapping) else keys  # type: ignore[dict-item]
        self.config = folder / "config.yaml"
        self.config.write_text(json.dumps(tree))  # JSON is YAML
        self._process: subprocess.Popen[bytes] | None = None

    def enrol(self, person: str, *photos: Path, **options: str) -> None:
        """Enrols by the command line, whether the daemon runs or not."""
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        command("enrol", person, *photos, *words, "--config", self.config)

    def remove(self, person: str) -> None:
        command("people", "remove", person, "--config", self.config)

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*EDGE, "run", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def wait(self, timeout_s: float = PATIENCE_S) -> int:
        """The exit status; meanwhile notes the memory."""
        assert self._process

        def ended() -> bool:
            self._note_memory()
            return not self.runs

        eventually(ended, timeout_s)
        return self._process.wait()

    def stop(self) -> int:
        self.send(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        if self.runs:
            self.send(signal.SIGKILL)
            self.wait()

    def _note_memory(self) -> None:
        """The most memory that was resident until now, as the kernel counts it."""
        assert self._process
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return
        found = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")]
        self.peak_kb = max([self.peak_kb, *found])

    @property
    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def lines(self, *words: str) -> list[str]:
        """The log lines that hold all of these words."""
        return [line for line in self.log.splitlines() if all(word in line for word in words)]

    def committed(self) -> list[dict[str, Any]]:
        """The events in the outbox: decided, on the disk, and not yet delivered."""
        file = self.state / "outbox.db"
        if not file.exists():
            return []
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as db:
            try:
                return [json.loads(payload) for (payload,) in db.execute("SELECT payload FROM event ORDER BY seq")]
            except sqlite3.OperationalError:  # the tables are not made yet
                return []


@contextmanager
def running(daemon: Daemon) -> Iterator[Daemon]:
    """Starts it; in the end it is gone, however the test ended."""
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.kill()
