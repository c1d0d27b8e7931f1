"""Pictures to embeddings, through the same code that runs at the door."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converter.evaluate.metrics import Distances, Flags
from converter.evaluate.pairs import Pair
from converter.progress import Track, unwatched
from edge.camera.photos import read_photo
from edge.errors import PhotoTooLarge, PhotoUnreadable
from edge.types import Pixels
from edge.vision.embedder import Embedder
from edge.vision.reader import Reader
from edge.vision.similarity import Distance, distances

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The embeddings of those pictures in which a subject was found, and the others."""

    vectors: dict[Path, NDArray[np.float32]]
    failures: list[Path]

    def pair_distances(self, pairs: Sequence[Pair], distance: Distance) -> tuple[Distances, Flags]:
        """The distance of each pair, and whether it is mated. A pair with a failure is infinitely far apart."""
        found = [self._distance(pair, distance) for pair in pairs]
        return np.array(found), np.array([pair.mated for pair in pairs])

    def acquired(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs in both of whose pictures a subject was found."""
        return [pair for pair in pairs if pair.first in self.vectors and pair.second in self.vectors]

    def _distance(self, pair: Pair, distance: Distance) -> float:
        first, second = self.vectors.get(pair.first), self.vectors.get(pair.second)
        if first is None or second is None:
            return float("inf")
        return float(distances(first, second[np.newaxis], distance)[0])


def embed(
    reader: Reader, embedder: Embedder, photos: Sequence[Path], track: Track = unwatched, what: str = "embedding"
) -> Embedded:
    """The embedding of each photo's subject; a photo that cannot be read is a failure, and logged."""
    vectors, failures = {}, []
    for photo in track(photos, what):
        crop = subject(reader, photo)
        if crop is None:
            failures.append(photo)
        else:
            vectors[photo] = embedder.embed(crop).vector
    return Embedded(vectors, failures)


def subject(reader: Reader, photo: Path) -> Pixels | None:
    """The crop of the photo's subject; None, logged, if the photo shows none or cannot be read."""
    try:
        sample = reader.central(read_photo(photo))
    except (PhotoUnreadable, PhotoTooLarge) as fault:
        log.warning("counts as a failure to acquire: %s", fault)
        return None
    if sample is None:
        log.info("no subject found: %s", photo)
        return None
    return sample.crop
