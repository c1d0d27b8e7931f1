"""A bundle on a pairs file: everything that is reported of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from converter.errors import PairsUnreadable
from converter.evaluate import metrics, verification
from converter.evaluate.bootstrap import Figure, roc_intervals
from converter.evaluate.embeddings import Embedded
from converter.evaluate.metrics import Distances, Flags, Reals, Roc
from converter.evaluate.pairs import Pair, pictures
from converter.evaluate.results import Results
from converter.evaluate.verification import Verification
from edge.vision.card import EmbedderCard
from edge.vision.similarity import score

FALSE_ACCEPT_RATES = (0.1, 0.01, 0.001, 0.0001)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """The results, and what they were made of: each pair's distance and score, and the curve over all."""

    results: Results
    card: EmbedderCard
    pairs: list[Pair]
    distances: Distances
    mated: Flags
    scores: Reals  # 0 for a pair with a failure
    curve: Roc


@dataclass(frozen=True, slots=True)
class Rule:
    """The distance that decides pairs, for a file without folds, and where it comes from."""

    distance: float
    origin: str


def card_rule(card: EmbedderCard) -> Rule:
    """The distance with the fewest errors on the pairs that the card's score was fitted on."""
    return Rule(card.score.best_distance, f"the card (fewest errors on {card.score.fitted_on})")


def tuned_rule(card: EmbedderCard, pairs: Sequence[Pair], embedded: Embedded, file: Path) -> Rule:
    """The distance with the fewest errors on other pairs.

    Raises:
        PairsUnreadable: no subject was found in any pair of them.
    """
    distances, mated = embedded.pair_distances(pairs, card.distance)
    if not np.isfinite(distances).any():
        raise PairsUnreadable(f"{file}: no pair in both of whose pictures a subject was found; give other pictures")
    return Rule(metrics.best_distance(distances, mated), f"fewest errors on {file.name}")


def measure(card: EmbedderCard, pairs: list[Pair], embedded: Embedded, rule: Rule, file: Path) -> Measured:
    """Everything that is reported of the bundle on the pairs of `file`; with folds, they decide and not `rule`.

    Raises:
        PairsUnreadable: no mated or no non-mated pair in both of whose pictures a subject was found.
    """
    distances, mated = embedded.pair_distances(pairs, card.distance)
    _check_acquired(distances, mated, file)
    scores = np.asarray(score(distances, card.score))
    folds = np.array([pair.fold for pair in pairs])
    if folds.max() > 0:
        decided, origin = verification.over_folds(distances, mated, folds), "for each fold, fewest errors in the others"
    else:
        decided, origin = verification.at_distance(distances, mated, rule.distance), rule.origin
    curve = metrics.roc(distances, mated)
    found = (
        {"bundle": card.name, "version": card.version, "model": card.digest, "dataset": file.name}
        | _counts(pairs, mated, embedded)
        | _decided(decided, origin, card, len(pairs))
        | _rates(curve, distances, mated, pairs)
        | _calibration(scores, distances, mated)
    )
    return Measured(msgspec.convert(found, Results), card, pairs, distances, mated, scores, curve)


def _check_acquired(distances: Distances, mated: Flags, file: Path) -> None:
    for kind, chosen in (("mated", mated), ("non-mated", ~mated)):
        if not np.isfinite(distances[chosen]).any():
            raise PairsUnreadable(
                f"{file}: no {kind} pair in both of whose pictures a subject was found; give pictures that the bundle "
                "is made for"
            )


def _counts(pairs: Sequence[Pair], mated: Flags, embedded: Embedded) -> dict[str, Any]:
    used = set(pictures(pairs))
    failed = [str(Path(*path.parts[-2:])) for path in embedded.failures if path in used]
    return {
        "pairs": len(pairs),
        "mated_pairs": int(mated.sum()),
        "non_mated_pairs": int((~mated).sum()),
        "people": len({name for pair in pairs for name in pair.identities}),
        "pictures": len(used),
        "failures_to_acquire": len(failed),
        "failed_pictures": failed,
    }


def _decided(decided: Verification, origin: str, card: EmbedderCard, pairs: int) -> dict[str, Any]:
    return {
        "folds": len(decided.folds),
        "accuracy": decided.accuracy,
        "accuracy_std": decided.standard_deviation,
        "accuracy_standard_error": decided.standard_error,
        "accuracy_interval": metrics.wilson(round(decided.accuracy * pairs), pairs),
        "fold_accuracies": decided.folds,
        "threshold": float(score(decided.distance, card.score)),
        "threshold_distance": decided.distance,
        "threshold_from": origin,
    }


def _rates(curve: Roc, distances: Distances, mated: Flags, pairs: Sequence[Pair]) -> dict[str, Any]:
    supported = [rate for rate in FALSE_ACCEPT_RATES if rate * int((~mated).sum()) >= 1]
    figures: dict[str, Figure] = {"eer": lambda curve: curve.equal_error_rate}
    figures |= {f"{rate:g}": _tar_at(rate) for rate in supported}
    intervals = roc_intervals(distances, mated, [pair.identities for pair in pairs], figures)
    names = [f"{rate:g}" for rate in FALSE_ACCEPT_RATES]
    return {
        "eer": curve.equal_error_rate,
        "eer_interval": intervals["eer"],
        "tar_at_far": {name: figures[name](curve) if name in figures else None for name in names},
        "tar_at_far_interval": {name: intervals.get(name) for name in names},
    }


def _tar_at(rate: float) -> Figure:
    return lambda curve: curve.tmr_at(rate)


def _calibration(scores: Reals, distances: Distances, mated: Flags) -> dict[str, Any]:
    acquired = np.isfinite(distances)
    return {
        "calibration_pairs": int(acquired.sum()),
        "cllr": metrics.cllr(scores[acquired], mated[acquired]),
        "expected_calibration_error": metrics.expected_calibration_error(scores[acquired], mated[acquired]),
    }
