"""The hot path: one frame in, decisions out."""

from collections.abc import Callable

from edge.decision.session import Observation, Session
from edge.gallery.view import GalleryView
from edge.types import Decision, Frame, Sample
from edge.vision.stack import Stack


class Pipeline:
    """Frame -> faces -> embeddings -> nearest references -> decisions. It belongs to one thread."""

    def __init__(
        self, stack: Stack, gallery: GalleryView, session: Session, gallery_changed: Callable[[], None] = lambda: None
    ) -> None:
        self._stack = stack
        self._gallery = gallery
        self._session = session
        self._gallery_changed = gallery_changed

    def step(self, frame: Frame) -> list[Decision]:
        """What is decided by this frame."""
        if self._gallery.refresh():
            self._gallery_changed()
        seen = [self._observed(sample) for sample in self._stack.reader.samples(frame.pixels)]
        return self._session.observe(seen, self._gallery.threshold, frame.taken_at)

    def _observed(self, sample: Sample) -> Observation:
        """A sample that is not good enough does not vote, so it is not embedded either."""
        if not sample.quality.sufficient:
            return Observation(sample.box, sample.quality, None)
        match = self._gallery.index.nearest(self._stack.embedder.embed(sample.crop))
        return Observation(sample.box, sample.quality, match)
