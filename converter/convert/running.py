"""A model on each runtime at hand, each in a process of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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
        file = self._folder / f"{recipe}.tflite"
        file.write_bytes(model)
        for runtime in at_hand():
            yield self._run(recipe, runtime, file, seconds)

    def timed(self, runs: Iterable[Run]) -> list[Run]:
        """The same runs, with the times of all models so far, measured in turns."""
        times = {runtime: self._times(runtime) for runtime in at_hand()}
        return [replace(run, milliseconds=times[run.runtime].get(run.recipe, run.milliseconds)) for run in runs]

    def _run(self, recipe: str, runtime: str, file: Path, seconds: float) -> Run:
        done = self._process("runtime_process", str(file), "--runtime", runtime, "--seconds", str(seconds))
        size = file.stat().st_size
        if done.returncode != 0:
            return Run(recipe, runtime, size, fault=_last_line(done.stderr) or f"ended with {done.returncode}")
        found: dict[str, Any] = json.loads(done.stdout)
        vectors = np.load(self._folder / f"{runtime}.npy")
        if not np.isfinite(vectors).all():
            return Run(recipe, runtime, size, fault="gives numbers that are not finite", version=found["version"])
        return Run(recipe, runtime, size, vectors, **found)

    def _times(self, runtime: str) -> dict[str, float]:
        """None where the process fails: then each run keeps the time that it was measured with alone."""
        done = self._process("speed_process", "--runtime", runtime)
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}

    def _process(self, module: str, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", f"converter.convert.{module}", str(self._folder), *words]
        command += ["--threads", str(self._threads)]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
