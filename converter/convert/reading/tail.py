"""What a twin's head does to a distance: layers that only multiply, add, and at the end squash."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.convert.reading.faults import ModelUnsupported
from converter.convert.reading.net import Net, Step
from converter.convert.reading.operations import as_scaling
from converter.convert.reading.weights import Weights, named

Array = NDArray[np.float64]

_KEEPING = ("Dropout", "Flatten", "Reshape", "Identity", "SpatialDropout1D", "GaussianNoise")
_MULTIPLYING = ("Dense", "BatchNormalization", "Activation", "Rescaling", *_KEEPING)
_EPSILON = 1e-3  # of Keras's BatchNormalization


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The step whose result is the distance, and those behind it in their order."""

    distance: str
    steps: list[Step]

    @property
    def dense(self) -> list[Step]:
        """Trained layers."""
        return [step for step in self.steps if step.kind == "Dense"]


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """output = sigmoid(weights . distance + constant), or without the sigmoid."""

    weights: Array
    constant: float
    squashed: bool


def tail_of(net: Net, output: str) -> Tail:
    """From the output back, as long as it only goes through such layers."""
    steps: list[Step] = []
    step = net.steps[output]
    while len(step.inputs) == 1 and (step.kind in _MULTIPLYING or _is_sigmoid(step) or as_scaling(step)):
        steps.insert(0, step)
        step = net.steps[step.inputs[0]]
    return Tail(step.name, steps)


def affine(tail: Tail, weights: Weights) -> Affine:
    """All that the tail does, as one.

    Raises:
        ModelUnsupported: it does more.
    """
    steps = [replace(step, settings=dict(step.settings)) for step in tail.steps]
    squashed = bool(steps) and _squashes(steps[-1])
    if any(_bends(step) for step in steps[:-1]) or (steps and _bends(steps[-1]) and not squashed):
        raise ModelUnsupported(f"its head is {_shown(tail)}, which is more than a weighted distance")
    factors, constant = np.ones((1,)), 0.0
    for step in reversed(steps):
        factors, constant = _through(step, factors, constant, weights)
    return Affine(factors, constant, squashed)


def _through(step: Step, factors: Array, constant: float, weights: Weights) -> tuple[Array, float]:
    """factors . step(x) + constant, as factors and constant of x itself."""
    scaling = as_scaling(step) or (_rescaling(step) if step.kind == "Rescaling" else None)
    if scaling:
        return factors * scaling[0], constant + scaling[1] * float(factors.sum())
    if step.kind == "Dense":
        kernel, *bias = named(weights.get(step.path, {}), *_names(step))
        if kernel.shape[1] != len(factors):
            raise ModelUnsupported(
                f"its head's layer {step.shown} gives {kernel.shape[1]} numbers, where a score is one"
            )
        return kernel @ factors, constant + float(bias[0] @ factors if bias else 0.0)
    if step.kind == "BatchNormalization":
        factor, shift = _normalizing(step, weights)
        return factors * factor, constant + float((factors * shift).sum())
    return factors, constant


def _names(step: Step) -> list[str]:
    return ["kernel", "bias"] if step.settings.get("use_bias", True) else ["kernel"]


def _normalizing(step: Step, weights: Weights) -> tuple[Array, Array]:
    """A batch norm after training: what it multiplies by, and what it adds."""
    learned = [name for name, setting in (("gamma", "scale"), ("beta", "center")) if step.settings.get(setting, True)]
    names = [*learned, "moving_mean", "moving_variance"]
    found = dict(zip(names, named(weights.get(step.path, {}), *names), strict=True))
    factor = found.get("gamma", 1.0) / np.sqrt(found["moving_variance"] + step.settings.get("epsilon", _EPSILON))
    return factor, np.asarray(found.get("beta", 0.0) - found["moving_mean"] * factor)


def _rescaling(step: Step) -> tuple[float, float]:
    return step.settings["scale"], step.settings.get("offset", 0.0)


def _is_sigmoid(step: Step) -> bool:
    return step.kind == "Sigmoid" or (step.kind == "TFOpLambda" and step.settings["function"].endswith("sigmoid"))


def _squashes(step: Step) -> bool:
    return _is_sigmoid(step) or _activation(step) == "sigmoid"


def _bends(step: Step) -> bool:
    return _is_sigmoid(step) or _activation(step) not in (None, "linear")


def _activation(step: Step) -> Any:
    value = step.settings.get("activation") if step.kind in ("Dense", "Activation") else None
    return value.get("config") if isinstance(value, dict) else value


def _shown(tail: Tail) -> str:
    parts = [f"{step.kind}({_words(step)})" for step in tail.steps if step.kind not in _KEEPING]
    return " then ".join(parts)


def _words(step: Step) -> str:
    words = [step.settings.get("units"), _activation(step)]
    return ", ".join(str(word) for word in words if word is not None)
