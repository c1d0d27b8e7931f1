"""Towers that people train so often that a name is enough to read a file of weights alone."""

from collections.abc import Iterator

import keras
from keras import layers

from converter.convert.reading.graph import Graph, parsed

_SIDES = (100, 105, 128, 96, 112, 160, 224)  # the tutorial's first; weights tell 100 from 128, but not from 99

NAMES = ("koch", "koch:SIDE")


def candidates(name: str) -> Iterator[Graph] | None:
    """Graphs that a name may stand for; None for an unknown name."""
    kind, _, side = name.partition(":")
    if kind != "koch" or (side and not side.isdecimal()):
        return None
    return (_graph(koch(one, channels)) for one in ([int(side)] if side else _SIDES) for channels in (3, 1))


def koch(side: int, channels: int = 3) -> keras.Model:
    """Koch et al. 2015, as the face-verification tutorial builds it."""
    x = picture = keras.Input((side, side, channels), name="input_image")
    for filters, size in ((64, 10), (128, 7), (128, 4)):
        x = layers.Conv2D(filters, size, activation="relu")(x)
        x = layers.MaxPooling2D(64, 2, padding="same")(x)
    x = layers.Flatten()(layers.Conv2D(256, 4, activation="relu")(x))
    return keras.Model(picture, layers.Dense(4096, activation="sigmoid")(x), name="embedding")


def _graph(model: keras.Model) -> Graph:
    return parsed({"class_name": "Functional", "config": model.get_config()})
