"""check: is everything in order, and if not, what to do."""

import argparse
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from edge import config
from edge.camera.source import open_source
from edge.cli.context import FAULT, OK, configuration, print_json, unreachable
from edge.errors import SiameseEdgeError
from edge.gallery.store import Store
from edge.runtime.health import clock_source
from edge.terminal import gallery_file
from edge.vision import bundle
from edge.vision.card import DetectorCard, EmbedderCard, FaceCrop, LandmarksCard
from edge.vision.interpreter import Interpreter, runtime_version

Status = Literal["ok", "warning", "fault"]

_LEAST_FREE_MB = 200
_BROKER_WAIT_S = 3.0
_MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "fault": "[red]fault[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    what: str
    status: Status
    message: str


Check = Callable[[config.Configuration], Iterator[Finding]]


def check(arguments: argparse.Namespace) -> int:
    """Runs all checks. Exit status: 0, or 1 if any found a fault."""
    settings = configuration(arguments)
    found = [finding for one in _CHECKS for finding in _guarded(one, settings)]
    if arguments.json:
        print_json([asdict(finding) for finding in found])
    else:
        _show(found)
    return FAULT if any(finding.status == "fault" for finding in found) else OK


def _guarded(one: Check, settings: config.Configuration) -> list[Finding]:
    try:
        return list(one(settings))
    except SiameseEdgeError as fault:
        return [Finding(one.__name__.lstrip("_"), "fault", str(fault))]
    except OSError as fault:
        return [Finding(one.__name__.lstrip("_"), "fault", unreachable(fault))]


def _runtime(settings: config.Configuration) -> Iterator[Finding]:
    yield Finding("runtime", "ok", runtime_version(settings.vision.runtime))


def _models(settings: config.Configuration) -> Iterator[Finding]:
    names = settings.vision
    face = bundle.load(names.bundle, EmbedderCard)
    yield _model("embedder", face, settings)
    if isinstance(face.card.crop, FaceCrop):
        yield _model("detector", bundle.load(names.detector, DetectorCard), settings)
        yield _model("landmarks", bundle.load(names.landmarks, LandmarksCard), settings)


def _model(what: str, found: bundle.Bundle, settings: config.Configuration) -> Finding:  # type: ignore[type-arg]
    interpreter = found.interpreter(settings.vision.runtime, settings.vision.threads)
    if not interpreter.accelerated:
        return Finding(what, "warning", f"{found.card.name}: golden output right, but {_why_slow(interpreter)}")
    return Finding(what, "ok", f"{found.card.name} {found.card.version}, golden output right, XNNPACK on")


def _why_slow(interpreter: Interpreter) -> str:
    if interpreter.runtime == "tflite-runtime" and interpreter.inputs[0].scale:
        return (
            "tflite-runtime does not accelerate 8-bit models; ai-edge-litert does: pip install 'ai-edge-litert>=2.3,<3'"
        )
    return "XNNPACK is off, so it runs up to 35 times slower: /proc and /sys must be visible (no ProcSubset=pid)"


def _gallery(settings: config.Configuration) -> Iterator[Finding]:
    file = gallery_file(settings)
    if not file.exists():
        yield Finding("gallery", "warning", f"{file}: not there yet; enrol somebody: siamese-edge enrol PERSON PHOTO")
        return
    digest = bundle.load(settings.vision.bundle, EmbedderCard).card.digest
    with Store(file, settings.gallery.max_people) as store:
        people = store.people(digest)
    waiting = [person.id for person in people if person.must_re_enrol]
    if waiting:
        yield Finding("gallery", "warning", f"{len(waiting)} must be re-enrolled for this model: {' '.join(waiting)}")
    else:
        yield Finding("gallery", "ok", f"{len(people)} people")


def _camera(settings: config.Configuration) -> Iterator[Finding]:
    with open_source(settings.camera, paced=False) as source:
        frame = source.read()
        size = f"{frame.pixels.shape[1]}x{frame.pixels.shape[0]}" if frame else "no frame"
        yield Finding("camera", "ok" if frame else "fault", f"{source.name}: {size}")


def _broker(settings: config.Configuration) -> Iterator[Finding]:
    mqtt = settings.mqtt
    if not mqtt.enabled:
        yield Finding("broker", "warning", "mqtt.enabled is false: events stay in the outbox")
        return
    try:
        socket.create_connection((mqtt.host, mqtt.port), _BROKER_WAIT_S).close()
        yield Finding("broker", "ok", f"{mqtt.host}:{mqtt.port} answers")
    except OSError as fault:
        advice = "is it running, and are mqtt.host and mqtt.port right? Events wait in the outbox meanwhile"
        yield Finding("broker", "fault", f"{mqtt.host}:{mqtt.port}: {fault}; {advice}")


def _disk(settings: config.Configuration) -> Iterator[Finding]:
    folder = Path(settings.state)
    existing = next(place for place in (folder, *folder.parents) if os.path.exists(place))  # noqa: PTH110 - never raises
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK, effective_ids=True):
        what = f"{existing} cannot be written to by this user" if existing.is_dir() else f"{existing} is no folder"
        advice = "run this as the service's user, or set `state` in config.yaml to another folder"
        yield Finding("disk", "fault", f"{folder}: {what}; {advice}")
    free = shutil.disk_usage(existing).free // 1_000_000
    status: Status = "ok" if free >= _LEAST_FREE_MB else "fault"
    yield Finding("disk", status, f"{free} MB free for {folder}; at least {_LEAST_FREE_MB} MB are wanted")


def _clock(_: config.Configuration) -> Iterator[Finding]:
    source = clock_source()
    if source == "unsynced":
        yield Finding("clock", "warning", "not synchronised: events carry time_src unsynced; enable NTP")
    else:
        yield Finding("clock", "ok", f"set by {source}")


_CHECKS: tuple[Check, ...] = (_runtime, _models, _gallery, _camera, _broker, _disk, _clock)


def _show(found: list[Finding]) -> None:
    table = Table("", "check", "", show_lines=False)
    for finding in found:
        table.add_row(_MARKS[finding.status], finding.what, finding.message.replace("[", "\\["))
    Console(highlight=False).print(table)
