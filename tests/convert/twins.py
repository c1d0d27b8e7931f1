"""Small twins that users might have built, in this Keras."""

import keras
import numpy as np
from keras import layers, ops

SIDE = 32


def tower(dimensions=16, name="embedding", last=None):
    x = picture = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(8, 5, strides=2, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, strides=2, activation="relu")(x))
    x = layers.Dense(dimensions, activation="tanh")(x)
    return keras.Model(picture, last(x) if last else x, name=name)


def pictures():
    return [keras.Input((SIDE, SIDE, 3), name=name) for name in ("first", "second")]


def twin(join, head=None, of=None):
    """`join` makes of two embeddings what `head`, by default Dense(1, sigmoid), makes a score of."""
    of = of or tower()
    first, second = pictures()
    joined = join(of(first), of(second))
    score = layers.Dense(1, activation="sigmoid", bias_initializer="ones")(joined) if head is None else head(joined)
    return keras.Model([first, second], score, name="twin")


def l1(a, b):
    return ops.abs(a - b)


def euclidean(a, b):
    return ops.sqrt(ops.maximum(ops.sum(ops.square(a - b), axis=1, keepdims=True), 1e-7))


def squared(a, b):
    return ops.sum(ops.square(a - b), axis=-1, keepdims=True)


def shuffled(model, seed=1):
    """With numbers in its batch norms and biases that do something."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 2, weight.shape))
        elif weight.name in ("beta", "moving_mean", "bias"):
            weight.assign(random.uniform(-0.5, 0.5, weight.shape))
    return model
