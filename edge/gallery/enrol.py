"""From photos to references: one face, of sufficient quality, and of nobody who is enrolled already."""

from collections.abc import Sequence
from pathlib import Path

from edge.camera.photos import read_photo
from edge.decision.threshold import Threshold
from edge.errors import DuplicatePerson, LowQuality
from edge.gallery.index import Index
from edge.gallery.store import Reference
from edge.types import PersonId, Pixels
from edge.vision.stack import Stack


def reference_from_file(stack: Stack, photo: Path, taken: str) -> Reference:
    """A reference from a picture file.

    Raises:
        PhotoUnreadable, PhotoTooLarge, NoFace, ManyFaces, LowQuality.
    """
    return reference_from_pixels(stack, read_photo(photo), photo.name, taken)


def reference_from_pixels(stack: Stack, pixels: Pixels, name: str, taken: str) -> Reference:
    """A reference from a decoded picture; `name` is where it came from.

    Raises:
        NoFace, ManyFaces, LowQuality.
    """
    sample = stack.enrolment_portrait(pixels, name)
    if not sample.quality.sufficient:
        raise LowQuality(f"{name}: the face is {'; '.join(sample.quality.reasons)}")
    return Reference(stack.embedder.embed(sample.crop), sample.quality, taken, name)


def refuse_duplicate(index: Index, threshold: Threshold, person: PersonId, references: Sequence[Reference]) -> None:
    """Refuses references that match somebody else.

    Raises:
        DuplicatePerson: with whom, and how near.
    """
    for reference in references:
        match = index.nearest(reference.embedding)
        if match is not None and match.person == person:
            match = match.runner_up
        if match is not None and threshold.met_by(match.score, match.distance):
            raise DuplicatePerson(
                f"{reference.source}: matches {match.person!r}, who is enrolled already (score {match.score:.3f}, "
                f"threshold {threshold.score:.3f}); if it is the same person, use that identifier or remove it first; "
                "if they are two who look alike, allow it with --look-alike"
            )
