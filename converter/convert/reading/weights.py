"""A model's numbers, found by the layers' paths, and how they are laid into layers."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from converter.convert.reading.faults import ModelUnreadable, ModelUnsafe
from converter.convert.reading.layers import Value, built
from converter.convert.reading.net import Path, Step

Variables = Mapping[str, NDArray[Any]]
"""A layer's numbers by their names, or by "0", "1", … in Keras's order."""

Weights = Mapping[Path, Variables]
"""The numbers of all layers that have any."""

MOST_BYTES = 4 << 30
"""No model for a small terminal is near this size; a file that claims it is made to fill the memory."""

_RENAMED = {"kernel": "depthwise_kernel"}  # of DepthwiseConv2D, in Keras 2


class Workshop:
    """Makes each layer once, with its numbers in it, however often it is used."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._made: dict[Path, Callable[..., Value]] = {}

    def __call__(self, step: Step) -> Callable[..., Value]:
        """What computes the step.

        Raises:
            ModelUnsupported: as `layers.built`.
        """
        if step.path not in self._made:
            self._made[step.path] = self._filled(step)
        return self._made[step.path]

    def _filled(self, step: Step) -> Callable[..., Value]:
        variables = self._weights.get(step.path, {})
        if step.kind == "Normalization" and variables:
            return _normalization(step, variables)
        layer = built(step)
        if not isinstance(layer, keras.layers.Layer):
            return layer
        done = False

        def call(*arguments: Any, **keywords: Any) -> Value:
            nonlocal done
            if done:
                return layer(*arguments, **keywords)
            result = layer(*arguments, **keywords)  # only now the layer knows the shapes of its weights
            fill(step, layer, variables)
            done = True
            return result if isinstance(result, keras.KerasTensor) else layer(*arguments, **keywords)

        return call


def fill(step: Step, layer: keras.layers.Layer, variables: Variables) -> None:
    """Lays numbers into a layer.

    Raises:
        ModelUnreadable: there are none, or of other shapes.
    """
    wanted = [variable for variable in layer.weights if variable.dtype.startswith("float")]
    found = [_variable(variables, variable.name, number) for number, variable in enumerate(wanted)]
    for variable, values in zip(wanted, found, strict=True):
        shape = "none" if values is None else values.shape
        if values is None or tuple(values.shape) != tuple(variable.shape):
            raise ModelUnreadable(
                f"its layer {step.shown} wants {tuple(variable.shape)} numbers as {variable.name}; the file has {shape}"
            )
        variable.assign(values.astype(np.float32))


def named(variables: Variables, *names: str) -> list[NDArray[Any]]:
    """A layer's numbers in the order of `names`, which is Keras's own.

    Raises:
        ModelUnreadable: one is missing.
    """
    found = [_variable(variables, name, number) for number, name in enumerate(names)]
    missing = [name for name, values in zip(names, found, strict=True) if values is None]
    if missing:
        raise ModelUnreadable(f"the file has no {' and no '.join(missing)} of a layer of the twin's head")
    return [np.asarray(values, np.float64) for values in found]


def _variable(variables: Variables, name: str, number: int) -> NDArray[Any] | None:
    for key in (name, _RENAMED.get(name, name), str(number)):
        if key in variables:
            return variables[key]
    return None


def _normalization(step: Step, variables: Variables) -> Callable[..., Value]:
    """Its numbers are settings in Keras 3, for otherwise they count only once it was adapted."""
    mean, variance = (_variable(variables, name, number) for number, name in enumerate(("mean", "variance")))
    if mean is None or variance is None:
        raise ModelUnreadable(f"its layer {step.shown} has no mean and variance in the file")
    axis = step.settings.get("axis", -1)
    settings = {"mean": mean.ravel(), "variance": variance.ravel(), "name": step.path[-1]}
    layer: Callable[..., Value] = keras.layers.Normalization(axis=axis, **settings)
    return layer


def check_size(count: int, what: str) -> None:
    """Before numbers are read.

    Raises:
        ModelUnsafe.
    """
    if count > MOST_BYTES:
        raise ModelUnsafe(f"{what} would take {count / 1e9:.1f} GB; allowed are {MOST_BYTES / 1e9:.1f} GB")
