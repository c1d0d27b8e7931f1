"""Runs a model over crops on one runtime: `python -m converter.convert.runtime_process FOLDER MODEL --runtime NAME`.

In a process of its own, since tflite-runtime and TensorFlow cannot share one. FOLDER holds `crops.npy` (N x height x
width x 3) and `input.json` (the card's input). Writes FOLDER/RUNTIME.npy, N x D; prints one line of JSON.
"""

import argparse
import json
import platform
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.errors import SiameseEdgeError
from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.interpreter import Interpreter, runtime_version
from edge.vision.tensor import PixelScaling, real_numbers

_LEAST_CALLS = 10


def embedded(
    interpreter: Interpreter, feed: Input, crops: Pixels, seconds: float
) -> tuple[NDArray[np.float32], list[float]]:
    """The embeddings of as many of the crops as `seconds` allow, at least of a few; and the seconds of each call."""
    scaling, output = PixelScaling(feed, interpreter.inputs[0]), interpreter.outputs[0]
    interpreter.run(scaling(crops[0]))  # the first call takes memory
    vectors: list[NDArray[np.float32]] = []
    times: list[float] = []
    end = perf_counter() + seconds
    for crop in crops:
        if len(times) >= _LEAST_CALLS and perf_counter() > end:
            break
        fed, before = scaling(crop), interpreter.seconds
        vectors.append(real_numbers(interpreter.run(fed)[0], output).ravel())
        times.append(interpreter.seconds - before)
    return np.stack(vectors), times


def _answer(arguments: argparse.Namespace) -> dict[str, Any]:
    feed = msgspec.json.decode((arguments.folder / "input.json").read_bytes(), type=Input)
    crops = np.load(arguments.folder / "crops.npy", mmap_mode="r")
    interpreter = Interpreter(arguments.model, arguments.runtime, arguments.threads)
    vectors, times = embedded(interpreter, feed, crops, arguments.seconds)
    np.save(arguments.folder / f"{arguments.runtime}.npy", vectors)
    return {
        "version": runtime_version(arguments.runtime).split()[1],
        "python": platform.python_version(),
        "machine": platform.machine(),
        "accelerated": interpreter.accelerated,
        "milliseconds": 1000 * float(np.median(times)),
        "threads": arguments.threads,
    }


def main() -> int:
    """The command; 0 done, 1 this runtime cannot run the model, said on standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--runtime", required=True, choices=["ai-edge-litert", "tflite-runtime"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="look at fewer crops if it takes longer")
    arguments = parser.parse_args()
    try:
        print(json.dumps(_answer(arguments)))
    except (SiameseEdgeError, ValueError, RuntimeError, MemoryError) as fault:
        print(" ".join(str(fault).split()), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
