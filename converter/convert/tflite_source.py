"""A model that is TFLite already: nothing is converted, only measured and described."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from converter.convert import framing
from converter.convert.order import Order
from converter.convert.source import AS_IT_CAME, Attempt, TrainedScore
from converter.errors import WrongUsage
from converter.progress import Track
from edge.errors import BundleForeign
from edge.types import Pixels
from edge.vision.card import Cosine, Euclidean, Input, WeightedL1
from edge.vision.interpreter import Interpreter, Tensor
from edge.vision.similarity import Distance

_PIXELS = 4  # axes of a batch of pictures
_CHANNELS = {1: "grey", 3: "rgb"}


class TfliteSource:
    """A tower in a .tflite file."""

    score: TrainedScore | None = None
    format = "TFLite"

    def __init__(self, order: Order) -> None:
        """Opens the file.

        Raises:
            BundleForeign: no TFLite file, or not one picture in and one embedding out.
            WrongUsage: the file does not say what an option must.
        """
        self._file = order.model
        entry, exit_ = _ends(order.model)
        self.feed = _feed(order, entry)
        self.dimensions = int(np.prod(exit_.shape))
        self.distance: Distance = _distance(order, self.dimensions)
        kind = np.dtype(entry.dtype).name
        self.told = [f"A TFLite file that takes {kind} and gives {self.dimensions} numbers. It is used as it is."]

    def reference(self, crops: Pixels, track: Track) -> None:  # noqa: ARG002 - the protocol's
        return None

    def attempts(self, crops: Pixels, recipes: Sequence[str], track: Track) -> Iterator[Attempt]:  # noqa: ARG002
        yield Attempt(AS_IT_CAME, self._file.read_bytes())


def _ends(file: Path) -> tuple[Tensor, Tensor]:
    try:
        model = Interpreter(file)
    except (ValueError, RuntimeError) as fault:
        raise BundleForeign(f"{file}: no TFLite model that can be run here: {fault}") from fault
    shapes = [tensor.shape for tensor in model.inputs], [tensor.shape for tensor in model.outputs]
    if len(model.inputs) != 1 or len(model.outputs) != 1 or not _is_picture(model.inputs[0].shape):
        raise BundleForeign(
            f"{file}: takes {shapes[0]} and gives {shapes[1]}; wanted is a tower, one picture (1 x height x width x "
            "channels) in and one embedding out; of a twin with two inputs, convert the tower alone from its Keras file"
        )
    return model.inputs[0], model.outputs[0]


def _is_picture(shape: tuple[int, ...]) -> bool:
    return len(shape) == _PIXELS and shape[0] == 1 and shape[3] in _CHANNELS


def _feed(order: Order, entry: Tensor) -> Input:
    channels: Any = _CHANNELS[entry.shape[3]]
    scale, offset = _scaling(order, entry)
    return Input(entry.shape[2], entry.shape[1], channels, scale, offset)


def _scaling(order: Order, entry: Tensor) -> tuple[float, float]:
    """By the option; a quantized input tells by itself what its least and greatest step stand for."""
    if order.input_range:
        return framing.scaling(order.input_range)
    if entry.scale:
        low = int(np.iinfo(entry.dtype).min)  # type: ignore[type-var]
        return entry.scale, (low - entry.zero_point) * entry.scale
    raise WrongUsage(
        f"{order.model}: takes real numbers, and does not say in which range; give --input-range 0..1 (pixels divided "
        "by 255), --input-range=-1..1, or --input-range 0..255"
    )


def _distance(order: Order, width: int) -> Distance:
    match order.distance:
        case "cosine":
            return Cosine()
        case "euclidean" | "squared":  # both rank alike
            return Euclidean()
        case "l1":
            return WeightedL1([1.0] * width)
    raise WrongUsage(
        f"{order.model}: a TFLite file has no head; give the distance that its tower was trained with: --distance "
        f"euclidean, cosine or l1{f', not {order.distance}' if order.distance else ''}"
    )
