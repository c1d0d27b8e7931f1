"""Opens a trained Keras Siamese model of any version, without the user's code: its tower, and how its head compares."""

from dataclasses import dataclass
from pathlib import Path

import keras

from converter.convert.reading import towers, weights_alone
from converter.convert.reading.faults import ModelUnclear, ModelUnreadable, ModelUnsafe, ModelUnsupported
from converter.convert.reading.graph import Graph, parsed
from converter.convert.reading.head import Head, TwinScore, Understood, understood, untrained
from converter.convert.reading.hints import Hints
from converter.convert.reading.opened import Opened
from converter.convert.reading.opening import opened
from converter.convert.reading.weights import Weights, Workshop

__all__ = ["Head", "Hints", "Trained", "read"]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model, taken apart."""

    tower: keras.Model  # float32: N x height x width x channels to N x D
    head: Head | None  # None: a tower alone
    keras_version: str | None
    found: str  # sentences for people
    input_shape: tuple[int | None, int | None, int]  # height, width, channels
    has_rescaling: bool  # whether it takes pixels of 0..255, and scales them itself
    twin_score: TwinScore | None  # the twin's own output, for comparison


def read(path: Path, hints: Hints) -> Trained:
    """The tower and the head of a model file (.h5, .keras), a SavedModel folder, or a checkpoint's .index file.

    Nothing in the file is run, unless `hints.trust_code`.

    Raises:
        ModelUnreadable: no such file, damaged, or nothing that Keras wrote.
        ModelUnclear: an option must answer a question.
        ModelUnsupported: there is nothing on the device for a layer or the head.
        ModelUnsafe: made to fill the memory, or reaches into other files.
        WrongUsage: a hint makes no sense.
    """
    hints.check()
    try:
        file = opened(path)
        return _whole(file, hints) if file.config is not None else _weights_alone(file, hints)
    except (ModelUnreadable, ModelUnclear, ModelUnsafe, ModelUnsupported) as fault:
        said = str(fault)
        raise type(fault)(said if said.startswith(str(path)) else f"{path}: {said}") from fault


def _whole(file: Opened, hints: Hints) -> Trained:
    assert file.config is not None
    graph = parsed(file.config)
    choice = towers.chosen(graph, hints)
    weights = file.weights(graph)
    tower = towers.build(choice, Workshop(weights))
    what = f"{_kind(graph)} {graph.name!r}; its tower {choice.name!r}"
    return _trained(file, what, tower, _head(choice, weights, tower, hints), hints)


def _kind(graph: Graph) -> str:
    return {1: "model", 2: "twin"}.get(len(graph.inputs), f"model of {len(graph.inputs)} inputs,")


def _head(choice: towers.Choice, weights: Weights, tower: keras.Model, hints: Hints) -> Understood | None:
    if choice.twin:
        shape, unit_length = towers.embedding_shape(tower), towers.has_unit_length(tower)
        return understood(choice.net, choice.twin, weights, shape, hints.distance, unit_length=unit_length)
    if hints.distance:
        head = untrained(hints.distance, tower.output_shape[-1])
        return Understood(head, None, f"Embeddings are compared by --distance {hints.distance}.")
    return None


def _weights_alone(file: Opened, hints: Hints) -> Trained:
    tower = weights_alone.filled(file, hints)
    what = f"weights alone; the tower {hints.tower!r}"
    return _trained(file, what, tower, weights_alone.head(file, tower, hints), hints)


def _trained(file: Opened, what: str, tower: keras.Model, head: Understood | None, hints: Hints) -> Trained:
    height, width, channels = tower.input_shape[1:]
    version = f" of Keras {file.keras_version}" if file.keras_version else ""
    found = (
        f"{file.format[0].upper()}{file.format[1:]}{version}: {what} of {tower.count_params():,} parameters takes "
        f"{height} x {width} x {channels} and gives {tower.output_shape[-1]:,} numbers. "
        f"{head.told if head else 'No head compares its embeddings.'}"
    )
    if hints.trust_code:
        found += " Code in the file was trusted: that of its Lambda layers was run."
    return Trained(
        tower,
        head.head if head else None,
        file.keras_version,
        found,
        (height, width, channels),
        towers.scales_pixels(tower),
        head.score if head else None,
    )
