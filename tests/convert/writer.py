"""Writes Siamese twins as users do, with whatever TensorFlow runs it (2.4 to 2.21), and what they predict.

    writer.py FOLDER [--filters N] [--names NAME ...] [--kinds KIND ...]

NAME is TOWER-DISTANCE-SIDE, such as `sigmoid-L1Dist-100`; KIND a file format of `KINDS`. For each name FOLDER gets the
files NAME.h5, NAME.keras, NAME.saved/ …, and NAME.npz with `pixels` (N x side x side x 3, uint8), `fed` (what the twin
is given for them), `embeddings` (N x D) and `scores` (N, of each picture with the next).

Runs on Python 3.8 too, and imports nothing of this project.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np
import tensorflow as tf

keras = tf.keras
layers = keras.layers
OLD = tf.__version__.startswith("2.4.")
KERAS = getattr(keras, "__version__", "2")  # Keras 2 does not tell everywhere
THREE = KERAS.startswith("3")
ops = keras.ops if THREE else tf.math
scaling = layers.experimental.preprocessing.Rescaling if OLD else layers.Rescaling

TOWERS = ("sigmoid", "relu", "mobile")
DISTANCES = ("L1Dist", "L1_Distance_layer", "Lambda", "ops")
SIDES = (100, 128)
KINDS = ("h5", "keras") if THREE else ("h5", "keras", "saved")
PICTURES = 6
RAW = ("mobile", "normalized")  # towers that take pixels of 0..255


class L1Dist(layers.Layer):
    """As the tutorial writes it: keyword arguments are dropped."""

    def __init__(self, **kwargs):
        super().__init__()

    def call(self, input_embedding, validation_embedding):
        return ops.abs(input_embedding - validation_embedding)


class L1_Distance_layer(layers.Layer):  # noqa: N801 - as people call it
    """Takes a list."""

    def call(self, embeddings):
        return ops.abs(embeddings[0] - embeddings[1])


class Patched(layers.Layer):
    """What people make of the tutorial's layer when Keras 3 hands it lists: the result is 1 x N x D."""

    def call(self, input_embedding, validation_embedding):
        return ops.abs(tf.convert_to_tensor(input_embedding) - tf.convert_to_tensor(validation_embedding))


def koch(side, filters, last):
    """The tutorial's tower; 64 filters are its own size."""
    picture = keras.Input((side, side, 3), name="input_image")
    x = layers.Conv2D(filters, (10, 10), activation="relu")(picture)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(2 * filters, (7, 7), activation="relu")(x)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(2 * filters, (4, 4), activation="relu")(x)
    x = layers.MaxPooling2D(64, (2, 2), padding="same")(x)
    x = layers.Conv2D(4 * filters, (4, 4), activation="relu")(x)
    x = layers.Dense(64 * filters, activation=last)(layers.Flatten()(x))
    return keras.Model(inputs=picture, outputs=x, name="embedding")


def mobile(side, filters, last="relu", unit=None):
    """Depthwise convolutions, batch norms, ReLU6, a residual; it scales pixels itself."""
    picture = keras.Input((side, side, 3), name="picture")
    x = scaling(1 / 127.5, offset=-1)(picture)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    y = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
    x = layers.Add()([x, y])
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    x = layers.Dense(64, activation=last)(x)
    return keras.Model(picture, unit(x) if unit else x, name="mobilenet_like")


def normalized(side, filters):
    """Ends in unit length, by a Lambda."""
    return mobile(side, filters, None, layers.Lambda(unit_length, name="to_unit_length"))


def unit_length(x):
    return ops.normalize(x, axis=-1) if THREE else tf.math.l2_normalize(x, axis=1)


def tower(name, side, filters):
    if name in ("sigmoid", "relu"):
        return koch(side, filters, name)
    return {"mobile": mobile, "normalized": normalized}[name](side, filters)


def euclidean(first, second):
    squares = (ops.sum if THREE else tf.reduce_sum)(ops.square(first - second), axis=1, keepdims=True)
    return ops.sqrt(ops.maximum(squares, 1e-7))


JOINTS = {
    "L1Dist": lambda a, b: L1Dist()(a, b),  # noqa: PLW0108 - each twin has its own
    "L1_Distance_layer": lambda a, b: L1_Distance_layer(name="l1_distance")([a, b]),
    "Lambda": lambda a, b: layers.Lambda(lambda both: ops.abs(both[0] - both[1]), name="merge")([a, b]),
    "Patched": lambda a, b: Patched()([a], [b]),
    "ops": lambda a, b: ops.abs(ops.subtract(a, b)),
    "euclidean": euclidean,
    "cosine": lambda a, b: layers.Dot(axes=1, normalize=True)([a, b]),
}


