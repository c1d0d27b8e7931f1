"""Archives named .keras: a zip of config.json and model.weights.h5, by Keras 2.12 and later."""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Any

from converter.convert.reading import hdf5
from converter.convert.reading.faults import ModelUnreadable, ModelUnsafe
from converter.convert.reading.opened import Opened
from converter.convert.reading.weights import check_size

MAGIC = b"PK"

_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_MOST_MEMBERS = 1000
_MOST_TEXT = 64 << 20  # bytes of a config; the largest known have some hundred thousand
_MOST_GROWTH = 100  # times; weights hardly shrink, a bomb of zeros does a thousandfold
_SMALL = 1 << 20  # bytes that may grow as they like


def opened(path: File) -> Opened:
    """An archive, if its directory promises nothing dangerous.

    Raises:
        ModelUnreadable, ModelUnsafe.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check(path, archive)
            config = _json(path, archive, _CONFIG)
            version = _json(path, archive, _METADATA).get("keras_version") if _METADATA in archive.namelist() else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as fault:
        raise ModelUnreadable(f"{path}: a damaged archive, cut off in a copy or download? {fault}") from fault
    return Opened("a .keras archive", version, config, *_weights(path))


def _check(path: File, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise ModelUnsafe(f"{path}: an archive of {len(members)} files; allowed are {_MOST_MEMBERS}")
    check_size(sum(member.file_size for member in members), f"{path}: what its archive unpacks to")
    for member in members:
        if member.file_size > _SMALL and member.file_size > _MOST_GROWTH * member.compress_size:
            raise ModelUnsafe(
                f"{path}: {member.filename} in it would grow from {member.compress_size:,} bytes to "
                f"{member.file_size:,}; weights do not shrink so far, this is made to fill the memory"
            )
    missing = {_CONFIG, _WEIGHTS} - set(archive.namelist())
    if missing:
        raise ModelUnreadable(f"{path}: an archive without {' and '.join(sorted(missing))}: no model that Keras wrote")


def _json(path: File, archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > _MOST_TEXT:
        raise ModelUnsafe(f"{path}: {name} in it has more than {_MOST_TEXT:,} bytes")
    try:
        found = json.loads(archive.read(name))
    except (ValueError, RecursionError) as fault:
        raise ModelUnreadable(f"{path}: {name} in it is no JSON: {fault}") from fault
    if not isinstance(found, dict):
        raise ModelUnreadable(f"{path}: {name} in it describes no model")
    return found


def _weights(path: File) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    def unpacked(work: Callable[[Opened], Any]) -> Any:
        with tempfile.TemporaryDirectory(prefix="siamese-convert-") as folder, zipfile.ZipFile(path) as archive:
            try:
                archive.extract(_WEIGHTS, folder)
            except (zipfile.BadZipFile, EOFError, zlib.error) as fault:
                raise ModelUnreadable(f"{path}: a damaged archive: {fault}") from fault
            return work(hdf5.opened(File(folder) / _WEIGHTS))

    def parts(graph: Any) -> Iterator[Any]:
        return iter(unpacked(lambda inner: list(inner.parts(graph))))

    return (
        lambda graph: unpacked(lambda inner: inner.weights(graph)),
        parts,
        lambda size: unpacked(lambda inner: inner.columns(size)),
    )
