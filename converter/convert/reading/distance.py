"""Which distance a head measures: found by computing it on made-up embeddings, or told by the names of layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PAIRS = 48
_FIT = 2e-3  # of the spread; float32 and the tiny number under a square root stay far below it
_NAMES = {  # the first that fits
    "squared": ("squared", "sqdiff", "sqeuclid"),
    "l1": ("l1", "abs", "manhattan", "cityblock"),
    "euclidean": ("euclid", "l2dist", "l2_dist", "distance_l2"),
    "cosine": ("cosine", "cos_sim", "cos_dist"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a head measures between embeddings: `scale` * distance + `offset`, of each number of the two or of all."""

    kind: str  # of hints.DISTANCES
    elementwise: bool
    scale: float = 1.0
    offset: float = 0.0


def plain(kind: str, a: Any, b: Any, *, elementwise: bool) -> Any:
    """The distance of N embeddings from N others (N x D): N x D or N x 1."""
    difference = a - b
    if kind == "cosine":
        lengths = np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True)
        return 1 - (a * b).sum(axis=1, keepdims=True) / np.maximum(lengths, 1e-12)
    parts = np.abs(difference) if kind == "l1" else difference**2
    if elementwise:
        return parts
    whole = parts.sum(axis=1, keepdims=True)
    return np.sqrt(whole) if kind == "euclidean" else whole


def measured(compute: Callable[[Array, Array], Array], width: int, *, unit_length: bool) -> Comparison | None:
    """What `compute` (N x D twice to N x anything) measures; None if it is none of the known distances.

    Args:
        unit_length: whether embeddings are; then a product is a cosine.
    """
    a, b = _made_up(width)
    found = _recognised(compute(a, b).reshape(len(a), -1), a, b)
    if unit_length and (found is None or found.kind == "squared"):
        a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (a, b))
        values = compute(a, b).reshape(len(a), -1)
        return _fitted("cosine", values, a, b, elementwise=False) or found
    return found


def by_name(names: list[str]) -> Comparison | None:
    """What layers with such names measure."""
    for kind, words in _NAMES.items():
        if any(word in name.lower() for name in names for word in words):
            similar = kind == "cosine" and any("sim" in name.lower() for name in names)
            return Comparison(kind, False, -1.0, 1.0) if similar else Comparison(kind, False)
    return None


def _made_up(width: int) -> tuple[Array, Array]:
    """Pairs that differ by much and by little, in many numbers and in few: no two distances run alike on them."""
    random = np.random.default_rng(0)
    a = random.normal(size=(_PAIRS, width))
    few = random.random((_PAIRS, width)) < np.linspace(0.02, 1, _PAIRS)[:, np.newaxis]
    few[:, 0] = True
    return a, a + few * random.normal(size=(_PAIRS, width)) * random.uniform(0.1, 3, (_PAIRS, 1))


def _recognised(values: Array, a: Array, b: Array) -> Comparison | None:
    elementwise = values.shape[1] == a.shape[1] and a.shape[1] > 1
    kinds = ("l1", "squared") if elementwise else ("l1", "squared", "euclidean", "cosine")
    for kind in kinds:
        if found := _fitted(kind, values, a, b, elementwise=elementwise):
            return found
    return None


def _fitted(kind: str, values: Array, a: Array, b: Array, *, elementwise: bool) -> Comparison | None:
    """If the values are this distance, but for a factor and a constant."""
    wanted = plain(kind, a, b, elementwise=elementwise)
    if values.shape != wanted.shape or not np.isfinite(values).all():
        return None
    scale, offset = np.polyfit(wanted.ravel(), values.ravel(), 1)
    rest = np.abs(values - scale * wanted - offset).max()
    if rest > _FIT * max(float(values.std()), 1e-12) or abs(scale) < 1e-9:  # noqa: PLR2004 - a constant is no distance
        return None
    return Comparison(kind, elementwise, _round(scale, scale), _round(offset, scale * float(wanted.std())))


def _round(number: float, size: float) -> float:
    """Without what float32 left: heads multiply by 1, -1, 2, 1/D and add 0 or 1."""
    nearest = round(number)
    return float(nearest) if abs(number - nearest) < 1e-4 * abs(size) else float(number)
