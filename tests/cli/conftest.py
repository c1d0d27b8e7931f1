import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from .command import Answer, called


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory without a config.yaml, so that the defaults hold."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAMESE_EDGE_CONFIG", raising=False)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Answer]]:
    """Runs one command in this process, and gives what it said and its exit status."""
    log = logging.getLogger()
    handlers, level = list(log.handlers), log.level

    def command(*words: object) -> Answer:
        capfd.readouterr()
        status = called(*words)
        return Answer(status, *capfd.readouterr())

    yield command
    log.handlers[:] = handlers  # `siamese-edge run` sets up logging for its process
    log.setLevel(level)


@pytest.fixture
def configure(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a configuration file."""

    def write(text: str) -> Path:
        file = tmp_path / "my-config.yaml"
        file.write_text(text)
        return file

    return write


@pytest.fixture(scope="session")
def stills(data: Path) -> Path:
    """Portraits: obama.jpg and obama2.jpg, biden.jpg, two musicians, and a picture of two people."""
    return data / "clips" / "hamilton"


@pytest.fixture(scope="session")
def two_enrolled(stills: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which obama and biden are enrolled; not to be written to."""
    state = tmp_path_factory.mktemp("two-enrolled")
    assert called("enrol", "obama", stills / "obama.jpg", "--state", state, "--name", "Barack O.") == 0
    assert called("enrol", "biden", stills / "biden.jpg", "--state", state) == 0
    return state


@pytest.fixture
def state(two_enrolled: Path, tmp_path: Path) -> Path:
    """A copy of `two_enrolled`."""
    return Path(shutil.copytree(two_enrolled, tmp_path / "state"))


@contextmanager
def _as_root() -> Iterator[None]:
    """As whoever started the tests."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    yield
    os.seteuid(user)


@pytest.fixture
def as_root() -> Callable[[], AbstractContextManager[None]]:
    return _as_root


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder that this process may look into, but not write to."""
    folder = Path(tempfile.mkdtemp(prefix="foreign-"))
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(65534)  # root may write everywhere
    yield folder
    os.seteuid(os.getuid())
    folder.chmod(0o755)
    shutil.rmtree(folder)
