"""Both TFLite interpreters compute the same, and fast."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.errors import RuntimeMissing
from edge.vision.bundle import SHIPPED
from edge.vision.interpreter import Interpreter, runtime_version

from .bundles import copied, replace_model

MODULES = {"ai-edge-litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}


def installed(runtime: str) -> str:
    if find_spec(MODULES[runtime]) is None:
        pytest.skip(f"{runtime} IS NOT INSTALLED: the shipped models are not proved on it here (pip install {runtime})")
    return runtime


def proof(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "edge.vision.proof", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("runtime", MODULES)
@pytest.mark.parametrize("name", ["face", "detector", "landmarks"])
def test_a_shipped_model_gives_its_golden_output_on_each_runtime(name: str, runtime: str) -> None:
    answer = proof(SHIPPED / name, "--runtime", installed(runtime))
    assert answer.returncode == 0, answer.stderr
    said: dict[str, Any] = json.loads(answer.stdout)
    card = json.loads((SHIPPED / name / "card.json").read_text())
    assert said["runtime"] == runtime
    assert said["cosine"] >= card["golden"]["min_cosine"]
    quantized = name == "face"  # tflite-runtime 2.14 runs int8 models with kernels of its own
    assert said["accelerated"] or (quantized and runtime == "tflite-runtime")


def test_a_proof_that_fails_says_why_and_exits_with_1(tmp_path: Path) -> None:
    answer = proof(tmp_path)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "card.json" in answer.stderr
    broken = copied("detector", tmp_path)
    replace_model(broken, b"no model")
    answer = proof(broken)
    assert answer.returncode == 1
    assert answer.stderr.strip()
    assert "Traceback" not in answer.stderr


def test_an_interpreter_tells_which_runtime_it_is_and_counts_its_work() -> None:
    interpreter = Interpreter(SHIPPED / "detector" / "model.tflite")
    assert runtime_version().startswith(f"{interpreter.runtime} ")
    assert interpreter.accelerated
    assert interpreter.calls == 0
    tensor = interpreter.inputs[0]
    interpreter.run(np.zeros(tensor.shape, tensor.dtype))
    assert interpreter.calls == 1
    assert interpreter.seconds > 0


def test_outputs_stay_as_they_were_when_the_model_runs_again() -> None:
    interpreter = Interpreter(SHIPPED / "detector" / "model.tflite")
    shape = interpreter.inputs[0].shape
    first = interpreter.run(np.zeros(shape, np.float32))
    kept = [output.copy() for output in first]
    interpreter.run(np.ones(shape, np.float32))
    assert all(np.array_equal(now, then) for now, then in zip(first, kept, strict=True))


_WITHOUT = """
import sys
sys.modules["ai_edge_litert"] = sys.modules["tflite_runtime"] = None  # as if neither were installed
from edge.errors import RuntimeMissing
from edge.vision.interpreter import Interpreter
try:
    Interpreter("model.tflite", sys.argv[1])
except RuntimeMissing as fault:
    print(fault)
"""


@pytest.mark.parametrize(
    ("runtime", "named"),
    [
        ("auto", "ai-edge-litert and tflite-runtime cannot"),
        ("tflite-runtime", "no TFLite interpreter: tflite-runtime cannot"),
    ],
)
def test_a_machine_without_interpreter_is_told_what_to_install(runtime: str, named: str) -> None:
    answer = subprocess.run([sys.executable, "-c", _WITHOUT, runtime], capture_output=True, text=True, check=True)
    assert named in answer.stdout
    assert "pip install siamese-edge" in answer.stdout
    assert "vision.runtime" in answer.stdout
    assert issubclass(RuntimeMissing, ImportError)
