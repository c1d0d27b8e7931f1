"""Where the two branches of a twin end, and what joins them."""

from dataclasses import dataclass

from converter.convert.reading.faults import ModelUnclear, ModelUnsupported
from converter.convert.reading.net import INPUT, Net, Step


@dataclass(frozen=True, slots=True)
class Twin:
    """Names of steps: each branch's input and embedding, and what the head gives."""

    inputs: tuple[str, str]
    embeddings: tuple[str, str]
    output: str


def split(net: Net) -> Twin:
    """Cuts a net of two inputs behind its towers.

    Raises:
        ModelUnclear: the branches do not share their layers.
        ModelUnsupported: the pictures meet before any layer, or never.
    """
    first, second = net.inputs
    output = net.outputs[0]
    sources = _sources(net)
    if sources[output] != {first, second}:
        raise ModelUnsupported("its two inputs never meet: no head compares the two embeddings")
    embeddings = (_cut(net, sources, first), _cut(net, sources, second))
    branches = [net.before([end], net.inputs) for end in embeddings]
    if not all(branches):
        raise ModelUnsupported("its two pictures are joined before any layer of a tower: there is no embedding")
    paths = [[step.path for step in branch if step.kind != INPUT] for branch in branches]
    if paths[0] != paths[1]:
        raise ModelUnclear(
            f"its two branches have layers of their own: the first ends in {_end(net, embeddings[0])}, the second in "
            f"{_end(net, embeddings[1])}"
        )
    return Twin((first, second), embeddings, output)


def _sources(net: Net) -> dict[str, set[str]]:
    """The inputs on which each step depends."""
    sources: dict[str, set[str]] = {}
    for step in net.steps.values():
        reached = set[str]().union(*(sources[name] for name in step.inputs))
        sources[step.name] = reached | ({step.name} if step.name in net.inputs else set())
    return sources


def _cut(net: Net, sources: dict[str, set[str]], entrance: str) -> str:
    """The last step that all that the head takes of this branch goes through."""
    needed = {step.name for step in net.before(net.outputs)}
    mixed = [net.steps[name] for name in needed if len(sources[name]) > 1]
    taken = {name for step in mixed for name in step.inputs if sources[name] == {entrance}}
    branch = [step for step in net.before(taken) if sources[step.name] == {entrance}]
    for step in reversed(branch):
        if all(_goes_through(net, name, step.name, entrance) for name in taken):
            return step.name
    return entrance


def _goes_through(net: Net, name: str, gate: str, entrance: str) -> bool:
    return name == gate or entrance not in {step.name for step in net.before([name], [gate])}


def _end(net: Net, name: str) -> str:
    step: Step = net.steps[name]
    return step.shown
