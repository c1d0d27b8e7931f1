"""A model in a Keras file: tower and head are taken out of it, rewritten, and converted by every recipe."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from converter.convert import framing
from converter.convert.keras_file import Hints, Trained, read
from converter.convert.order import Order
from converter.convert.prove import Vectors
from converter.convert.quantize import quantized
from converter.convert.recipe import FLOAT32, LEAST_PICTURES, RECIPES, Recipe
from converter.convert.rewrite import rewritten
from converter.convert.source import AS_IT_CAME, Attempt, TrainedScore
from converter.errors import WrongUsage
from converter.progress import Track, unwatched
from edge.types import Pixels
from edge.vision.card import Input
from edge.vision.similarity import Distance
from edge.vision.tensor import real_pixels

_BATCH = 16
_CHANNELS = {1: "grey", 3: "rgb"}
_MOST_RANGES = 300  # pictures: more take time and hardly widen a range


class KerasSource:
    """A tower and, where there is one, its head."""

    def __init__(self, order: Order) -> None:
        """Reads the file.

        Raises:
            the faults of `keras_file.read`; WrongUsage: the file does not say what an option must.
        """
        hints = Hints(
            tower=order.tower,
            distance=order.distance,
            input_range=order.input_range,
            trust_code=order.trust_code,
            layers=order.layers,
        )
        self._trained = read(order.model, hints)
        self._tower = self._trained.tower
        self.feed = _feed(order, self._trained)
        self.dimensions = int(np.prod(self._tower.output_shape[1:]))
        self.distance, self.score = _head(order, self._trained)
        self.format = f"Keras {self._trained.keras_version or 'of unknown version'}"
        self._rewritten, steps = rewritten(self._tower)
        done = f"Rewritten, exactly: {'; '.join(steps)}." if steps else "Nothing in it was rewritten."
        self.told = [self._trained.found, done]

    def reference(self, crops: Pixels, track: Track) -> Vectors:
        batches = [crops[at : at + _BATCH] for at in range(0, len(crops), _BATCH)]
        found = [
            self._tower.predict_on_batch(np.stack([real_pixels(crop, self.feed) for crop in batch]))
            for batch in track(batches, "the trained tower")
        ]
        return np.asarray(np.concatenate(found).reshape(len(crops), -1), np.float32)

    def attempts(self, crops: Pixels, recipes: Sequence[str], track: Track) -> Iterator[Attempt]:
        ranges = crops[:_MOST_RANGES]
        yield self._attempt(AS_IT_CAME, self._tower, FLOAT32, ranges, unwatched)
        for name in recipes:
            recipe = RECIPES[name]
            if recipe.needs_ranges and len(ranges) < LEAST_PICTURES:
                fault = f"measures ranges on pictures, of which {LEAST_PICTURES} are needed; found {len(ranges)}"
                yield Attempt(name, fault=fault)
            else:
                yield self._attempt(name, batch_of_one(self._rewritten), recipe, ranges, track)

    def _attempt(self, name: str, tower: keras.Model, recipe: Recipe, ranges: Pixels, track: Track) -> Attempt:
        try:
            return Attempt(name, quantized(tower, recipe, ranges, self.feed, track))
        except Exception as fault:  # noqa: BLE001 - TensorFlow's converter raises whatever it likes
            return Attempt(name, fault=f"TensorFlow cannot convert it: {_first_line(fault)}")


def batch_of_one(tower: keras.Model) -> keras.Model:
    """The same tower for one picture at a time."""
    if tower.input_shape[0] == 1:
        return tower
    picture = keras.Input(batch_shape=(1, *tower.input_shape[1:]))
    return keras.Model(picture, tower(picture))


def _feed(order: Order, trained: Trained) -> Input:
    height, width, depth = trained.input_shape
    if height is None or width is None or depth not in _CHANNELS:
        raise WrongUsage(
            f"{order.model}: the tower takes {height} x {width} x {depth}; wanted are pictures of one size with 1 or 3 "
            "channels; build the model with a fixed input_shape, load its weights into it, and save it again"
        )
    channels: Any = _CHANNELS[depth]
    return Input(width, height, channels, *_scaling(order, trained))


def _scaling(order: Order, trained: Trained) -> tuple[float, float]:
    if order.input_range:
        return framing.scaling(order.input_range)
    if trained.has_rescaling:
        return 1.0, 0.0
    raise WrongUsage(
        f"{order.model}: the tower does not scale pixels by itself, and the file does not say which range it was "
        "trained on; give --input-range 0..1 (pixels divided by 255, as the face-verification tutorial does), "
        "--input-range=-1..1, or --input-range 0..255"
    )


def _head(order: Order, trained: Trained) -> tuple[Distance, TrainedScore | None]:
    head = trained.head
    if head is None:
        raise WrongUsage(
            f"{order.model}: {trained.found} It has no head that would tell how embeddings are compared; give the "
            "distance that the tower was trained with: --distance euclidean or cosine"
        )
    if head.slope is None or head.intercept is None:
        return head.distance, None
    return head.distance, TrainedScore(head.slope, head.intercept)


def _first_line(fault: Exception) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return (lines[0] if lines else type(fault).__name__)[:300]
