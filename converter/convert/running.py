"""A model on each runtime at hand, each in a process of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.types import Pixels
from edge.vision.card import Input

RUNTIMES = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}
"""Names of runtimes and of their modules, the preferred one first."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a runtime gave for the crops, and how fast; or why it gave nothing."""

    recipe: str
    runtime: str
    size: int  # bytes of the .tflite file
    vectors: NDArray[np.float32] | None = None  # of the first crops, as many as time allowed
    version: str = ""
    python: str = ""
    machine: str = ""
    accelerated: bool = False
    milliseconds: float = 0.0  # of a call, median
    threads: int = 0
    fault: str = ""


def at_hand() -> list[str]:
    """The runtimes that are installed here."""
    return [name for name, module in RUNTIMES.items() if find_spec(module) is not None]


class Bench:
    """The crops on the disk, for processes to run models over them. Make it in a `with`."""

    def __init__(self, crops: Pixels, feed: Input, threads: int) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="siamese-convert-")
        self._folder, self._threads = Path(self._scratch.name), threads
        np.save(self._folder / "crops.npy", crops)
        (self._folder / "input.json").write_bytes(msgspec.json.encode(feed))

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def runs(self, recipe: str, model: bytes, seconds: float) -> Iterator[Run]:
        """`model` on one runtime after the other, each for at most so many seconds or a few crops."""
        file = self._folder / "model.tflite"
        file.write_bytes(model)
        for runtime in at_hand():
            yield self._run(recipe, runtime, file, seconds)

    def _run(self, recipe: str, runtime: str, file: Path, seconds: float) -> Run:
        module = ["-m", "converter.convert.runtime_process", str(self._folder), str(file), "--runtime", runtime]
        options = ["--threads", str(self._threads), "--seconds", str(seconds)]
        command = [sys.executable, *module, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
        size = file.stat().st_size
        if done.returncode != 0:
            return Run(recipe, runtime, size, fault=_last_line(done.stderr) or f"ended with {done.returncode}")
        found: dict[str, Any] = json.loads(done.stdout)
        vectors = np.load(self._folder / f"{runtime}.npy")
        if not np.isfinite(vectors).all():
            return Run(recipe, runtime, size, fault="gives numbers that are not finite", version=found["version"])
        return Run(recipe, runtime, size, vectors, **found)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
