"""Reads the tensors of a network that dlib serialized.

The format: an integer is one control byte (low four bits: number of bytes that follow, top bit: sign) and that many
little-endian bytes. A layer's tensor follows the layer's version string: the integer 2 (the tensor format), four
integers for the shape (num_samples, k, nr, nc), then raw little-endian float32. Source: dlib, `serialize.h` and
`cuda/tensor.h`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LayerKind = Literal["conv", "affine", "dense"]

# The integers that stand between the version string and the tensor.
_MARKS: dict[LayerKind, tuple[bytes, int]] = {
    "conv": (b"con_4", 0),
    "affine": (b"affine_", 0),
    "dense": (b"fc_2", 2),
}
_TENSOR_FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer's parameters as a flat float32 vector, in the order that dlib stores them."""

    kind: LayerKind
    parameters: NDArray[np.float32]


def read_layers(file: Path) -> list[Layer]:
    """The layers of `file` from the network's input to its output.

    Raises:
        ValueError: the file holds no such network, or is cut off.
    """
    data = file.read_bytes()
    found = [(at, kind) for kind, (mark, _) in _MARKS.items() for at in _positions(data, mark)]
    if not found:
        raise ValueError(f"{file}: expected a network that dlib serialized, found no layer of one; give its .dat file")
    return [Layer(kind, _tensor_after(data, at, kind, file)) for at, kind in sorted(found)]


def _positions(data: bytes, mark: bytes) -> list[int]:
    """Where `mark` stands as a serialized string, which is its length and its letters."""
    wanted = bytes((1, len(mark))) + mark
    places, at = [], data.find(wanted)
    while at >= 0:
        places.append(at)
        at = data.find(wanted, at + 1)
    return places


def _tensor_after(data: bytes, at: int, kind: LayerKind, file: Path) -> NDArray[np.float32]:
    mark, skipped = _MARKS[kind]
    at += 2 + len(mark)
    try:
        return _tensor(data, at, skipped)
    except (IndexError, ValueError) as fault:
        raise ValueError(
            f"{file}: no tensor after the {kind} layer at byte {at}: {fault}; fetch the file again"
        ) from fault


def _tensor(data: bytes, at: int, skipped: int) -> NDArray[np.float32]:
    for _ in range(skipped):
        _, at = _integer(data, at)
    version, at = _integer(data, at)
    if version != _TENSOR_FORMAT:
        raise ValueError(f"expected tensor format {_TENSOR_FORMAT}, found {version}")
    size = 1
    for _ in range(4):
        extent, at = _integer(data, at)
        size *= extent
    return np.frombuffer(data, "<f4", size, at).astype(np.float32)


def _integer(data: bytes, at: int) -> tuple[int, int]:
    """The integer at `at`, and the position after it."""
    control = data[at]
    count = control & 0x0F
    value = int.from_bytes(data[at + 1 : at + 1 + count], "little")
    return (-value if control & 0x80 else value), at + 1 + count
