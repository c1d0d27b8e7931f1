"""bench: what a frame costs, and how much of that is not the models themselves."""

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from edge import config
from edge.camera.source import open_source
from edge.cli.context import OK, configuration, print_json, progress
from edge.decision.session import Session
from edge.gallery.store import Store
from edge.gallery.view import GalleryView
from edge.pipeline import Pipeline
from edge.runtime.health import resident_bytes
from edge.terminal import threshold_rule
from edge.types import Frame
from edge.vision import stack as vision
from edge.vision.stack import Stack

_WARM_UP_FRAMES = 5


def bench(arguments: argparse.Namespace) -> int:
    """Plays a source through the whole frame path as fast as it goes."""
    settings = configuration(arguments)
    camera = msgspec.structs.replace(settings.camera, source=arguments.source)
    stack = vision.build(msgspec.structs.replace(settings.vision, threads=arguments.threads))
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "gallery.db", 1) as store:
        rule = threshold_rule(settings.decision, stack.card)
        pipeline = Pipeline(stack, GalleryView(store, stack.card, rule), Session(settings.decision))
        answer = _measured(pipeline, stack, progress(_frames(camera, arguments.frames), "measuring"))
    answer |= {"threads": arguments.threads, "runtime": stack.interpreters["embedder"].runtime}
    if arguments.json:
        print_json(answer)
    else:
        _show(answer)
    return OK


def _frames(camera: config.Camera, limit: int) -> Iterable[Frame]:
    with open_source(camera, paced=False) as source:
        for _ in range(limit + _WARM_UP_FRAMES):
            frame = source.read()
            if frame is None:
                return
            yield frame


def _measured(pipeline: Pipeline, stack: Stack, frames: Iterable[Frame]) -> dict[str, Any]:
    """Times each step. A model's own time is that of its bare calls, taken inside the same steps."""
    spent, count = 0.0, 0
    for number, frame in enumerate(frames):
        if number == _WARM_UP_FRAMES:
            spent, count = 0.0, 0
            _reset(stack)
        started = perf_counter()
        pipeline.step(frame)
        spent += perf_counter() - started
        count += 1
    return _figures(stack, spent, max(count, 1), count)


def _reset(stack: Stack) -> None:
    for interpreter in stack.interpreters.values():
        interpreter.seconds, interpreter.calls = 0.0, 0


def _figures(stack: Stack, spent: float, divisor: int, count: int) -> dict[str, Any]:
    models = sum(interpreter.seconds for interpreter in stack.interpreters.values())
    stages = {
        name: {
            "ms_per_frame": 1000 * interpreter.seconds / divisor,
            "ms_per_call": 1000 * interpreter.seconds / max(interpreter.calls, 1),
            "calls": interpreter.calls,
        }
        for name, interpreter in stack.interpreters.items()
    }
    rest = {
        "ms_per_frame": 1000 * (spent - models) / divisor,
        "ms_per_call": 1000 * (spent - models) / divisor,
        "calls": count,
    }
    return {
        "frames": count,
        "ms_per_frame": 1000 * spent / divisor,
        "stages": stages | {"everything else": rest},
        "overhead": spent / models if models else None,
        "resident_mb": resident_bytes() / 1e6,
    }


def _show(answer: dict[str, Any]) -> None:
    table = Table("stage", "ms a frame", "ms a call", "calls")
    for name, stage in answer["stages"].items():
        table.add_row(name, f"{stage['ms_per_frame']:.2f}", f"{stage['ms_per_call']:.2f}", str(stage["calls"]))
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{answer['frames']} frames, {answer['ms_per_frame']:.2f} ms a frame with {answer['threads']} thread(s) of "
        f"{answer['runtime']}, {answer['resident_mb']:.0f} MB resident"
    )
    if answer["overhead"]:
        console.print(f"the whole frame path takes {answer['overhead']:.2f} times as long as its bare model calls")
