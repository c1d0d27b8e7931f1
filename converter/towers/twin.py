"""A Siamese twin around a tower: two inputs, one shared tower, the distance of what it gives for each."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("siamese-edge")
class EuclideanDistance(layers.Layer):  # type: ignore[misc]  # keras has no types
    """The Euclidean distance of two batches of embeddings (N x D each), N x 1."""

    def call(self, first: object, second: object) -> object:
        """Computes it; the least positive number under the root keeps its gradient finite."""
        squared = ops.sum(ops.square(ops.subtract(first, second)), axis=-1, keepdims=True)
        return ops.sqrt(ops.maximum(squared, keras.config.epsilon() ** 2))


def euclidean(tower: keras.Model) -> keras.Model:
    """The twin that gives the Euclidean distance of two pictures' embeddings."""
    shape = tower.input_shape[1:]
    first, second = keras.Input(shape, name="first"), keras.Input(shape, name="second")
    return keras.Model([first, second], EuclideanDistance(name="distance")(tower(first), tower(second)), name="twin")
