"""The head of a twin, as the device's distance and score."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from converter.convert.reading.distance import Comparison, by_name, measured, plain
from converter.convert.reading.faults import ModelUnclear, ModelUnsupported
from converter.convert.reading.foreign import trusting
from converter.convert.reading.layers import computed, unknown
from converter.convert.reading.net import Net, Step
from converter.convert.reading.tail import Affine, Tail, affine, tail_of
from converter.convert.reading.twin import Twin
from converter.convert.reading.weights import Weights, Workshop
from edge.vision.card import Cosine, Euclidean, WeightedL1
from edge.vision.similarity import Distance

TwinScore = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""The trained twin's own output for N embeddings and N others (N x D each): N numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """How embeddings are compared.

    With a trained head, the score 1 / (1 + exp(slope * distance - intercept)) is the twin's own output, or, if
    `reversed`, what is missing to 1: then the twin was trained to tell how different two pictures are.
    Without one, slope and intercept are None.
    """

    distance: Distance
    slope: float | None = None
    intercept: float | None = None
    reversed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """A head, the twin's own output for comparison, and a sentence for people."""

    head: Head
    score: TwinScore | None
    told: str


def untrained(kind: str, width: int) -> Head:
    """A distance of `hints.DISTANCES` alone. Squared distances rank as Euclidean ones do."""
    if kind == "l1":
        return Head(WeightedL1([1.0] * width))
    return Head(Cosine() if kind == "cosine" else Euclidean())


def trained_l1(kernel: NDArray[Any], bias: float) -> Understood:
    """The head sigmoid(|a - b| . kernel + bias), of which only the numbers are known."""
    weights = np.asarray(kernel, np.float64).ravel()
    head, rest = _folded(Comparison("l1", True), Affine(weights, bias, squashed=True), len(weights))

    def score(a: Any, b: Any) -> NDArray[np.float32]:
        return np.asarray(1 / (1 + np.exp(-(np.abs(np.float64(a) - b) @ weights + bias))), np.float32)

    return Understood(head, score, f"Its head is taken for the tutorial's, Dense(1, sigmoid) on |a - b|{rest}.")


def understood(
    net: Net, twin: Twin, weights: Weights, shape: tuple[int, ...], hint: str | None, *, unit_length: bool
) -> Understood:
    """The head of a twin.

    Args:
        shape: of an embedding, without the batch.
        hint: a distance, for what the file does not tell.
        unit_length: whether embeddings are.

    Raises:
        ModelUnclear: the distance is code.
        ModelUnsupported: the head cannot be written as a distance and a score, and there is no hint.
    """
    tail = tail_of(net, twin.output)
    width = int(np.prod(shape))
    region = net.before([tail.distance], twin.embeddings)
    compute = _computing(net, twin, Workshop(weights), shape)
    foreign = unknown(region)
    if foreign:
        comparison, how = _told(foreign, tail, weights, width, hint)
        score = _score(net, twin, Workshop(weights), tail.distance, comparison)
    else:
        found, how = measured(lambda a, b: compute(a, b, tail.distance), width, unit_length=unit_length), "computed"
        if found is None:
            return _unrecognised(region, tail, width, hint)
        comparison, score = found, lambda a, b: _flat(compute(a, b, twin.output))
    return _concluded(comparison, how, tail, weights, width, hint, score)


def _concluded(
    comparison: Comparison, how: str, tail: Tail, weights: Weights, width: int, hint: str | None, score: TwinScore
) -> Understood:
    said = f"Its head compares by {_named(comparison)} ({how})"
    if hint and hint != comparison.kind:
        return Understood(untrained(hint, width), score, f"{said}; left out for --distance {hint}.")
    try:
        head, rest = _folded(comparison, affine(tail, weights), width)
    except ModelUnsupported as fault:
        if hint:
            return Understood(untrained(hint, width), score, f"{said}; left out, because {fault}.")
        raise ModelUnsupported(
            f"{said}; {fault}. To leave the head out, and fit a score to your pictures instead, give --distance "
            "euclidean, cosine or l1"
        ) from fault
    return Understood(head, score, f"{said}{rest}.")


def _folded(comparison: Comparison, found: Affine, width: int) -> tuple[Head, str]:
    if not found.squashed and len(found.weights) == 1 and found.weights[0] in (1.0, -1.0):
        return untrained(comparison.kind, width), ", with no trained layer behind it"
    if comparison.kind == "squared":
        raise ModelUnsupported("a trained layer behind a squared distance has no counterpart in a bundle")
    factors = found.weights * comparison.scale
    intercept = found.constant + comparison.offset * float(found.weights.sum())
    away = bool((factors >= 0).all())  # the output grows with each difference: it says how different they are
    turned = 1.0 if away else -1.0
    head = _head(comparison, turned * factors, -turned * intercept, width, backwards=away)
    logit = "" if found.squashed else "; its output is taken for a logit"
    if away:
        return head, f"; the twin says how different two pictures are, so a score is 1 - its output{logit}"
    return head, f"; its trained layer goes into the card, so that scores equal the twin's{logit}"


