"""Batch norms and scalings, which only multiply and add, go into the weights of a layer beside them."""

import numpy as np

from converter.convert.reading.net import Step
from converter.convert.reading.operations import as_scaling
from converter.convert.rewriting.plan import Array, Numbers, Plan, changed

_LINEAR = ("Conv2D", "DepthwiseConv2D", "Conv2DTranspose", "Dense")
_PASSED = ("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten")
_EPSILON = 1e-3  # of Keras's BatchNormalization
_NORMALIZATION_EPSILON = 1e-7


def fold(plan: Plan) -> None:
    """All of them that can be folded without changing what the tower computes."""
    count = -1
    while count < len(plan.done):  # one may stand behind another
        count = len(plan.done)
        for step in plan.each():
            factors = _factors(plan, step)
            if factors is not None and not _fold_back(plan, step, *factors):
                _fold_forward(plan, step, *factors)


def _factors(plan: Plan, step: Step) -> tuple[Array, Array] | None:
    """What a step multiplies each channel by, and what it adds; None if it does anything else."""
    found = as_scaling(step)
    if found is None and step.kind == "Rescaling":
        found = step.settings["scale"], step.settings.get("offset", 0.0)
    if found is not None:
        return np.asarray(found[0], np.float64), np.asarray(found[1], np.float64)
    if step.settings.get("axis") not in (None, -1, 3, [3], [-1]):
        return None
    if step.kind == "BatchNormalization":
        numbers = plan.numbers[step.name]
        factor = numbers.get("gamma", 1.0) / np.sqrt(
            numbers["moving_variance"] + step.settings.get("epsilon", _EPSILON)
        )
        return np.asarray(factor), np.asarray(numbers.get("beta", 0.0) - numbers["moving_mean"] * factor)
    return _normalization(step, plan.numbers[step.name]) if step.kind == "Normalization" else None


def _normalization(step: Step, numbers: Numbers) -> tuple[Array, Array] | None:
    """By what it was told, or what it was adapted to."""
    mean, variance = (numbers.get(name, step.settings.get(name)) for name in ("mean", "variance"))
    if mean is None or variance is None or step.settings.get("invert"):
        return None
    factor = 1 / np.maximum(np.sqrt(np.ravel(variance)), _NORMALIZATION_EPSILON)
    return factor, -np.ravel(mean) * factor


def _fold_back(plan: Plan, step: Step, factor: Array, shift: Array) -> bool:
    """Into the layer before it, if that is linear and gives its result to nobody else."""
    layer = plan.before(step)
    if layer is None or layer.kind not in _LINEAR or plan.only_user(layer) is None:
        return False
    if layer.settings.get("activation") not in (None, "linear"):
        return False
    numbers = plan.numbers[layer.name]
    bias = numbers.get("bias", np.zeros(_outputs(layer, numbers["kernel"])))
    plan.numbers[layer.name] = {
        "kernel": _times_outputs(layer, numbers["kernel"], factor),
        "bias": bias * factor + shift,
    }
    plan.put(layer, changed(layer, use_bias=True))
    plan.drop(step)
    plan.done.append(f"{_shown(step)} folded into {_shown(layer)} before it")
    return True


def _outputs(layer: Step, kernel: Array) -> int:
    if layer.kind == "DepthwiseConv2D":
        return kernel.shape[2] * kernel.shape[3]
    return kernel.shape[2] if layer.kind == "Conv2DTranspose" else kernel.shape[-1]


def _times_outputs(layer: Step, kernel: Array, factor: Array) -> Array:
    factor = np.broadcast_to(factor, (_outputs(layer, kernel),))
    if layer.kind == "DepthwiseConv2D":
        return kernel * factor.reshape(kernel.shape[2:])
    return kernel * (factor[:, np.newaxis] if layer.kind == "Conv2DTranspose" else factor)


def _fold_forward(plan: Plan, step: Step, factor: Array, shift: Array) -> None:
    """Into the linear layer behind it, past layers that do not care whether it comes before or after them."""
    layer = plan.only_user(step)
    while layer is not None and layer.kind in _PASSED and _may_pass(layer, factor):
        layer = plan.only_user(layer)
    if layer is None or layer.kind not in ("Conv2D", "DepthwiseConv2D", "Dense"):
        return
    padded = layer.settings.get("padding", "valid") != "valid"
    if (padded and np.any(shift != 0)) or layer.settings.get("groups", 1) not in (None, 1):
        return  # what is padded is 0 before the layer, and was not before the step
    plan.numbers[layer.name] = _after(layer, plan.numbers[layer.name], factor, shift)
    plan.put(layer, changed(layer, use_bias=True))
    plan.drop(step)
    plan.done.append(f"{_shown(step)} folded into {_shown(layer)} behind it")


def _may_pass(layer: Step, factor: Array) -> bool:
    return not layer.kind.endswith("MaxPooling2D") or bool(np.all(factor > 0))


def _after(layer: Step, numbers: Numbers, factor: Array, shift: Array) -> Numbers:
    """Weights that do on x what these do on x * factor + shift."""
    kernel = numbers["kernel"]
    inputs = kernel.shape[0] if layer.kind == "Dense" else kernel.shape[2]
    # Behind a Flatten, channels repeat for each pixel.
    factor, shift = (np.resize(values, (inputs,)) for values in (np.atleast_1d(factor), np.atleast_1d(shift)))
    across = (slice(None), np.newaxis)
    added = kernel * shift[across]
    if layer.kind == "DepthwiseConv2D":
        more = added.sum(axis=(0, 1)).ravel()
    else:
        more = added.sum(axis=tuple(range(kernel.ndim - 1)))
    return {"kernel": kernel * factor[across], "bias": numbers.get("bias", 0.0) + more}


def _shown(step: Step) -> str:
    return f"{step.kind} {step.path[0].removesuffix('_0')}"
