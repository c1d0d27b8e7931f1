"""HDF5: whole models as Keras 2 and 3 write them, and weights alone in the layouts of both."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import count, takewhile
from pathlib import Path as File
from typing import Any

import h5py  # type: ignore[import-untyped]
from numpy.typing import NDArray

from converter.convert.reading.faults import ModelUnreadable, ModelUnsafe
from converter.convert.reading.graph import Config, Graph, Layer
from converter.convert.reading.net import Path
from converter.convert.reading.opened import Opened
from converter.convert.reading.weights import Variables, Weights, check_size

MAGIC = b"\x89HDF\r\n\x1a\n"

_WEIGHTED = ("Conv", "Dense", "Normalization", "PReLU")
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")  # of Keras 2.13 and later, and of 2.12

Tree = dict[str, Any]
"""Groups as dictionaries; leaves are data sets."""


def opened(path: File) -> Opened:
    """A file of that format, whatever its name.

    Raises:
        ModelUnreadable, ModelUnsafe.
    """
    with _file(path) as file:
        config, version = _config(file), _text(file.attrs.get("keras_version"))
        if config is None and not _holds_weights(file):
            raise ModelUnreadable(
                f"{path}: an HDF5 file without model_config and without a layer's weights: no model that Keras wrote"
            )
    return Opened(
        "an HDF5 file",
        version,
        config,
        lambda graph: _read(path, lambda file: whole(file, graph)),
        lambda graph: iter(_read(path, lambda file: list(_parts(file, graph)))),
        lambda size: _read(path, lambda file: _columns(file, size)),
    )


def whole(file: h5py.File, graph: Graph) -> Weights:
    """The weights of the model that the graph is of, in either layout."""
    if any(name in file for name in _CONTAINERS):
        return dict(_by_class(_tree(file), graph, ()))
    return dict(_by_layer(_group(file, "model_weights") if "model_weights" in file else file, graph))


def _file(path: File) -> h5py.File:
    try:
        return h5py.File(path)
    except OSError as fault:
        raise ModelUnreadable(f"{path}: a damaged HDF5 file, cut off in a copy or download? {fault}") from fault


def _read(path: File, work: Callable[[h5py.File], Any]) -> Any:
    with _file(path) as file:
        try:
            return work(file)
        except (OSError, LookupError, RuntimeError, AttributeError, TypeError) as fault:
            raise ModelUnreadable(f"{path}: a damaged HDF5 file: {fault}") from fault


def _config(file: h5py.File) -> Config | None:
    text = _text(file.attrs.get("model_config"))
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError) as fault:
        raise ModelUnreadable(f"{file.filename}: its model_config is no JSON: {fault}") from fault


def _text(value: Any) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _holds_weights(file: h5py.File) -> bool:
    return any(name in file for name in _CONTAINERS) or bool(_names(file, "layer_names"))


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; long ones are spread over attributes with numbers, from 0."""
    numbered = takewhile(group.attrs.__contains__, (f"{attribute}{number}" for number in count()))
    parts = [attribute] if attribute in group.attrs else list(numbered)
    return [str(_text(name)) for part in parts for name in group.attrs[part]]


def _by_layer(group: h5py.Group, graph: Graph) -> Iterator[tuple[Path, Variables]]:
    """The old layout: a group for each layer of the outer model, with all weights of a nested one in order."""
    for name in _names(group, "layer_names") or list(group):
        layer = graph.layers.get(name)
        found = _listed(_group(group, name))
        if layer and layer.graph:
            for path, variables in _nested(found, layer.graph):
                yield (name, *path), variables
        elif layer and found:
            yield (name,), {path.rsplit("/", 1)[-1]: values for path, values in found.items()}


def _listed(group: h5py.Group) -> dict[str, NDArray[Any]]:
    """Numbers by their names without Keras 2's `:0`, in the file's order."""
    return {name.split(":")[0]: _values(group, name) for name in _names(group, "weight_names")}


def _nested(found: dict[str, NDArray[Any]], graph: Graph) -> Iterator[tuple[Path, Variables]]:
    """By the layers' names; where these do not fit (a model renamed after it was built), in their order."""
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for path, values in found.items():
        layer, _, name = path.rpartition("/")
        groups.setdefault(layer, {})[name] = values
    leaves = [(path, layer) for path, layer in _leaves(graph) if _has_weights(layer)]
    named = {path[-1]: path for path, _ in leaves}
    owners = [group.rsplit("/", 1)[-1] for group in groups]
    if len(named) == len(leaves) and set(owners) <= set(named) and len(set(owners)) == len(owners):
        yield from ((named[owner], variables) for owner, variables in zip(owners, groups.values(), strict=True))
    elif len(groups) == len(leaves):
        yield from ((path, variables) for (path, _), variables in zip(leaves, groups.values(), strict=True))
    else:
        raise ModelUnreadable(
            f"weights of {len(groups)} layers ({', '.join(list(groups)[:4])}, …) do not fit the {len(leaves)} layers "
            f"of {graph.name!r} ({', '.join(path[-1] for path, _ in leaves[:4])}, …)"
        )


