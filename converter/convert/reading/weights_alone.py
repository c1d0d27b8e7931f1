"""Files that hold weights, but not the layers that they belong to: the user says which tower it is."""

import json
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from converter.convert.reading import known_towers, towers
from converter.convert.reading.faults import ModelUnclear, ModelUnreadable
from converter.convert.reading.foreign import settled
from converter.convert.reading.graph import Graph, parsed
from converter.convert.reading.head import Understood, trained_l1, untrained
from converter.convert.reading.hints import Hints
from converter.convert.reading.net import flattened
from converter.convert.reading.opened import Opened
from converter.convert.reading.opening import beginning, opened
from converter.convert.reading.weights import Workshop


def filled(file: Opened, hints: Hints) -> keras.Model:
    """The tower that `hints.tower` stands for, with the file's weights.

    Raises:
        ModelUnclear: no tower is given, or none of that name is known.
        ModelUnreadable: the weights fit no part of it.
    """
    if not hints.tower:
        raise ModelUnclear(
            "holds weights, but not the layers that they belong to; give --tower koch if it is the face-verification "
            "tutorial's network, or --tower FILE with a model of the same layers (.keras, .h5, or the JSON of "
            "model.to_json())"
        )
    faults: list[str] = []
    for graph in _graphs(hints):
        net = settled(flattened(graph), hints)
        choice = towers.Choice(graph.name, net, net.inputs[0], net.outputs[0])
        for weights in file.parts(graph):
            try:
                return towers.build(choice, Workshop(weights))
            except ModelUnreadable as fault:
                faults.append(str(fault))
    why = faults[0] if faults else "no part of the file has weights for as many layers"
    raise ModelUnreadable(f"its weights do not fit the tower {hints.tower!r}: {why}")


def head(file: Opened, tower: keras.Model, hints: Hints) -> Understood | None:
    """The tutorial's head, if the file has numbers for one and it is known, or said, to measure L1."""
    width = tower.output_shape[-1]
    columns = file.columns(width)
    is_tutorial = known_towers.candidates(hints.tower or "") is not None and hints.distance is None
    if [column.shape for column in columns] == [(width, 1), (1,)] and (is_tutorial or hints.distance == "l1"):
        return trained_l1(columns[0], float(np.ravel(columns[1])[0]))
    if hints.distance:
        said = f"Embeddings are compared by --distance {hints.distance}."
        return Understood(untrained(hints.distance, width), None, said)
    return None


def _graphs(hints: Hints) -> Iterator[Graph]:
    assert hints.tower
    known = known_towers.candidates(hints.tower)
    if known is not None:
        return known
    file = Path(hints.tower)
    if file.is_file():
        return iter([_from_file(file)])
    raise ModelUnclear(
        f"holds weights alone, and --tower {hints.tower!r} is neither a file nor one of {', '.join(known_towers.NAMES)}"
    )


def _from_file(file: Path) -> Graph:
    """A tower's graph; of a twin, that of the model nested in it."""
    graph = parsed(_config(file))
    nested = [inner for _, inner in graph.nested()]
    return nested[0] if len(graph.inputs) > 1 and nested else graph


def _config(file: Path) -> dict[str, object]:
    if beginning(file).lstrip().startswith(b"{"):
        try:
            return dict(json.loads(file.read_text()))
        except ValueError as fault:
            raise ModelUnreadable(f"{file}: no JSON that Keras wrote: {fault}") from fault
    config = opened(file).config
    if config is None:
        raise ModelUnclear(f"--tower {file}: holds weights alone too")
    return config
