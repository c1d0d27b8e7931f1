"""A model's config, of any Keras, as a graph of layers and their calls; nested models keep their own graphs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from converter.convert.reading.faults import ModelUnreadable, ModelUnsupported

Config = dict[str, Any]

_WRAPPED = ("__tuple__", "TensorShape", "ListWrapper", "__tensor__", "__numpy__")
_REF = 3  # a layer's name, the number of its call, the number of its output
_NO_DATA = {"mask", "training", "name"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a call of a layer gives."""

    layer: str
    call: int
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A layer used on something; arguments hold `Tensor`s among constants."""

    layer: str
    number: int
    arguments: tuple[Any, ...]
    keywords: Config


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer and its settings; a nested model has a graph."""

    name: str
    kind: str  # its class
    module: str | None  # where the class lives, if the file says so
    settings: Config
    graph: "Graph | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model: its layers in the file's order, and how they are called."""

    name: str
    layers: dict[str, Layer]
    calls: list[Call]
    inputs: list[Tensor]
    outputs: list[Tensor]

    def nested(self) -> Iterator[tuple[tuple[str, ...], "Graph"]]:
        """All models in this one, at any depth, with their paths."""
        for layer in self.layers.values():
            if layer.graph:
                yield (layer.name,), layer.graph
                for path, graph in layer.graph.nested():
                    yield (layer.name, *path), graph


def parsed(config: Config) -> Graph:
    """The graph of a serialized model.

    Raises:
        ModelUnsupported: a model whose structure is code of the user's.
        ModelUnreadable: the config makes no sense.
    """
    try:
        return _graph(_plain(config))
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as fault:
        raise ModelUnreadable(f"its config is not one that Keras writes: {type(fault).__name__} {fault}") from fault


def is_model(config: Any) -> bool:
    """Whether a layer's config is that of a whole model."""
    if not isinstance(config, dict):
        return False
    inner = config.get("config")
    return config.get("class_name") == "Sequential" or (isinstance(inner, dict) and "input_layers" in inner)


def _plain(value: Any) -> Any:
    """Without the wrappings of tuples, shapes and arrays."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in _WRAPPED:
        return _plain(value["items"] if "items" in value else value["config"]["value"])
    return {key: _plain(item) for key, item in value.items()}


def _graph(config: Config) -> Graph:
    if not is_model(config):
        raise ModelUnsupported(
            f"its class {config['class_name']!r} is code of your own, which the file does not hold; open it once "
            "more where you trained it, and save the part that makes embeddings: embedding.save('tower.keras')"
        )
    return _sequential(config) if config["class_name"] == "Sequential" else _functional(config["config"])


def _functional(config: Config) -> Graph:
    layers = {layer.name: layer for layer in map(_layer, config["layers"])}
    calls = []
    for one in config["layers"]:
        name = _name(one)
        nodes = one.get("inbound_nodes") or ([[]] if layers[name].kind == "InputLayer" else [])
        calls += [_call(name, number, node, layers) for number, node in enumerate(nodes)]
    ends = [list(_ends(config[key])) for key in ("input_layers", "output_layers")]
    return _renumbered(Graph(config["name"], layers, calls, *ends))


def _sequential(config: Config) -> Graph:
    inner = config["config"]
    listed = inner if isinstance(inner, list) else inner["layers"]
    layers = [_layer(one) for one in listed]
    if layers[0].kind != "InputLayer":
        shape = layers[0].settings.get("batch_input_shape") or inner.get("build_input_shape")
        if layers[0].graph and not shape:
            shape = _input_shape(layers[0].graph)
        layers.insert(0, Layer("input", "InputLayer", "keras.layers", {"batch_shape": shape}))
    tensors = [Tensor(layer.name, 0, 0) for layer in layers]
    calls = [Call(layers[0].name, 0, (), {})]
    calls += [Call(layer.name, 0, (before,), {}) for layer, before in zip(layers[1:], tensors, strict=False)]
    name = config.get("name") or (inner.get("name") if isinstance(inner, dict) else None) or "sequential"
    return Graph(name, {layer.name: layer for layer in layers}, calls, tensors[:1], tensors[-1:])


def _input_shape(graph: Graph) -> Any:
    settings = graph.layers[graph.inputs[0].layer].settings
    return settings.get("batch_shape") or settings.get("batch_input_shape")


def _layer(config: Config) -> Layer:
    if is_model(config):
        graph = replace(_graph(config), name=_name(config))
        return Layer(_name(config), config["class_name"], None, {}, graph)
    kind = config["class_name"].rsplit(">", 1)[-1]
    return Layer(_name(config), kind, config.get("module"), dict(config["config"]))


def _name(config: Config) -> str:
    inner = config["config"]
    return str(config.get("name") or inner["name"])


def _call(layer: str, number: int, node: Any, layers: dict[str, Layer]) -> Call:
    if isinstance(node, dict) and "args" in node:  # Keras 3
        arguments, keywords = _tensors3(node["args"]), _tensors3(node["kwargs"])
    elif not node:
        arguments, keywords = [], {}
    elif isinstance(node[0], str):  # Keras 2: an operation
        arguments, keywords = [_tensors2(node[:_REF], layers)], node[3]
    else:
        inputs = [_tensors2(item[:_REF] if _is_ref(item[:_REF]) else item, layers) for item in node]
        arguments = inputs if len(inputs) == 1 else [inputs]
        keywords = {key: value for item in node if len(item) > _REF for key, value in item[3].items()}
    keywords = {key: _tensors2(value, layers) for key, value in keywords.items() if key not in _NO_DATA}
    return Call(layer, number, tuple(arguments), keywords)


def _is_ref(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == _REF
        and isinstance(value[0], str)
        and all(isinstance(number, int) for number in value[1:])
    )


def _tensors2(value: Any, layers: dict[str, Layer]) -> Any:
    """Keras 2 writes a tensor as a list: name, call, output; and a constant among them as the third of such a list."""
    if isinstance(value, list):
        if len(value) >= _REF and value[0] == "_CONSTANT_VALUE":
            return value[2]
        if _is_ref(value) and value[0] in layers:
            return Tensor(*value)
        return [_tensors2(item, layers) for item in value]
    if isinstance(value, dict):
        return {key: _tensors2(item, layers) for key, item in value.items()}
    return value


def _tensors3(value: Any) -> Any:
    if isinstance(value, list):
        return [_tensors3(item) for item in value]
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return Tensor(*value["config"]["keras_history"])
        return {key: _tensors3(item) for key, item in value.items()}
    return value


def _ends(value: Any) -> Iterator[Tensor]:
    if _is_ref(value):
        yield Tensor(*value)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _ends(item)


def _renumbered(graph: Graph) -> Graph:
    """With calls that count from 0; Keras 2 counts those of nested models from 1."""
    used = [tensor for call in graph.calls for tensor in tensors_in((call.arguments, call.keywords))]
    first: dict[str, int] = {}
    for tensor in [*used, *graph.outputs]:
        first[tensor.layer] = min(first.get(tensor.layer, tensor.call), tensor.call)

    def moved(value: Any) -> Any:
        return mapped(value, lambda tensor: replace(tensor, call=tensor.call - first.get(tensor.layer, 0)))

    calls = [replace(call, arguments=moved(call.arguments), keywords=moved(call.keywords)) for call in graph.calls]
    return replace(graph, calls=calls, outputs=moved(graph.outputs))


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in nested lists, tuples and dictionaries."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def mapped(value: Any, change: Any) -> Any:
    """The same structure with each tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(item, change) for item in value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    return value
