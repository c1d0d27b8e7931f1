"""Proves a bundle on one runtime, in a process of its own: `python -m edge.vision.proof FOLDER --runtime NAME`.

tflite-runtime and TensorFlow cannot share a process, so a converter asks this one. Prints one line of JSON.
"""

import argparse
import json
import platform
import sys
from pathlib import Path

from edge.errors import SiameseEdgeError
from edge.vision.bundle import Bundle, golden_cosine, read_card
from edge.vision.interpreter import Interpreter, runtime_version


def prove(folder: Path, runtime: str) -> dict[str, object]:
    """What the golden input gives on `runtime`.

    Raises:
        RuntimeMissing, BundleMissing, BundleDamaged; ValueError for a model that the runtime cannot run.
    """
    bundle = Bundle(folder, read_card(folder))
    interpreter = Interpreter(bundle.model, runtime)  # type: ignore[arg-type]
    name, version = runtime_version(runtime).split()  # type: ignore[arg-type]
    return {
        "runtime": name,
        "version": version,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cosine": round(golden_cosine(bundle, interpreter), 5),
        "accelerated": interpreter.accelerated,
    }


def main() -> int:
    """The command; 0 proved, 1 could not be run here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runtime", default="auto", choices=["auto", "ai-edge-litert", "tflite-runtime"])
    arguments = parser.parse_args()
    try:
        print(json.dumps(prove(arguments.folder, arguments.runtime)))
    except (SiameseEdgeError, ValueError, RuntimeError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