def twin(embedding, distance):
    first, second = (keras.Input(embedding.input_shape[1:], name=name) for name in ("input_img", "validation_img"))
    score = layers.Dense(1, activation="sigmoid")(JOINTS[distance](embedding(first), embedding(second)))
    return keras.Model(inputs=[first, second], outputs=score, name="SiameseNetwork")


def make_realistic(model, random):
    """Random weights under which pictures differ and scores spread, batch norms that do something."""
    for layer in every_layer(model):
        if isinstance(layer, layers.BatchNormalization):
            size = layer.get_weights()[0].shape
            ranges = ((0.5, 1.5), (-0.5, 0.5), (-0.5, 0.5), (0.5, 2.0))
            layer.set_weights([random.uniform(*limits, size=size).astype(np.float32) for limits in ranges])
        elif isinstance(layer, layers.Dense):
            kernel, bias = layer.get_weights()
            spread = 1.5 / np.sqrt(len(kernel))
            bias = random.uniform(-0.2, 0.2, bias.shape).astype(np.float32)
            layer.set_weights([random.normal(0, spread, kernel.shape).astype(np.float32), bias])


def every_layer(model):
    nested = [every_layer(layer) if isinstance(layer, keras.Model) else [layer] for layer in model.layers]
    return list(itertools.chain.from_iterable(nested))


def write(folder, name, filters, kinds):
    kind, distance, side = name.split("-")
    keras.backend.clear_session()
    keras.utils.set_random_seed(1) if hasattr(keras.utils, "set_random_seed") else tf.random.set_seed(1)
    random = np.random.default_rng(len(name) + int(side))
    embedding = tower(kind, int(side), filters)
    model = twin(embedding, distance)
    make_realistic(model, random)
    pixels = pictures(int(side), random)
    fed = pixels.astype(np.float32) / (1 if kind in RAW else 255)
    embeddings = embedding.predict(fed, verbose=0)
    spread_scores(model, embeddings, distance, random)
    scores = model.predict([fed, np.roll(fed, -1, axis=0)], verbose=0).ravel()
    np.savez(folder / (name + ".npz"), pixels=pixels, fed=fed, embeddings=embeddings, scores=scores)
    for kind in kinds:
        save(model, embedding, folder, name, kind)


def spread_scores(model, embeddings, distance, random):
    """A head under which some pairs are the same and others are not."""
    differences = np.abs(embeddings - np.roll(embeddings, -1, axis=0))
    width = model.layers[-1].get_weights()[0].shape[0]
    weights = -np.abs(random.normal(1, 0.7, (width, 1))) if width > 1 else np.full((1, 1), -2.0)
    typical = float(np.median(differences @ weights)) if width > 1 else -1.0
    scale = 2 / abs(typical)
    bias = np.array([2.0])
    if distance == "cosine":
        weights, scale = -weights, 3.0
    model.layers[-1].set_weights([(weights * scale).astype(np.float32), bias.astype(np.float32)])


def pictures(side, random):
    """Soft random pictures, each unlike the others."""
    coarse = random.integers(0, 256, (PICTURES, 5, 5, 3)).astype(np.float32)
    return np.clip(tf.image.resize(coarse, (side, side)).numpy(), 0, 255).astype(np.uint8)


def save(model, embedding, folder, name, kind):
    if kind == "saved":
        options = {} if OLD else {"save_format": "tf"}
        model.save(str(folder / (name + ".saved")), **options)
    elif kind == "weights":
        # By this name Keras 3 writes its own layout, Keras 2 the old one.
        model.save_weights(str(folder / (name + ".weights.h5")))
    elif kind == "tower":
        embedding.save(str(folder / (name + ".tower.h5")))
    elif kind == "checkpoint":
        model.save_weights(str(folder / (name + ".ckpt")))
    elif kind == "export":
        model.export(str(folder / (name + ".export")))
    else:
        model.save(str(folder / (name + "." + kind)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--filters", type=int, default=8, help="64 are the tutorial's own size")
    parser.add_argument(
        "--names", nargs="*", default=[f"{t}-{d}-{s}" for t in TOWERS for d in DISTANCES for s in SIDES]
    )
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        write(arguments.folder, name, arguments.filters, arguments.kinds)
        print(tf.__version__, KERAS, name, *arguments.kinds, flush=True)


if __name__ == "__main__":
    main()
