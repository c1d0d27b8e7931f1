"""One class for each fault of the converter, named after it; the terminal's own faults come through as they are."""

from edge.errors import SiameseEdgeError


class PairsUnreadable(SiameseEdgeError, ValueError):
    """The pairs file does not follow the LFW format, or names a picture that is not there."""

    code = "bad_pairs"


class SourceMissing(SiameseEdgeError, FileNotFoundError):
    """The package that holds a model is not installed, or holds another file than expected."""

    code = "source_missing"


class PackageMissing(SiameseEdgeError, ImportError):
    """A package of the [convert] extra is not installed."""

    code = "package_missing"


class NotProved(SiameseEdgeError, ValueError):
    """No runtime at hand gives the golden output, so the bundle was not written."""

    code = "not_proved"


class NotABundle(SiameseEdgeError, FileExistsError):
    """The folder that a bundle should be written to holds something else."""

    code = "not_a_bundle"


class WrongUsage(SiameseEdgeError, ValueError):
    """The arguments contradict each other or the files that they name."""

    code = "wrong_usage"


class DataUnusable(SiameseEdgeError, ValueError):
    """The user's pictures are too few, of too few people, or show nothing that the crop can be laid on."""

    code = "bad_data"


class NothingLearned(SiameseEdgeError, ValueError):
    """The model's embeddings say nothing: not finite, all alike, or pictures of one person lie farther apart."""

    code = "nothing_learned"


class DecisionsFlipped(SiameseEdgeError, ArithmeticError):
    """The converted model decides more pairs differently than was allowed, so the bundle was not written."""

    code = "decisions_flipped"