def _leaves(graph: Graph, path: Path = ()) -> Iterator[tuple[Path, Layer]]:
    for layer in graph.layers.values():
        if layer.graph:
            yield from _leaves(layer.graph, (*path, layer.name))
        else:
            yield (*path, layer.name), layer


def _has_weights(layer: Layer) -> bool:
    if layer.kind == "Normalization" and layer.settings.get("mean") is not None:
        return False
    return any(word in layer.kind for word in _WEIGHTED) and layer.kind != "UnitNormalization"


def _tree(file: h5py.File) -> Tree:
    """Files of Keras 2 from Windows have backslashes between names."""
    tree: Tree = {}

    def add(name: str, item: Any) -> None:
        *groups, last = name.replace("\\", "/").split("/")
        place = tree
        for group in groups:
            place = place.setdefault(group, {})
        place.setdefault(last, {}) if isinstance(item, h5py.Group) else place.update({last: item})

    file.visititems(add)  # follows no links
    return tree


def _by_class(tree: Tree, graph: Graph, path: Path) -> Iterator[tuple[Path, Variables]]:
    """The new layout: groups are named after the layers' classes, with numbers."""
    inside: Tree = next((tree[name] for name in _CONTAINERS if name in tree), {})
    kinds: dict[str, list[Layer]] = {}
    for layer in graph.layers.values():
        kinds.setdefault(_snake(layer.kind), []).append(layer)
    for kind, layers in kinds.items():
        found = sorted((name for name in inside if re.fullmatch(rf"{kind}(_\d+)?", name)), key=_number)
        if len(found) != len(layers) and any(layer.graph or _has_weights(layer) for layer in layers):
            raise ModelUnreadable(
                f"{graph.name!r} has {len(layers)} layers of the kind {kind}, but the file weights of {len(found)}"
            )
        for name, layer in zip(found, layers, strict=False):
            place = (*path, layer.name)
            if layer.graph:
                yield from _by_class(inside[name], layer.graph, place)
            elif inside[name].get("vars"):
                yield place, {key: _checked(values) for key, values in inside[name]["vars"].items()}


def _snake(name: str) -> str:
    """As Keras turns the names of classes into those of groups."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _number(name: str) -> int:
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0


def _parts(file: h5py.File, graph: Graph) -> Iterator[Weights]:
    for work in _places(file, graph):
        try:
            yield dict(work())
        except ModelUnreadable:
            continue  # of several places, most belong to something else


def _places(file: h5py.File, graph: Graph) -> Iterator[Callable[[], Iterator[tuple[Path, Variables]]]]:
    if any(name in file for name in _CONTAINERS):
        tree = _tree(file)
        inside = next(tree[name] for name in _CONTAINERS if name in tree)
        for place in (tree, *(item for item in inside.values() if any(name in item for name in _CONTAINERS))):
            yield lambda place=place: _by_class(place, graph, ())  # type: ignore[misc]
        return
    group = _group(file, "model_weights") if "model_weights" in file else file
    names = _names(group, "layer_names") or list(group)
    together = {f"{name}/{key.rsplit('/', 1)[-1]}": v for name in names for key, v in _listed(group[name]).items()}
    for found in (together, *(_listed(_group(group, name)) for name in names)):
        if found:
            yield lambda found=found: _nested(found, graph)  # type: ignore[misc]


def _columns(file: h5py.File, size: int) -> list[NDArray[Any]]:
    found: dict[tuple[int, ...], list[NDArray[Any]]] = {(size, 1): [], (1,): []}

    def look(_: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape in found and "optimizer" not in item.name:
            found[item.shape].append(_checked(item))

    file.visititems(look)
    return [*found[(size, 1)], *found[(1,)]]


def _group(group: h5py.Group, name: str) -> h5py.Group:
    _no_link(group, name)
    return group[name]


def _values(group: h5py.Group, name: str) -> NDArray[Any]:
    place = group
    for part in name.split("/")[:-1]:
        place = _group(place, part)
    last = name.rsplit("/", 1)[-1]
    _no_link(place, last)
    return _checked(place[last])


def _no_link(group: h5py.Group, name: str) -> None:
    if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
        raise ModelUnsafe(f"{group.file.filename}: its part {name!r} is a link into another file")


def _checked(data: h5py.Dataset) -> NDArray[Any]:
    """The numbers of a data set that lie in this file."""
    if data.external or data.is_virtual:
        raise ModelUnsafe(f"{data.file.filename}: the numbers of {data.name} are to be read from another file")
    check_size(data.nbytes, data.name)
    values: NDArray[Any] = data[()]
    return values
