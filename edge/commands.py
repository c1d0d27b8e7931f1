"""What people ask of a gallery: enrol, re-enrol, remove. One implementation for the command line and for MQTT."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge.gallery.enrol import reference_from_file, refuse_duplicate
from edge.gallery.store import Store, check_person
from edge.gallery.view import GalleryView
from edge.types import PersonId
from edge.vision.stack import Stack


def enrol(
    stack: Stack,
    store: Store,
    gallery: GalleryView,
    person: str,
    photos: Sequence[Path],
    name: str | None = None,
    *,
    replace: bool = False,
    look_alike: bool = False,
) -> int:
    """Adds a reference from each photo, or with `replace` puts them in the place of the earlier ones; how many.

    All photos are good, or nothing changes. `look_alike` allows a face that matches somebody else.

    Raises:
        InvalidPerson, PhotoUnreadable, PhotoTooLarge, NoFace, ManyFaces, LowQuality, DuplicatePerson, GalleryFull,
        StorageFault.
    """
    identifier = check_person(person)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    references = [reference_from_file(stack, photo, now) for photo in photos]
    gallery.refresh()
    if not look_alike:
        refuse_duplicate(gallery.index, gallery.threshold, identifier, references)
    store.add(identifier, name, references, now, replace=replace)
    return len(references)


def remove(store: Store, person: str) -> None:
    """Removes a person and all that was kept of them.

    Raises:
        PersonNotFound, StorageFault.
    """
    store.remove(PersonId(person))
