"""The one place that knows which TFLite interpreter runs: ai-edge-litert or tflite-runtime."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from edge.errors import RuntimeMissing

Runtime = Literal["auto", "ai-edge-litert", "tflite-runtime"]

_MODULES = {"ai-edge-litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of a model. A quantized one stands for scale * (q - zero_point); scale 0 is not quantized."""

    index: int
    shape: tuple[int, ...]
    dtype: type[np.generic]
    scale: float
    zero_point: int


class Interpreter:
    """One model, ready to run. It belongs to the thread that calls it."""

    def __init__(self, model: Path, runtime: Runtime = "auto", threads: int = 1) -> None:
        """Loads `model` and takes memory for it.

        Raises:
            RuntimeMissing: no interpreter, or not the one asked for.
            ValueError: the file is no TFLite model, or uses operations that the runtime lacks.
        """
        self.runtime, implementation = _implementation(runtime)
        self._engine = implementation(model_path=str(model), num_threads=threads)
        self._engine.allocate_tensors()
        self.inputs = [_tensor(detail) for detail in self._engine.get_input_details()]
        self.outputs = [_tensor(detail) for detail in self._engine.get_output_details()]
        self.seconds = 0.0  # spent in the interpreter since the start
        self.calls = 0

    def run(self, tensor: NDArray[Any]) -> list[NDArray[Any]]:
        """The outputs for one input, as the model gives them (quantized ones as integers)."""
        started = perf_counter()
        self._engine.set_tensor(self.inputs[0].index, tensor)
        self._engine.invoke()
        outputs = [self._engine.get_tensor(output.index) for output in self.outputs]
        self.seconds += perf_counter() - started
        self.calls += 1
        return outputs

    @property
    def accelerated(self) -> bool:
        """Whether XNNPACK runs the model; without it some models take 35 times as long."""
        return any(operation["op_name"] == "DELEGATE" for operation in self._engine._get_ops_details())


def runtime_version(runtime: Runtime = "auto") -> str:
    """Name and version of the interpreter that `runtime` gives."""
    name, _ = _implementation(runtime)
    return f"{name} {version(name)}"


def _implementation(runtime: Runtime) -> tuple[str, Any]:
    wanted = list(_MODULES) if runtime == "auto" else [runtime]
    for name in wanted:
        try:
            return name, import_module(_MODULES[name]).Interpreter
        except ImportError:
            continue
    raise RuntimeMissing(
        f"no TFLite interpreter: {' and '.join(wanted)} cannot be imported; "
        "install the project's own dependencies (pip install siamese-edge), or set vision.runtime to auto"
    )


def _tensor(detail: dict[str, Any]) -> Tensor:
    scale, zero_point = detail["quantization"]
    return Tensor(
        detail["index"], tuple(int(n) for n in detail["shape"]), detail["dtype"], float(scale), int(zero_point)
    )
