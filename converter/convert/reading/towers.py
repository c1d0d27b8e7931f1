"""Which part of a net makes embeddings."""

from dataclasses import dataclass

import keras
import numpy as np

from converter.convert.reading.faults import ModelUnclear, ModelUnsupported
from converter.convert.reading.foreign import check_tower, settled
from converter.convert.reading.graph import Graph
from converter.convert.reading.hints import Hints
from converter.convert.reading.layers import computed
from converter.convert.reading.net import INPUT, Net, Path, flattened
from converter.convert.reading.twin import Twin, split
from converter.convert.reading.weights import Workshop

_PAIR = 2
_VECTOR = 2  # axes of a batch of embeddings
_SURE = 1e-3
_SHRINKS = 0.1

FLAT = "flat_embedding"
"""The layer that makes one vector of what a tower gives, where the tower does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A net and the names of the steps in it that the tower lies between; the twin around it, where there is one."""

    name: str
    net: Net
    entrance: str
    embedding: str
    twin: Twin | None = None


def chosen(graph: Graph, hints: Hints) -> Choice:
    """The tower that the hints name, or the only one that there can be.

    Raises:
        ModelUnclear: several, or none of that name.
    """
    net = settled(flattened(graph), hints)
    if hints.tower and hints.tower != graph.name:
        return _by_name(graph, net, hints)
    if len(net.outputs) > 1:
        raise ModelUnclear(f"it gives {len(net.outputs)} results; {_ask(graph)}")
    if len(net.inputs) == 1:
        if not hints.tower:
            _check_no_classifier(net)
        return Choice(graph.name, net, net.inputs[0], net.outputs[0])
    return _of_twin(graph, net)


def _of_twin(graph: Graph, net: Net) -> Choice:
    if len(net.inputs) != _PAIR:
        raise ModelUnclear(f"it takes {len(net.inputs)} pictures, where a twin takes 2 and a tower 1; {_ask(graph)}")
    try:
        twin = split(net)
    except (ModelUnclear, ModelUnsupported) as fault:
        raise type(fault)(f"{fault}; {_ask(graph)}") from fault
    name = _around(net, twin)
    return Choice(name[-1] if name else graph.name, net, twin.inputs[0], twin.embeddings[0], twin)


def _by_name(graph: Graph, net: Net, hints: Hints) -> Choice:
    wanted = hints.tower
    assert wanted
    places = [(path, inner) for path, inner in graph.nested() if wanted in (path[-1], "/".join(path))]
    if len(places) > 1:
        listed = " or ".join("/".join(path) for path, _ in places)
        raise ModelUnclear(f"{wanted!r} is the name of several models in it; give --tower {listed}")
    if places:
        return _nested(*places[0], net, hints)
    named = [step for step in net.steps.values() if wanted in (step.path[-1], "/".join(step.path))]
    if named and len(net.inputs) == 1:
        return Choice(wanted, net, net.inputs[0], named[-1].name)
    raise ModelUnclear(f"it has no part {wanted!r}; {_ask(graph)}")


def _nested(path: Path, graph: Graph, net: Net, hints: Hints) -> Choice:
    """A nested model; with the head around it, if that takes just what the model gives."""
    own = settled(flattened(graph, path), hints)
    if len(own.inputs) != 1 or len(own.outputs) != 1:
        raise ModelUnclear(f"its model {'/'.join(path)!r} takes {len(own.inputs)} inputs; a tower takes one picture")
    twin = _twin(net)
    if twin and net.steps[twin.embeddings[0]].path == own.steps[own.outputs[0]].path:
        return Choice(path[-1], net, twin.inputs[0], twin.embeddings[0], twin)
    return Choice(path[-1], own, own.inputs[0], own.outputs[0])


def _twin(net: Net) -> Twin | None:
    if len(net.inputs) != _PAIR or len(net.outputs) != 1:
        return None
    try:
        return split(net)
    except (ModelUnclear, ModelUnsupported):
        return None


