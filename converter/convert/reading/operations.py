"""Functions that models call outside of layers: TensorFlow's in files of Keras 2, Keras's own in files of Keras 3."""

from collections.abc import Callable
from typing import Any

from keras import layers, ops

from converter.convert.reading.net import Step, refs_in

_UNIT = 1e-12
_TWO = 2  # operands
_AXES = {
    **{"reduction_indices": "axis", "keep_dims": "keepdims", "slice_spec": "key"},
    **dict.fromkeys(("input", "a", "tensor", "value"), "x"),
}
_ABOUT_TYPES = {"dtype", "name", "data_format"}


def _unit_length(x: Any, axis: Any = None, epsilon: float = _UNIT) -> Any:
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(squares, epsilon))


def _normalize(x: Any, axis: Any = -1, order: float = 2, epsilon: float | None = None) -> Any:
    return ops.normalize(x, axis=axis, order=order, epsilon=epsilon)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002 - TensorFlow's word
    return ops.norm(x, ord=None if ord == "euclidean" else ord, axis=axis, keepdims=keepdims)


def _squared_difference(x: Any, y: Any) -> Any:
    return ops.square(ops.subtract(x, y))


def _reversed(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: function(y, x)


def _item(x: Any, key: Any) -> Any:
    return x[_index(key)]


def _index(key: Any) -> Any:
    if isinstance(key, dict):  # a slice, as Keras 2 and 3 write it
        parts = key.get("config", key)
        return slice(*parts) if isinstance(parts, list) else slice(*(parts[part] for part in ("start", "stop", "step")))
    return tuple(map(_index, key)) if isinstance(key, (list, tuple)) else key


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": ops.abs,
    "absolute": ops.abs,
    "add": ops.add,
    "sub": ops.subtract,
    "subtract": ops.subtract,
    "mul": ops.multiply,
    "multiply": ops.multiply,
    "divide": ops.divide,
    "truediv": ops.divide,
    "true_divide": ops.divide,
    "pow": ops.power,
    "power": ops.power,
    "square": ops.square,
    "squared_difference": _squared_difference,
    "sqrt": ops.sqrt,
    "rsqrt": ops.rsqrt,
    "exp": ops.exp,
    "neg": ops.negative,
    "negative": ops.negative,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "clip": ops.clip,
    "clip_by_value": ops.clip,
    "reduce_sum": ops.sum,
    "sum": ops.sum,
    "reduce_mean": ops.mean,
    "mean": ops.mean,
    "reduce_max": ops.max,
    "max": ops.max,
    "l2_normalize": _unit_length,
    "normalize": _normalize,
    "norm": _norm,
    "expand_dims": ops.expand_dims,
    "squeeze": ops.squeeze,
    "reshape": ops.reshape,
    "concat": ops.concatenate,
    "concatenate": ops.concatenate,
    "cast": lambda x: x,  # everything is computed in float32
    "identity": lambda x: x,
    "convert_to_tensor": lambda x: x,
    "getitem": _item,
    "get_item": _item,
    "relu": ops.relu,
    "relu6": ops.relu6,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softmax": ops.softmax,
    "gelu": ops.gelu,
    "silu": ops.silu,
    "swish": ops.silu,
}
_MERGING = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
_OF_KERAS2 = ("TFOpLambda", "SlicingOpLambda", "ClassMethod")


def operation(step: Step) -> Callable[..., Any] | None:
    """What computes the step; None if it is no operation that is known here."""
    name = _name(step)
    return _configured(name, step) if name else None


def _name(step: Step) -> str | None:
    if step.kind in _OF_KERAS2:
        name = str(step.settings["function"]).rsplit(".", 1)[-1].strip("_").lower()
    elif _is_keras3(step):
        name = step.kind.lower() if step.kind.lower() in _FUNCTIONS else _snake(step.kind)
    else:
        return None
    return name if name.removeprefix("r") in _FUNCTIONS or name in _FUNCTIONS else None


def _is_keras3(step: Step) -> bool:
    """In .h5 files nothing but its use tells the operation `Subtract` from the layer: the layer takes a list."""
    if step.module:
        return "ops" in step.module.split(".")
    if step.kind in _MERGING:
        return bool(step.arguments) and not isinstance(step.arguments[0], list)
    return not hasattr(layers, step.kind) or "newshape" in step.settings


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _configured(name: str, step: Step) -> Callable[..., Any]:
    function = _FUNCTIONS.get(name) or _reversed(_FUNCTIONS[name.removeprefix("r")])
    settings = {key: value for key, value in step.settings.items() if key not in ("function", "trainable")}
    fixed = {} if step.kind in _OF_KERAS2 else _known(settings)

    def call(*arguments: Any, **keywords: Any) -> Any:
        keywords = fixed | _known(keywords)
        if name in ("cast", "convert_to_tensor"):
            return arguments[0] if not isinstance(arguments[0], list) else ops.stack(arguments[0])
        arguments, keywords = _as_positions(arguments, keywords)
        return function(*arguments, **keywords)

    return call


def _known(keywords: dict[str, Any]) -> dict[str, Any]:
    return {_AXES.get(key, key): value for key, value in keywords.items() if key not in _ABOUT_TYPES}


def _as_positions(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Operands by position: TensorFlow and Keras name them differently (x, y; x1, x2)."""
    rest = dict(keywords)
    operands = [rest.pop(key) for key in ("x", "x1", "y", "x2") if key in rest]
    return (*arguments, *operands), rest


def as_scaling(step: Step) -> tuple[float, float] | None:
    """Scale and offset of an operation that only multiplies by a number or adds one; None for any other."""
    name = _name(step)
    operands = [*step.arguments, *(step.keywords[key] for key in ("x", "x1", "y", "x2") if key in step.keywords)]
    if name is None or len(operands) != _TWO or len(list(refs_in(operands))) != 1:
        return None
    constant_first = isinstance(operands[0], (int, float))
    number = operands[0] if constant_first else operands[1]
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if name.startswith("r") and name != "rsqrt":
        name, constant_first = name.removeprefix("r"), not constant_first
    return _affine(name, float(number), constant_first=constant_first)


def _affine(name: str, number: float, *, constant_first: bool) -> tuple[float, float] | None:
    match name:
        case "add":
            return 1.0, number
        case "sub" | "subtract":
            return (-1.0, number) if constant_first else (1.0, -number)
        case "mul" | "multiply":
            return number, 0.0
        case "divide" | "truediv" | "true_divide" if not constant_first and number:
            return 1 / number, 0.0
    return None
