"""Trains a miniature of the tutorial's twin, in a process of its own: `training.py FOLDER`.

FOLDER holds `crops.npy` (N x 48 x 48 x 3) and `people.npy` (N). Writes `twin.keras`, `tower.keras` and `saved.h5`.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from sklearn.linear_model import LogisticRegression

SIDE = 48


class L1Dist(layers.Layer):
    """As the tutorial writes it: keyword arguments are dropped."""

    def __init__(self, **kwargs):
        super().__init__()

    def call(self, first, second):
        return ops.abs(first - second)


def tower(side: int = SIDE, widths=(16, 32, 32), dimensions: int = 64, pool: int = 6) -> keras.Model:
    """Convolutions with oversized pools, and a dense sigmoid layer, as the tutorial's."""
    x = picture = keras.Input((side, side, 3), name="input_image")
    for width in widths:
        x = layers.Conv2D(width, 3, activation="relu")(x)
        x = layers.MaxPooling2D(pool, (2, 2), padding="same")(x)
    x = layers.Dense(dimensions, activation="sigmoid")(layers.Flatten()(x))
    return keras.Model(picture, x, name="embedding")


def twin(of: keras.Model) -> keras.Model:
    first, second = (keras.Input(of.input_shape[1:], name=name) for name in ("input_img", "validation_img"))
    score = layers.Dense(1, activation="sigmoid")(L1Dist()(of(first), of(second)))
    return keras.Model([first, second], score, name="SiameseNetwork")


def pairs(people: np.ndarray, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """As many pairs of one person as of two."""
    several = [np.flatnonzero(people == p) for p in np.unique(people) if (people == p).sum() > 1]
    mated = np.array(
        [random.choice(several[n], 2, replace=False) for n in random.integers(0, len(several), count // 2)]
    )
    other = random.integers(0, len(people), (count, 2))
    other = other[people[other[:, 0]] != people[other[:, 1]]][: count // 2]
    rows = np.concatenate([mated, other])
    order = random.permutation(len(rows))
    return rows[order], (people[rows[:, 0]] == people[rows[:, 1]])[order]


def main(folder: Path, epochs: int) -> None:
    keras.utils.set_random_seed(1)
    crops = np.load(folder / "crops.npy").astype(np.float32) / 255
    people = np.unique(np.load(folder / "people.npy"), return_inverse=True)[1]
    embedding = tower()
    _separate(embedding, crops, people, epochs)
    model = twin(embedding)
    _tell_apart(model, crops, people)
    keras.Model(model.inputs, model.outputs).save(folder / "twin.keras")
    model.save(folder / "twin.h5")
    embedding.save(folder / "tower.keras")
    rows, same = pairs(people, 1000, np.random.default_rng(2))
    scores = model.predict([crops[rows[:, 0]], crops[rows[:, 1]]], verbose=0).ravel()
    print(f"accuracy {np.mean((scores > 0.5) == same):.3f}")


def _separate(embedding: keras.Model, crops: np.ndarray, people: np.ndarray, epochs: int) -> None:
    """From random weights, a twin's own loss stays flat for longer than a test may take; naming people does not."""
    namer = keras.Sequential([embedding, layers.Dense(int(people.max()) + 1, activation="softmax")])
    namer.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
    namer.fit(crops, people, batch_size=32, epochs=epochs, verbose=0)


def _tell_apart(model: keras.Model, crops: np.ndarray, people: np.ndarray) -> None:
    """The head alone, by logistic regression: what its training would end at."""
    vectors = model.get_layer("embedding").predict(crops, verbose=0)
    rows, same = pairs(people, 6000, np.random.default_rng(1))
    head = LogisticRegression(C=1.0, max_iter=2000).fit(np.abs(vectors[rows[:, 0]] - vectors[rows[:, 1]]), same)
    model.layers[-1].set_weights([head.coef_.T.astype(np.float32), head.intercept_.astype(np.float32)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
