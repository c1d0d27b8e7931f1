"""Keras 3 layers from the settings that any Keras wrote. Only Keras's own classes: one of the user's is code."""

from collections.abc import Callable
from typing import Any

import keras

from converter.convert.reading.faults import ModelUnsupported
from converter.convert.reading.net import INPUT, Net, Step, resolved
from converter.convert.reading.operations import as_scaling, operation

Value = Any
"""A tensor, an array, or what Keras has in their place while a model is built."""

_LEFT_OUT = (
    "batch_input_shape",
    "batch_shape",
    "dtype",  # everything is computed in float32
    "trainable",
    "implementation",
    "quantization_config",
    "autocast",
    "fused",
    "seed_generator",
    "synchronized",
    "input_dim",
    "input_length",
    "experimental_autocast",
)
_OF_TRAINING = ("_initializer", "_regularizer", "_constraint")
_RENORMALIZES = ("renorm", "renorm_clipping", "renorm_momentum", "virtual_batch_size", "adjustment")
_ALIASES = {"BatchNormalizationV1": "BatchNormalization", "SyncBatchNormalization": "BatchNormalization"}
_RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}
_ACTIVATIONS = (
    *("elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_swish", "leaky_relu", "linear", "mish", "relu"),
    *("relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh"),
)
_OF_CODE = ("Lambda", "Layer", "Wrapper", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer")
_WITH_PARTS = ("Attention", "Bidirectional", "GRU", "LSTM", "RNN", "SpectralNormalization", "TimeDistributed")


def is_known(step: Step) -> bool:
    """Whether the step can be computed here: an operation or layer of Keras, not one of the user's own."""
    trusted = callable(step.settings.get("function"))
    return trusted or step.kind == INPUT or operation(step) is not None or _class(step) is not None


def unknown(steps: list[Step]) -> list[Step]:
    """Those that are code of the user's, or parts of Keras that towers do not have."""
    return [step for step in steps if not is_known(step)]


def built(step: Step) -> Callable[..., Value]:
    """What computes the step.

    Raises:
        ModelUnsupported: an unknown layer, setting or activation.
    """
    if callable(step.settings.get("function")):  # code that the user trusts
        return _trusted(step)
    scaling = as_scaling(step)
    if scaling:
        return _scaled(keras.layers.Rescaling(*scaling))
    function = operation(step)
    if function:
        return function
    kind = _class(step)
    if kind is None:
        raise ModelUnsupported(f"its layer {step.shown} is none of Keras's that towers are made of")
    try:
        layer: Callable[..., Value] = kind(**_settings(step))
    except (TypeError, ValueError) as fault:
        raise ModelUnsupported(f"its layer {step.shown} has settings that Keras 3 does not know: {fault}") from fault
    return layer


def _trusted(step: Step) -> Callable[..., Value]:
    layer = keras.layers.Lambda(step.settings["function"], arguments=step.settings.get("arguments"))

    def call(*arguments: Any, **keywords: Any) -> Value:
        try:
            return layer(*arguments, **keywords)
        except Exception as fault:
            raise ModelUnsupported(
                f"the code of its layer {step.shown} fails, perhaps for want of what stood around it where it was "
                f"written ({_first_fault(fault)}); say what it does instead: --distance for a distance, --layer "
                f"{step.path[-1]}=… for another"
            ) from fault

    return call


def _first_fault(fault: BaseException) -> str:
    """What went wrong in the code, which Keras buries under faults of its own."""
    while fault.__context__ is not None:
        fault = fault.__context__
    return f"{type(fault).__name__}: {fault}"


def _scaled(layer: Callable[[Value], Value]) -> Callable[..., Value]:
    """Operands come in any order, by any name; one of them is a tensor."""

    def call(*arguments: Any, **keywords: Any) -> Value:
        operands = [value for value in (*arguments, *keywords.values()) if hasattr(value, "shape")]
        return layer(operands[0])

    return call


def _class(step: Step) -> Any:
    module = step.module or "keras"
    ours = module.split(".")[0] in ("keras", "tensorflow", "tf_keras")
    if not ours or step.kind in _OF_CODE or any(part in step.kind for part in _WITH_PARTS):
        return None
    found = getattr(keras.layers, _ALIASES.get(step.kind, step.kind), None)
    return found if isinstance(found, type) and issubclass(found, keras.layers.Layer) else None


def _settings(step: Step) -> dict[str, Any]:
    kept = {}
    for key, value in step.settings.items():
        if key in _LEFT_OUT or key.endswith(_OF_TRAINING) or _is_idle(step.kind, key, value):
            continue
        kept[_RENAMED.get((step.kind, key), key)] = _activation(step, value) if key == "activation" else value
    if "BatchNormalization" in step.kind and isinstance(kept.get("axis"), list):
        (kept["axis"],) = kept["axis"]
    return kept | {"name": step.path[-1].replace("/", "_"), "dtype": "float32"}


def _is_idle(kind: str, key: str, value: Any) -> bool:
    """Settings of Keras 2 that Keras 3 no longer has, at values where they change nothing."""
    if "BatchNormalization" in kind and key in _RENORMALIZES:
        return not value
    return kind == "DepthwiseConv2D" and key in ("groups", "filters", "kernel_initializer")


def _activation(step: Step, value: Any) -> Any:
    if isinstance(value, dict):  # a function by its name, or a layer in the place of one
        inner = value.get("config")
        if isinstance(inner, dict) and hasattr(keras.layers, value["class_name"]):
            name = inner.get("name", value["class_name"].lower())
            return built(Step(name, (name,), value["class_name"], value.get("module"), inner, (), {}))
        value = inner
    if value is None or value in _ACTIVATIONS:
        return value
    raise ModelUnsupported(f"its layer {step.shown} has the activation {value!r}; known are {', '.join(_ACTIVATIONS)}")


def computed(net: Net, target: str, results: dict[str, Value], made: Callable[[Step], Callable[..., Value]]) -> Value:
    """What `target` gives, from the `results` that are there; those of steps on the way are added to them."""
    for step in net.before([target], results):
        if step.kind == INPUT:
            raise ModelUnsupported(f"its input {step.shown} has no part in what was found")
        results[step.name] = made(step)(*resolved(step.arguments, results), **resolved(step.keywords, results))
    return results[target]
