import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.mqtt.brokers import MOSQUITTO, Mosquitto, free_port

from .clips import empty_room, somebody, write
from .daemon import Daemon, running


class Start(Protocol):
    """Makes a daemon, and starts it unless told otherwise; further words are sections of its configuration."""

    def __call__(self, source: object, port: int, *, started: bool = True, **settings: Any) -> Daemon: ...


@pytest.fixture(scope="session")
def stills(data: Path) -> Path:
    """Portraits, and a clip of two musicians: alex-lacamoire.png and lin-manuel-miranda.png show them."""
    return data / "clips" / "hamilton"


@pytest.fixture(scope="session")
def empty_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of an empty room."""
    return write(tmp_path_factory.mktemp("clips") / "empty.avi", [(empty_room(), 2)])


@pytest.fixture(scope="session")
def long_empty_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of an empty room: nobody waits for its end."""
    return write(tmp_path_factory.mktemp("clips") / "long-empty.avi", [(empty_room(), 300)], fps=5)


@pytest.fixture(scope="session")
def long_portrait_clip(stills: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who stands there for two minutes."""
    scene = (somebody(stills / "obama2.jpg"), 120)
    return write(tmp_path_factory.mktemp("clips") / "long-portrait.avi", [scene], fps=10)


@pytest.fixture(scope="session")
def busy_clip(stills: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people come and go, eight times in half a minute."""
    obama, biden, gone = somebody(stills / "obama2.jpg"), somebody(stills / "biden.jpg"), empty_room()
    scenes = [(obama, 1.2), (gone, 0.6), (biden, 1.2), (gone, 0.6)] * 8
    return write(tmp_path_factory.mktemp("clips") / "busy.avi", scenes)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that is configured but not started."""
    if MOSQUITTO is None:
        pytest.skip("MOSQUITTO IS NOT INSTALLED: the terminal is not tested with a broker (apt install mosquitto)")
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Mosquitto(folder)
    yield broker
    broker.stop()


@pytest.fixture
def nobody_listens() -> int:
    """A port without a broker."""
    return free_port()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Start]:
    """Whatever daemon it starts is gone when the test ends."""
    with ExitStack() as held:

        def make(source: object, port: int, *, started: bool = True, **settings: Any) -> Daemon:
            daemon = Daemon(tmp_path, source, port, **settings)
            held.callback(lambda: print(daemon.log))  # pytest shows it where the test has failed
            if started:
                held.enter_context(running(daemon))
            else:
                held.callback(daemon.kill)
            return daemon

        yield make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("NOT ALLOWED TO MOUNT A SMALL DISK: a full disk is not tested here (run as root)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
