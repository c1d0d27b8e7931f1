"""One class for each way in which a trained model cannot be taken."""

from edge.errors import SiameseEdgeError


class ModelUnreadable(SiameseEdgeError, ValueError):
    """The file is no trained Keras model, or a damaged one."""

    code = "bad_model"


class ModelUnclear(SiameseEdgeError, LookupError):
    """The file leaves open what an option can answer: which part is the tower, what a layer of the user's does."""

    code = "model_unclear"


class ModelUnsupported(SiameseEdgeError, NotImplementedError):
    """The model has a layer or a head for which there is nothing on the device."""

    code = "model_unsupported"


class ModelUnsafe(SiameseEdgeError, ValueError):
    """The file would fill the memory, or reaches into other files."""

    code = "model_unsafe"
