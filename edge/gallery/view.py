"""What the vision thread sees of the gallery: an index and a threshold that are made anew when the file changes."""

import logging
from collections.abc import Callable

from edge.decision.threshold import Threshold
from edge.gallery.index import Index
from edge.gallery.store import Store
from edge.vision.card import EmbedderCard

log = logging.getLogger(__name__)


class GalleryView:
    """The gallery as of the last `refresh`."""

    index: Index
    threshold: Threshold
    version: int

    def __init__(self, store: Store, card: EmbedderCard, threshold_for: Callable[[int], Threshold]) -> None:
        """`threshold_for` gives the threshold for a number of people."""
        self._store = store
        self._card = card
        self._threshold_for = threshold_for
        self.refresh()

    @property
    def size(self) -> int:
        """How many people can be recognised."""
        return len(self.index.people)

    def refresh(self) -> bool:
        """Takes over what another process or a command changed, and whether it did; call it between two frames."""
        if not self._store.changed():
            return False
        people, references = self._store.references(self._card.digest)
        card = self._card
        self.index = Index(people, references, card.digest, card.distance, card.score)
        self.threshold = self._threshold_for(self.size)
        self.version = self._store.version
        self._tell()
        return True

    def _tell(self) -> None:
        log.info(
            "gallery",
            extra={"version": self.version, "people": self.size, "threshold": f"{self.threshold.score:.4f}"},
        )
        left_out = [person.id for person in self._store.people(self._card.digest) if person.must_re_enrol]
        if left_out:
            log.warning(
                "re-enrol needed: the references of %d people were made by another model and are not compared: %s",
                len(left_out),
                " ".join(left_out),
            )
        if self.size and self.threshold.false_match_rate is not None and not self.threshold.measured:
            log.warning(
                "threshold: with %d people the wanted false accept rate needs a false match rate below any that was "
                "measured; the least measured one holds: %.1e",
                self.size,
                self.threshold.false_match_rate,
            )
