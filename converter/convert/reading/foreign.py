"""Layers that are code of the user's: replaced by what the user says they do, run if the user trusts them."""

import base64
import binascii
import marshal
import math
from dataclasses import replace
from types import CellType, CodeType, FunctionType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from converter.convert.reading.faults import ModelUnclear, ModelUnsupported
from converter.convert.reading.hints import Hints
from converter.convert.reading.layers import is_known, unknown
from converter.convert.reading.net import INPUT, Net, Step

_MEANINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "unit-length": ("UnitNormalization", {"axis": -1}),
    "nothing": ("Identity", {}),
}
_WORLD = {"tf": tf, "keras": keras, "K": keras.ops, "ops": keras.ops, "np": np, "math": math, "layers": keras.layers}


def settled(net: Net, hints: Hints) -> Net:
    """The net with the hints applied to its unknown steps.

    Raises:
        ModelUnsupported: code is trusted, but was written by another Python.
    """
    return replace(net, steps={step.name: _settled(step, net, hints) for step in net.steps.values()})


def _settled(step: Step, net: Net, hints: Hints) -> Step:
    meaning = hints.layers.get(step.path[-1]) or hints.layers.get("/".join(step.path))
    if meaning is None and not is_known(step) and _is_entrance(step, net) and hints.input_range:
        meaning = "nothing"
    if meaning:
        kind, settings = _MEANINGS[meaning]
        return replace(step, kind=kind, module=None, settings=settings)
    if hints.trust_code and step.kind == "Lambda" and _code(step):
        return replace(step, settings=step.settings | {"function": _function(step)})
    return step


def _is_entrance(step: Step, net: Net) -> bool:
    """Right behind the input, nested or not."""
    return all(net.steps[name].kind == INPUT for name in step.inputs) and len(step.inputs) == 1


def check_tower(steps: list[Step], net: Net) -> None:
    """Raises `ModelUnclear` if a layer of the tower is unknown, naming the option that answers what it does."""
    for step in unknown(steps):
        is_code, name = step.kind == "Lambda", step.path[-1]
        what = "code, which is not run" if is_code else "a class of your own, which the file does not hold"
        entrance = "--input-range LOW..HIGH if it scales pixels (to the range that it gives), "
        raise ModelUnclear(
            f"the tower's layer {step.shown} is {what}. Say what it does: {entrance if _is_entrance(step, net) else ''}"
            f"--layer {name}=unit-length if it scales embeddings to length 1, --layer {name}=nothing if it does "
            f"nothing after training{trusting([step])}"
        )


def trusting(steps: list[Step]) -> str:
    """The words of advice that code in the file allows."""
    return ", or --trust-code to run it, if you know where the file comes from" if any(map(_code, steps)) else ""


def _code(step: Step) -> list[Any] | None:
    """Code, defaults and closure of a Lambda; None if the file has but its name."""
    function = step.settings.get("function")
    if isinstance(function, dict) and function.get("class_name") == "__lambda__":
        inner = function["config"]
        return [inner["code"], inner.get("defaults"), inner.get("closure")]
    return function if isinstance(function, list) else None


def _function(step: Step) -> FunctionType:
    parts = _code(step)
    assert parts
    code, defaults, closure = parts
    try:
        # Only with --trust-code: whoever wrote the file decides what happens here.
        loaded = marshal.loads(base64.b64decode(code))  # noqa: S302
    except (ValueError, EOFError, TypeError, binascii.Error) as fault:
        raise ModelUnsupported(
            f"the code of its layer {step.shown} was written by another version of Python and cannot be run by this "
            f"one ({fault}); say what it does instead: --distance for a distance, --layer {step.path[-1]}=… for another"
        ) from fault
    assert isinstance(loaded, CodeType)
    cells = tuple(map(CellType, closure)) if closure else None
    return FunctionType(loaded, dict(_WORLD), step.path[-1], tuple(defaults) if defaults else None, cells)