def _around(net: Net, twin: Twin) -> Path:
    """The path of the nested model that all the tower's layers lie in; empty if there is none."""
    paths = [step.path[:-1] for step in net.before([twin.embeddings[0]], twin.inputs)]
    depth = 0
    while all(len(path) > depth for path in paths) and len({path[depth] for path in paths}) == 1:
        depth += 1
    return paths[0][:depth]


def _check_no_classifier(net: Net) -> None:
    last = net.steps[net.outputs[0]]
    activation = last.settings.get("activation")
    scores = last.kind == "Dense" and (last.settings.get("units") == 1 or activation == "softmax")
    if not scores and last.kind != "Softmax" and not (last.kind == "Activation" and activation == "softmax"):
        return
    inner = [
        step.path[-1] for step in net.steps.values() if step.kind in ("Dense", "Flatten", "GlobalAveragePooling2D")
    ]
    fitting = [name for name in inner if name != last.path[-1]]
    advice = f"--tower {fitting[-1]}" if fitting else "--tower NAME"
    raise ModelUnclear(
        f"it takes one picture and ends in {last.shown}, as a classifier does; if it holds a tower, give the layer "
        f"whose result is the embedding: {advice}"
    )


def _ask(graph: Graph) -> str:
    models = ["/".join(path) for path, _ in graph.nested()]
    if not models:
        return "it has no model inside; save the part that makes embeddings alone, and convert that"
    return f"say which of the models inside makes embeddings: --tower {' or '.join(models)}"


def build(choice: Choice, workshop: Workshop) -> keras.Model:
    """The tower as a Keras model of one input and one vector, its weights in it.

    Raises:
        ModelUnclear, ModelUnsupported, ModelUnreadable: a layer cannot be built or filled.
    """
    net = choice.net
    between = net.before([choice.embedding], [choice.entrance])
    check_tower([step for step in between if step.kind != INPUT], net)
    picture = keras.Input(_shape(net, choice.entrance), name="picture")
    result = computed(net, choice.embedding, {choice.entrance: picture}, workshop)
    if len(result.shape) > _VECTOR:
        result = keras.layers.Flatten(name=FLAT)(result)
    if len(result.shape) != _VECTOR or result.shape[-1] is None:
        raise ModelUnclear(f"its tower {choice.name!r} gives {tuple(result.shape)}, where an embedding is one vector")
    return keras.Model(picture, result, name="tower")


def _shape(net: Net, entrance: str) -> tuple[int | None, ...]:
    settings = net.steps[entrance].settings
    shape = settings.get("batch_shape") or settings.get("batch_input_shape")
    if not shape or len(shape) != 4:  # noqa: PLR2004 - batch, height, width, channels
        raise ModelUnsupported(f"its tower takes {shape}, where pictures are (None, height, width, channels)")
    return tuple(shape[1:])


def has_unit_length(tower: keras.Model) -> bool:
    """Whether its embeddings have length 1, tried on noise."""
    if None in tower.input_shape[1:]:
        return False
    noise = np.random.default_rng(0).random((2, *tower.input_shape[1:]), np.float32)
    lengths = np.linalg.norm(tower.predict_on_batch(noise), axis=1)
    return bool(np.abs(lengths - 1).max() < _SURE)


def scales_pixels(tower: keras.Model) -> bool:
    """Whether it takes pixels of 0..255: its first layer that scales shrinks them, or takes off a mean of that size."""
    for layer in tower.layers:
        if isinstance(layer, keras.layers.Rescaling):
            return float(np.max(np.abs(layer.scale))) < _SHRINKS
        if isinstance(layer, keras.layers.Normalization):
            return float(np.max(np.abs(layer.mean))) > 1 / _SHRINKS
    return False


def embedding_shape(tower: keras.Model) -> tuple[int, ...]:
    """Of what the trained tower gave, without the batch, before it was made one vector."""
    flat = tower.layers[-1].name == FLAT
    return tuple((tower.layers[-2].output.shape if flat else tower.output_shape)[1:])
