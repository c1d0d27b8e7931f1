"""One class for each fault, named after it. Each also is the builtin error that a Python programmer would expect.

`code` is the word for machines: it stands in acknowledgements and in `--json` output.
"""


class SiameseEdgeError(Exception):
    """The base of every fault that this project raises on purpose."""

    code = "internal"


class ConfigurationError(SiameseEdgeError, ValueError):
    """config.yaml has an unknown key, a wrong type, or a value out of range."""

    code = "bad_configuration"


class BundleMissing(SiameseEdgeError, FileNotFoundError):
    """The folder, its card, or a file that its card names is not there."""

    code = "bundle_missing"


class BundleDamaged(SiameseEdgeError, ValueError):
    """A digest does not fit, or the card does not follow its schema."""

    code = "bundle_damaged"


class BundleTooNew(SiameseEdgeError, ValueError):
    """The card's format is newer than this program."""

    code = "bundle_too_new"


class BundleForeign(SiameseEdgeError, TypeError):
    """A bundle of another kind (a detector where an embedder is wanted), or a model that its card does not describe."""

    code = "bundle_foreign"


class GoldenMismatch(SiameseEdgeError, ArithmeticError):
    """The model computes something else here than where it was made."""

    code = "golden_mismatch"


class RuntimeMissing(SiameseEdgeError, ImportError):
    """No TFLite interpreter is installed, or not the one that was asked for."""

    code = "runtime_missing"


class PhotoUnreadable(SiameseEdgeError, ValueError):
    """The file is no picture, or a broken one."""

    code = "bad_image"


class PhotoTooLarge(SiameseEdgeError, ValueError):
    """The picture has more pixels or bytes than the program is willing to decode."""

    code = "too_large"


class NoFace(SiameseEdgeError, LookupError):
    """The picture shows no face."""

    code = "no_face"


class ManyFaces(SiameseEdgeError, LookupError):
    """The picture shows several faces of similar size, and so does not say whose it is."""

    code = "many_faces"


class LowQuality(SiameseEdgeError, ValueError):
    """The face is too small, blurred, dark, bright, flat or turned away."""

    code = "low_quality"


class DuplicatePerson(SiameseEdgeError, ValueError):
    """The photo matches a person who is enrolled under another identifier."""

    code = "duplicate_person"


class PersonNotFound(SiameseEdgeError, LookupError):
    """Nobody is enrolled under this identifier."""

    code = "not_found"


class InvalidPerson(SiameseEdgeError, ValueError):
    """The identifier is not `[a-z0-9-]{1,64}`."""

    code = "bad_schema"


class GalleryFull(SiameseEdgeError, OverflowError):
    """The configuration allows no more people."""

    code = "gallery_full"


class GalleryDamaged(SiameseEdgeError, OSError):
    """The gallery's file cannot be read, or was made by a newer version."""

    code = "internal"


class StorageFault(SiameseEdgeError, OSError):
    """The disk is full, read-only, or refuses to write."""

    code = "storage_full"


class CameraLost(SiameseEdgeError, OSError):
    """The camera cannot be opened, or has stopped giving frames."""

    code = "camera"


class BrokerUnreachable(SiameseEdgeError, ConnectionError):
    """The MQTT broker does not answer or refuses the connection."""

    code = "broker"