def _head(comparison: Comparison, factors: Any, intercept: float, width: int, *, backwards: bool) -> Head:
    if comparison.kind == "l1":
        spread = factors if comparison.elementwise else np.repeat(factors, width)
        return Head(WeightedL1(np.asarray(spread, np.float64).tolist()), 1.0, intercept, backwards)
    slope = float(factors[0])
    if slope == 0:
        raise ModelUnsupported("its trained layer multiplies the distance by 0: it learned nothing")
    return Head(Cosine() if comparison.kind == "cosine" else Euclidean(), slope, intercept, backwards)


def _told(foreign: list[Step], tail: Tail, weights: Weights, width: int, hint: str | None) -> tuple[Comparison, str]:
    """What code of the user's measures: by the hint, or by the names that the user gave it."""
    shown = ", ".join(step.shown for step in foreign)
    names = [name for step in foreign for name in _given_names(step)]
    found = Comparison(hint, False) if hint else by_name(names)
    if found is None:
        raise ModelUnclear(
            f"two embeddings are compared by {shown}, which is code and is not run. Say what it measures: --distance "
            f"l1 (|a - b|, as the face-verification tutorial does), squared, euclidean or cosine{trusting(foreign)}"
        )
    taken = _taken(tail, weights)
    elementwise = taken == width and found.kind in ("l1", "squared")
    if not elementwise and taken not in (None, 1):
        raise ModelUnclear(
            f"two embeddings are compared by {shown}, taken for {found.kind}; but the layer behind it takes {taken} "
            f"numbers, and {found.kind} of {width} gives 1{f' or {width}' if found.kind in ('l1', 'squared') else ''}; "
            "give another --distance"
        )
    how = f"{shown}: by {'--distance' if hint else 'its name'}"
    return Comparison(found.kind, elementwise, found.scale, found.offset), how


def _given_names(step: Step) -> list[str]:
    function = step.settings.get("function")
    named = function.get("config") if isinstance(function, dict) else function
    return [step.kind, step.path[-1], *([named] if isinstance(named, str) else [])]


def _taken(tail: Tail, weights: Weights) -> int | None:
    """How many numbers the first trained layer takes."""
    if not tail.dense:
        return None
    variables = weights.get(tail.dense[0].path, {})
    kernel = variables.get("kernel", variables.get("0"))
    return None if kernel is None else int(kernel.shape[0])


def _unrecognised(region: list[Step], tail: Tail, width: int, hint: str | None) -> Understood:
    kinds = ", ".join(dict.fromkeys(step.kind for step in region))
    what = f"its head joins two embeddings by {kinds}, which is no distance that the device knows"
    if hint is None:
        raise ModelUnsupported(
            f"{what} (l1, euclidean, cosine); to leave the head out, and fit a score to your pictures instead, give "
            "--distance euclidean, cosine or l1"
        )
    layers = f" and {len(tail.dense)} trained layers" if tail.dense else ""
    return Understood(untrained(hint, width), None, f"{what[0].upper()}{what[1:]}{layers}; left out for {hint}.")


def _computing(net: Net, twin: Twin, workshop: Workshop, shape: tuple[int, ...]) -> Callable[..., Any]:
    def compute(a: Any, b: Any, target: str) -> Any:
        given = [np.asarray(rows, np.float32).reshape(len(rows), *shape) for rows in (a, b)]
        results: dict[str, Any] = dict(zip(twin.embeddings, map(_tensor, given), strict=True))
        return np.asarray(computed(net, target, results, workshop), np.float64)

    return compute


def _score(net: Net, twin: Twin, workshop: Workshop, distance: str, comparison: Comparison) -> TwinScore:
    """The twin's output with the user's own layer replaced by what it is taken for."""

    def compute(a: Any, b: Any) -> NDArray[np.float32]:
        value = plain(comparison.kind, np.float64(a), np.float64(b), elementwise=comparison.elementwise)
        results = {distance: _tensor(comparison.scale * value + comparison.offset)}
        return _flat(computed(net, twin.output, results, workshop))

    return compute


def _tensor(rows: Any) -> Any:
    return keras.ops.convert_to_tensor(np.asarray(rows, np.float32))


def _flat(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32).ravel()


def _named(comparison: Comparison) -> str:
    return {
        "l1": "the L1 distance",
        "squared": "the squared distance",
        "euclidean": "the Euclidean distance",
        "cosine": "the cosine",
    }[comparison.kind]
