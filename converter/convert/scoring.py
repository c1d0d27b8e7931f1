"""From distances on the user's pairs to what the card promises: score, operating points, accuracy."""

from dataclasses import dataclass

import msgspec
import numpy as np

from converter.convert.pairing import Pairing
from converter.convert.prove import AT_THE_TERMINAL, OWN_RULE, Rule
from converter.convert.source import TrainedScore
from converter.errors import NothingLearned
from converter.evaluate import calibrate, metrics
from converter.evaluate.claims import Claims, claims
from converter.evaluate.embeddings import Embedded
from converter.evaluate.pairs import Pair
from edge.config import Decision
from edge.decision.threshold import for_gallery
from edge.vision.card import Calibration, Evaluation
from edge.vision.similarity import Distance, score

PRIOR = 0.5
"""Scores are at even odds: pairs are fitted and measured in even numbers, as twins are trained on."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """What was fitted and measured on one run's embeddings."""

    calibration: Calibration
    claims: Claims
    rules: tuple[Rule, Rule]  # the model's own, and the terminal's
    evaluation: Evaluation
    fitted: bool  # False for a trained head's own score


def scored(
    embedded: Embedded, who: dict[str, str], pairing: Pairing, distance: Distance, head: TrainedScore | None, name: str
) -> Scoring:
    """The score of a trained head, or else a fitted one, and the operating points.

    Of a fitted score the card tells Cllr and calibration error only where they are of other people.

    Args:
        embedded: of all pictures in which a subject was found.
        who: the identity on each picture, by its path.
        name: of the pictures, for the card.

    Raises:
        NothingLearned.
    """
    _check(embedded, pairing, distance)
    draft = _of_head(head) if head else _fitted(*embedded.pair_distances(pairing.fit, distance), name)
    pairs = pairing.all if head else pairing.test
    calibration = draft
    if head or pairing.honest:
        calibration = _measured(draft, *embedded.pair_distances(pairs, distance))
    vectors = np.stack(list(embedded.vectors.values()))
    own = calibration.best_distance
    found = claims(vectors, [who[str(path)] for path in embedded.vectors], distance, own)
    door = for_gallery(1, Decision().false_accept_rate, found.points, calibration).distance
    rules = Rule(OWN_RULE, own), Rule(AT_THE_TERMINAL, door)
    return Scoring(calibration, found, rules, _evaluation(embedded, pairs, distance, own, name), head is None)


def _of_head(head: TrainedScore) -> Calibration:
    """The twin's own score; its rule, 0.5, is at intercept / slope."""
    fitted_on = "the trained head's own weights and bias: it equals the twin's output, and was not fitted again"
    return Calibration(head.slope, head.intercept, PRIOR, fitted_on, 0, 0, head.intercept / head.slope)


def _fitted(distances: metrics.Distances, mated: metrics.Flags, name: str) -> Calibration:
    slope, intercept = calibrate.fit_score(distances, mated, doubting=True)
    if not slope > 0:
        raise NothingLearned(
            f"{name}: pictures of one person lie farther apart than those of two (slope {slope:.3g}); is --input-range "
            "as in training, --crop what it was trained to see, and --distance the one that it was trained with?"
        )
    best = metrics.best_distance(distances, mated)
    return Calibration(slope, intercept, PRIOR, name, int(mated.sum()), int((~mated).sum()), best)


def _measured(draft: Calibration, distances: metrics.Distances, mated: metrics.Flags) -> Calibration:
    scores = np.asarray(score(distances, draft))
    error = metrics.expected_calibration_error(scores, mated)
    return msgspec.structs.replace(draft, cllr=metrics.cllr(scores, mated), expected_calibration_error=error)


def _evaluation(embedded: Embedded, pairs: list[Pair], distance: Distance, own: float, name: str) -> Evaluation:
    distances, mated = embedded.pair_distances(pairs, distance)
    right = int(((distances <= own) == mated).sum())
    return Evaluation(name, "accuracy", right / len(mated), len(mated), metrics.wilson(right, len(mated)))


def _check(embedded: Embedded, pairing: Pairing, distance: Distance) -> None:
    found, _ = embedded.pair_distances(pairing.all, distance)
    if not np.isfinite(found).all() or np.ptp(found) <= 1e-6 * max(float(np.abs(found).max()), 1e-12):
        raise NothingLearned(
            f"the distances of all {len(found)} pairs are {found.min():.4g} to {found.max():.4g}: the tower gives the "
            "same for every picture; is --input-range as in training, and were the weights loaded?"
        )
