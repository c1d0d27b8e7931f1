"""A tower as steps that can be exchanged, each with its own weights."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from converter.convert.reading.graph import parsed
from converter.convert.reading.layers import computed
from converter.convert.reading.net import INPUT, Net, Path, Ref, Step, flattened, resolved
from converter.convert.reading.weights import Workshop

Array = NDArray[np.float64]

Numbers = dict[str, Array]
"""A layer's weights by their names."""


@dataclass(slots=True)
class Plan:
    """Steps in the order of computing; `done` says what was changed."""

    net: Net
    numbers: dict[str, Numbers]  # by the steps' names
    done: list[str] = field(default_factory=list)

    def each(self) -> Iterator[Step]:
        """The steps that there are now, as they are when their turn comes, if they are still there."""
        for name in list(self.net.steps):
            if name in self.net.steps:
                yield self.net.steps[name]

    @property
    def output(self) -> str:
        """The step that gives the embedding."""
        return self.net.outputs[0]

    def only_user(self, step: Step) -> Step | None:
        """The step that alone takes what this one gives, if there is one and it is not the result."""
        users = self.net.users(step.name)
        return users[0] if len(users) == 1 and step.name != self.output else None

    def before(self, step: Step) -> Step | None:
        """The step of which this one takes all that it takes."""
        return self.net.steps[step.inputs[0]] if len(step.inputs) == 1 else None

    def put(self, step: Step, *instead: Step) -> None:
        """Exchanges a step for others, of which the first takes what it took, and the last gives what it gave."""
        steps: dict[str, Step] = {}
        for one in self.each():
            steps |= {new.name: new for new in instead} if one.name == step.name else {one.name: one}
        self._set(steps, {step.name: instead[-1].name})

    def drop(self, step: Step) -> None:
        """Takes out a step that changes nothing."""
        steps = {one.name: one for one in self.each() if one.name != step.name}
        self._set(steps, {step.name: step.inputs[0]})

    def _set(self, steps: dict[str, Step], moved: dict[str, str]) -> None:
        refs = {name: Ref(moved.get(name, name)) for name in self.net.steps}
        refs |= {name: Ref(name) for name in steps if name not in refs}
        rewired = {name: _rewired(step, refs) for name, step in steps.items()}
        self.net = Net(rewired, self.net.inputs, [refs[self.output].step])


def _rewired(step: Step, refs: dict[str, Ref]) -> Step:
    if all(refs[name].step == name for name in step.inputs):
        return step
    return replace(step, arguments=resolved(step.arguments, refs), keywords=resolved(step.keywords, refs))


def changed(step: Step, **settings: Any) -> Step:
    """The step with other settings."""
    return replace(step, settings=step.settings | settings)


def taken_apart(tower: keras.Model) -> Plan:
    """The plan of a tower."""
    kind = "Sequential" if isinstance(tower, keras.Sequential) else "Functional"
    net = flattened(parsed({"class_name": kind, "name": tower.name, "config": tower.get_config()}))
    layers = dict(_layers(tower, ()))
    steps, numbers = {}, {}
    for step in net.steps.values():
        layer = layers.get(step.path)
        trusted = {"function": layer.function} if step.kind == "Lambda" and layer else {}
        steps[step.name] = replace(
            step, path=(step.name.replace("/", "_").replace("@", "_"),), settings=step.settings | trusted
        )
        weights = layer.weights if isinstance(layer, keras.layers.Layer) else []
        numbers[step.name] = {weight.name: np.asarray(weight, np.float64) for weight in weights}
    return Plan(Net(steps, net.inputs, net.outputs), numbers)


def _layers(model: keras.Model, path: Path) -> list[tuple[Path, Any]]:
    found: list[tuple[Path, Any]] = []
    for layer in model.layers:
        place = (*path, layer.name)
        found += _layers(layer, place) if isinstance(layer, keras.Model) else [(place, layer)]
    return found


def pair(value: Any) -> tuple[int, int]:
    """A setting for both axes."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def shapes(plan: Plan, target: str | None = None) -> dict[str, tuple[int, ...]]:
    """Of what each step gives (up to `target`), with a batch of 1."""
    results, entrance = _computed(plan, target or plan.output, 1)
    return {name: tuple(value.shape) for name, value in results.items()} | {entrance: tuple(results[entrance].shape)}


def put_together(plan: Plan, batch_size: int | None) -> keras.Model:
    """The tower of a plan."""
    results, entrance = _computed(plan, plan.output, batch_size)
    return keras.Model(results[entrance], results[plan.output], name="tower")


def _computed(plan: Plan, target: str, batch_size: int | None) -> tuple[dict[str, Any], str]:
    """What each step gives as Keras builds a model, and the name of the input's."""
    (entrance,) = plan.net.inputs
    settings = plan.net.steps[entrance].settings
    shape = settings.get("batch_shape") or settings["batch_input_shape"]
    results: dict[str, Any] = {entrance: keras.Input(batch_shape=(batch_size, *shape[1:]), name="picture")}
    weights = {step.path: plan.numbers.get(step.name, {}) for step in plan.each() if step.kind != INPUT}
    computed(plan.net, target, results, Workshop(weights))
    return results, entrance
