"""What is measured of the face tower for its card: score, operating points, accuracy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from converter.evaluate import calibrate, metrics
from converter.evaluate.embeddings import Embedded
from converter.evaluate.pairs import Pair
from converter.pretrained import cards
from converter.pretrained.collection import NAME
from edge.vision.card import Calibration, Evaluation, OperatingPoint
from edge.vision.similarity import score


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One half of the collection, embedded."""

    name: str
    pairs: list[Pair]
    embedded: Embedded


def calibration(train: Part, test: Part) -> Calibration:
    """The score, fitted on `train`; how well it is calibrated, measured on `test`."""
    distances, mated = _acquired(train)
    slope, intercept = calibrate.fit_score(distances, mated)
    best = metrics.best_distance(distances, mated)
    fitted_on = f"{NAME}, {train.name}"
    draft = Calibration(slope, intercept, 0.5, fitted_on, int(mated.sum()), int((~mated).sum()), best)
    held_out, held_out_mated = _acquired(test)
    scores = score(held_out, draft)
    return msgspec.structs.replace(
        draft,
        cllr=metrics.cllr(scores, held_out_mated),
        expected_calibration_error=metrics.expected_calibration_error(scores, held_out_mated),
    )


def operating_points(train: Part) -> list[OperatingPoint]:
    """From all comparisons of the pictures with each other."""
    photos = list(train.embedded.vectors)
    who = {photo: name for pair in train.pairs for photo, name in _pictured(pair)}
    vectors = np.stack([train.embedded.vectors[photo] for photo in photos])
    return calibrate.operating_points(vectors, [who[photo] for photo in photos], cards.DISTANCE)


def evaluation(part: Part, distance: float) -> Evaluation:
    """The accuracy on the part's pairs, if those up to `distance` match; a failure to acquire never matches."""
    distances, mated = part.embedded.pair_distances(part.pairs, cards.DISTANCE)
    right = int(((distances <= distance) == mated).sum())
    interval = metrics.wilson(right, len(mated))
    return Evaluation(f"{NAME}, {part.name}", "accuracy", right / len(mated), len(mated), interval)


def _acquired(part: Part) -> tuple[metrics.Distances, metrics.Flags]:
    return part.embedded.pair_distances(part.embedded.acquired(part.pairs), cards.DISTANCE)


def _pictured(pair: Pair) -> Iterator[tuple[Path, str]]:
    return zip((pair.first, pair.second), pair.identities, strict=True)
