"""A model without nesting: steps in the order of computing. The same layer used twice is two steps of one path."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from converter.convert.reading.faults import ModelUnreadable, ModelUnsupported
from converter.convert.reading.graph import Call, Graph, Tensor, mapped, tensors_in

Path = tuple[str, ...]
"""A layer's place: the names of the models around it, and its own."""

INPUT = "InputLayer"


@dataclass(frozen=True, slots=True)
class Ref:
    """What a step gives."""

    step: str


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One use of a layer or operation; arguments hold `Ref`s among constants."""

    name: str
    path: Path
    kind: str
    module: str | None
    settings: dict[str, Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]

    @property
    def inputs(self) -> list[str]:
        """The steps whose results it takes."""
        return [ref.step for ref in refs_in((self.arguments, self.keywords))]

    @property
    def shown(self) -> str:
        """For people."""
        return f"{'/'.join(self.path)!r} ({self.kind})"


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """Steps by name, each after those that it needs."""

    steps: dict[str, Step]
    inputs: list[str]
    outputs: list[str]

    def before(self, targets: Collection[str], stops: Collection[str] = ()) -> list[Step]:
        """What is needed to compute `targets` once `stops` are known: neither these nor what only they need."""
        needed, waiting = set[str](), [name for name in targets if name not in stops]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += [source for source in self.steps[name].inputs if source not in stops]
        return [step for step in self.steps.values() if step.name in needed]

    def users(self, name: str) -> list[Step]:
        """The steps that take what this one gives."""
        return [step for step in self.steps.values() if name in step.inputs]


def flattened(graph: Graph, path: Path = ()) -> Net:
    """The graph with its nested models laid open; `path` is its own place where it is nested itself.

    Raises:
        ModelUnreadable: a call takes what no layer gives.
    """
    steps: dict[str, Step] = {}
    outputs = _laid_open(graph, path, None, steps)
    inputs = [f"{'/'.join((*path, tensor.layer))}@0" for tensor in graph.inputs]
    return Net(steps, inputs, outputs)


def _laid_open(graph: Graph, path: Path, given: Sequence[Ref] | None, steps: dict[str, Step]) -> list[str]:
    """Adds the graph's steps; names of its outputs. `given` is what a nested model is called on."""
    known: dict[Tensor, Ref] = dict(zip(graph.inputs, given or (), strict=False))
    pending = [call for call in graph.calls if Tensor(call.layer, call.number, 0) not in known]
    while pending:
        ready = [call for call in pending if all(tensor in known for tensor in _needed(call))]
        if not ready:
            raise ModelUnreadable(f"its layer {pending[0].layer!r} is called on something that no layer gives")
        for call in ready:
            results = _call(graph, call, path, known, steps)
            known |= {Tensor(call.layer, call.number, index): Ref(name) for index, name in enumerate(results)}
        done = {id(call) for call in ready}
        pending = [call for call in pending if id(call) not in done]
    missing = [tensor for tensor in graph.outputs if tensor not in known]
    if missing:
        raise ModelUnsupported(f"its layer {missing[0].layer!r} gives several results, which towers do not")
    return [known[tensor].step for tensor in graph.outputs]


def _needed(call: Call) -> Iterator[Tensor]:
    yield from tensors_in((call.arguments, call.keywords))


def _call(graph: Graph, call: Call, path: Path, known: dict[Tensor, Ref], steps: dict[str, Step]) -> list[str]:
    layer = graph.layers[call.layer]
    arguments, keywords = mapped((call.arguments, call.keywords), known.__getitem__)
    place = (*path, layer.name)
    if layer.graph:
        return _laid_open(layer.graph, place, list(refs_in((arguments, keywords))), steps)
    name = _free("/".join(place), steps)
    steps[name] = Step(name, place, layer.kind, layer.module, layer.settings, arguments, keywords)
    return [name]


def _free(name: str, steps: dict[str, Step]) -> str:
    number = 0
    while f"{name}@{number}" in steps:
        number += 1
    return f"{name}@{number}"


def refs_in(value: Any) -> Iterator[Ref]:
    """All `Ref`s in nested lists, tuples and dictionaries."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, dict):
        yield from refs_in(list(value.values()))


def resolved(value: Any, results: dict[str, Any]) -> Any:
    """The same structure with each `Ref` replaced by that step's entry."""
    if isinstance(value, Ref):
        return results[value.step]
    if isinstance(value, (list, tuple)):
        return type(value)(resolved(item, results) for item in value)
    if isinstance(value, dict):
        return {key: resolved(item, results) for key, item in value.items()}
    return value
