"""SavedModel folders of Keras 2, and checkpoints: numbers hang on a graph of objects, found by walking it."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path as File
from typing import Any

import tensorflow as tf
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tensorflow.core.protobuf import saved_model_pb2, trackable_object_graph_pb2

from converter.convert.reading.faults import ModelUnreadable, ModelUnsupported
from converter.convert.reading.graph import Config, Graph
from converter.convert.reading.net import Path
from converter.convert.reading.opened import Opened
from converter.convert.reading.weights import Variables, Weights, check_size

MODEL, METADATA = "saved_model.pb", "keras_metadata.pb"

_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
_BYTES, _NODES, _PATH, _JSON = 2, 1, 3, 5  # protobuf: a wire type, and fields of Keras 2's SavedMetadata


def opened(folder: File) -> Opened:
    """A SavedModel folder with what Keras 2 left in it.

    Raises:
        ModelUnreadable: no SavedModel, or a damaged one.
        ModelUnsupported: it was exported for serving; layers can no longer be told in it.
    """
    if not (folder / MODEL).is_file():
        raise ModelUnreadable(f"{folder}: a folder without {MODEL}: no SavedModel")
    try:
        check_size((folder / MODEL).stat().st_size, f"{folder / MODEL}")
        saved = saved_model_pb2.SavedModel.FromString((folder / MODEL).read_bytes())
        config, version = _config(folder, saved)
    except (DecodeError, ValueError, IndexError) as fault:
        raise ModelUnreadable(f"{folder}: a damaged SavedModel: {fault}") from fault
    if config is None:
        raise ModelUnsupported(
            f"{folder}: exported for serving: it holds operations, and no layers that could be quantized with care. "
            "Save the model itself where you trained it (model.save('twin.keras')) and convert that; or convert its "
            "tower alone by tf.lite.TFLiteConverter.from_saved_model, and give the .tflite file here"
        )
    return _opened("a SavedModel folder", version, config, folder / "variables" / "variables")


def checkpoint(index: File) -> Opened:
    """A checkpoint by its file `….index`."""
    return _opened("a TensorFlow checkpoint", None, None, index.with_suffix(""))


def _opened(name: str, version: str | None, config: Config | None, prefix: File) -> Opened:
    def weights(graph: Graph) -> Weights:
        reader = _Reader(prefix)
        return dict(_walked(reader, 0, graph, ()))

    return Opened(name, version, config, weights, partial(_parts, prefix), partial(_columns, prefix))


def _config(folder: File, saved: Any) -> tuple[Config | None, str | None]:
    """Keras 2.5 and later write a file of their own; those before it, into the SavedModel."""
    tensorflow = saved.meta_graphs[0].meta_info_def.tensorflow_version
    version = f"2 (TensorFlow {tensorflow})" if tensorflow else None
    text = ""
    if (folder / METADATA).is_file():
        nodes = [dict(_fields(node)) for field, node in _fields((folder / METADATA).read_bytes()) if field == _NODES]
        text = next((node[_JSON].decode() for node in nodes if node.get(_PATH) == b"root"), "")
    else:
        root = saved.meta_graphs[0].object_graph_def.nodes[0]
        text = root.user_object.metadata if root.WhichOneof("kind") == "user_object" else ""
    metadata = json.loads(text) if text else {}
    return (metadata, version) if metadata.get("config") else (None, version)


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that are texts or messages themselves."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        size, after = _varint(message, at)
        if key & 7 == _BYTES:
            if after + size > len(message):
                raise ValueError(f"{METADATA} is cut off")
            yield key >> 3, message[after : after + size]
            after += size
        elif key & 7:
            raise ValueError(f"{METADATA} is no protobuf message")
        at = after


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:  # noqa: PLR2004 - the high bit says that more follows
            return value, at


class _Reader:
    """A checkpoint's objects and numbers."""

    def __init__(self, prefix: File) -> None:
        try:
            self._reader = tf.train.load_checkpoint(str(prefix))
            graph = self._reader.get_tensor(_OBJECTS)
        except (tf.errors.OpError, ValueError, RuntimeError) as fault:
            raise ModelUnreadable(
                f"{prefix}: its variables cannot be read; a checkpoint is two files, {prefix.name}.index and "
                f"{prefix.name}.data-00000-of-00001, which must lie together: {fault}"
            ) from fault
        self._shapes = self._reader.get_variable_to_shape_map()
        self.nodes = trackable_object_graph_pb2.TrackableObjectGraph.FromString(graph).nodes

    def children(self, node: int) -> dict[str, int]:
        return {child.local_name: child.node_id for child in self.nodes[node].children}

    def variables(self, node: int) -> dict[str, NDArray[Any]]:
        """The numbers that hang right on an object, by their names in it."""
        keys = {
            name: attribute.checkpoint_key
            for name, child in self.children(node).items()
            for attribute in self.nodes[child].attributes
            if attribute.name == "VARIABLE_VALUE"
        }
        return {name: self.values(key) for name, key in keys.items()}

    def values(self, key: str) -> NDArray[Any]:
        shape = self._shapes.get(key)
        if shape is None:
            raise ModelUnreadable(f"the checkpoint has no {key}")
        check_size(4 * int(tf.TensorShape(shape).num_elements() or 0), key)
        try:
            found: NDArray[Any] = self._reader.get_tensor(key)
        except (tf.errors.OpError, RuntimeError) as fault:
            raise ModelUnreadable(f"the checkpoint's {key} is damaged: {fault}") from fault
        return found

    def with_shape(self, *shape: int) -> list[NDArray[Any]]:
        keys = [key for key, found in self._shapes.items() if tuple(found) == shape and "OPTIMIZER_SLOT" not in key]
        return [self.values(key) for key in keys]


def _walked(reader: _Reader, node: int, graph: Graph, path: Path) -> Iterator[tuple[Path, Variables]]:
    """Layers by their numbers in the model; a Sequential model does not count its input."""
    children = reader.children(node)
    layers = list(graph.layers.values())
    if len([name for name in children if name.startswith("layer-")]) == len(layers) - 1:
        layers = layers[1:]
    for number, layer in enumerate(layers):
        child = children.get(f"layer-{number}")
        if child is None:
            raise ModelUnreadable(f"the checkpoint has no layer {number} of {graph.name!r}, {layer.name!r}")
        if layer.graph:
            yield from _walked(reader, child, layer.graph, (*path, layer.name))
        elif variables := reader.variables(child):
            yield (*path, layer.name), variables


def _parts(prefix: File, graph: Graph) -> Iterator[Weights]:
    reader = _Reader(prefix)
    for node in range(len(reader.nodes)):
        if "layer-0" in reader.children(node):
            # Of several places, most belong to something else.
            with suppress(ModelUnreadable):
                yield dict(_walked(reader, node, graph, ()))


def _columns(prefix: File, size: int) -> list[NDArray[Any]]:
    reader = _Reader(prefix)
    return [*reader.with_shape(size, 1), *reader.with_shape(1)]
