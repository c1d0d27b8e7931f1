"""How long models take, in turns: `python -m converter.convert.speed_process FOLDER --runtime NAME`.

All models of FOLDER/*.tflite run in rounds, one call each, so that whatever else the machine does slows all alike.
FOLDER holds crops and input as for `runtime_process`. Prints one line of JSON: the median milliseconds of each.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.vision.card import Input
from edge.vision.interpreter import Interpreter
from edge.vision.tensor import PixelScaling

_LEAST_ROUNDS, _MOST_ROUNDS = 5, 50


def medians(folder: Path, runtime: Any, threads: int, seconds: float) -> dict[str, float]:
    """The median milliseconds of a call of each model that the runtime can run."""
    models = dict(_loaded(folder, runtime, threads))
    times: dict[str, list[float]] = {name: [] for name in models}
    end = perf_counter() + seconds
    for round_number in range(_MOST_ROUNDS + 1):
        if round_number > _LEAST_ROUNDS and perf_counter() > end:
            break
        for name, (interpreter, fed) in models.items():
            before = interpreter.seconds
            interpreter.run(fed)
            times[name].append(interpreter.seconds - before)
    return {name: 1000 * float(np.median(taken[1:])) for name, taken in times.items()}  # the first call takes memory


def _loaded(folder: Path, runtime: Any, threads: int) -> Iterator[tuple[str, tuple[Interpreter, NDArray[Any]]]]:
    feed = msgspec.json.decode((folder / "input.json").read_bytes(), type=Input)
    crop = np.load(folder / "crops.npy", mmap_mode="r")[0]
    for file in sorted(folder.glob("*.tflite")):
        try:
            interpreter = Interpreter(file, runtime, threads)
        except (ValueError, RuntimeError):
            continue  # said already, where its embeddings were wanted
        yield file.stem, (interpreter, PixelScaling(feed, interpreter.inputs[0])(crop))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runtime", required=True, choices=["ai-edge-litert", "tflite-runtime"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    print(json.dumps(medians(arguments.folder, arguments.runtime, arguments.threads, arguments.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
