"""The demo: a broker, the real daemon on a clip, and a subscriber that prints the events as they come."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from edge.demo import broker, clip, pictures

_TOPIC = "siamese-edge/1/demo/door/#"
_CONFIGURATION = """\
site: demo
device: door
state: {state}
camera: {{source: "{source}", fps: 15}}
decision: {{cooldown_s: 2, unknown_after_frames: 5}}
mqtt: {{host: 127.0.0.1, port: {port}, protocol: {protocol}}}
"""


def run(camera: bool, keep: Path | None, embedded_broker: bool) -> int:
    """Shows the main job; 0 if each person was accepted, the stranger unknown, and nobody mistaken.

    With `camera` the webcam is used until Ctrl-C; nobody is enrolled then but the two, so you will be unknown.

    Raises:
        DemoUnavailable, and the faults of the commands.
    """
    console = Console(highlight=False, soft_wrap=True)
    with ExitStack() as held:
        folder = keep or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="siamese-edge-demo-")))
        folder = folder.resolve()
        console.print("[bold]1.[/] portraits of two public figures and of a stranger, from PyPI")
        found = pictures.fetch(folder / "photos")
        source = "0" if camera else str(folder / "clip.avi")
        if not camera:
            console.print("[bold]2.[/] a clip that pans and zooms over [italic]other[/] photos of them")
            clip.make([photo for _, photo in found.shown], folder / "clip.avi")
        name, port = held.enter_context(broker.running(folder, embedded_broker))
        console.print(f"[bold]3.[/] a broker: {name} on 127.0.0.1:{port}")
        configuration = _configure(folder, source, port, name)
        console.print("[bold]4.[/] two people, enrolled from one photo each")
        for person, photo in found.enrolled.items():
            _command(configuration, "enrol", person, str(photo))
        console.print("[bold]5.[/] a subscriber, and the terminal; events as the subscriber receives them:")
        events = held.enter_context(_subscribed(port, console))
        _command(configuration, "run")
        return 0 if camera else _summary([person for person, _ in found.shown], events(), console)


def _configure(folder: Path, source: str, port: int, broker_name: str) -> Path:
    file = folder / "config.yaml"
    protocol = '"3.1.1"' if broker_name == "amqtt" else "auto"
    file.write_text(_CONFIGURATION.format(state=folder / "state", source=source, port=port, protocol=protocol))
    return file


def _command(configuration: Path, *words: str) -> None:
    command = [sys.executable, "-m", "edge", words[0], "--config", str(configuration), *words[1:]]
    log = configuration.parent / "terminal.log"
    with log.open("ab") as out:
        done = subprocess.run(command, stdout=out, stderr=out, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        raise pictures.DemoUnavailable(f"siamese-edge {words[0]} failed: {log.read_text()[-1000:]}")


@contextmanager
def _subscribed(port: int, console: Console) -> Iterator[Any]:
    """Prints what a subscriber in another process receives; yields a function that gives all events at the end."""
    command = [sys.executable, "-m", "edge.demo.subscriber", str(port), _TOPIC]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
    )
    assert process.stdout is not None
    lines: Iterator[str] = iter(process.stdout)
    if next(lines, "").strip() != "ready":
        raise pictures.DemoUnavailable("the subscriber cannot connect to the broker")
    events: list[dict[str, Any]] = []
    stopped = threading.Event()
    reader = threading.Thread(target=_print_events, args=(lines, events, stopped, console), daemon=True)
    reader.start()

    def all_events() -> list[dict[str, Any]]:
        stopped.wait(10)
        return events

    try:
        yield all_events
    finally:
        process.kill()
        process.wait()


def _print_events(
    lines: Iterator[str], events: list[dict[str, Any]], stopped: threading.Event, console: Console
) -> None:
    for line in lines:
        topic, _, payload = line.rstrip("\n").partition("\t")
        leaf = topic.removeprefix(_TOPIC[:-1])
        if leaf.startswith("event/"):
            event = json.loads(payload)
            events.append(event)
            console.print(
                f"   {leaf}  [bold]{event['event_type']:9}[/] person={event['person'] or '-':6} "
                f"score={event['score']:.4f} threshold={event['threshold']:.4f} after {event['latency_ms']} ms"
            )
        elif leaf == "availability":
            console.print(f"   availability  {payload}")
            if payload == "stopped":
                stopped.set()


def _summary(shown: list[str | None], events: list[dict[str, Any]], console: Console) -> int:
    got = [event["person"] if event["event_type"] == "accepted" else None for event in events]
    right = got == shown
    console.print(f"\n   shown:    {', '.join(person or 'a stranger' for person in shown)}")
    console.print(f"   received: {', '.join(person or 'unknown' for person in got) or 'nothing'}")
    console.print("   (the archive holds one photo of biden: the clip shows it mirrored, turned, softer and brighter)")
    verdict = (
        "[bold green]everybody was known, and the stranger was not[/]" if right else "[bold red]not as it should be[/]"
    )
    console.print(f"   {verdict}; nothing is left running")
    return 0 if right else 1
