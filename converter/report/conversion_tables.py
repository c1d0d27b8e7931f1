"""A conversion as tables and sentences for people."""

from collections.abc import Iterator

from converter.convert.conversion import Proof
from converter.convert.prove import Parity
from converter.convert.running import Run
from converter.convert.source import AS_IT_CAME
from converter.evaluate.measure import Measured
from converter.table import Table, percent, rate
from edge.config import Decision
from edge.decision.threshold import for_gallery
from edge.vision.similarity import score

_GALLERIES = (1, 10, 100, 1000)
_POORLY_CALIBRATED = 0.05


def conversion_tables(proof: Proof, measured: Measured) -> list[Table]:
    """What a person wants to know first."""
    return [summary(proof, measured), recipes(proof), parity(proof), galleries(proof)]


def sentences(proof: Proof, measured: Measured) -> list[str]:
    """What the figures show, and what they do not."""
    return [*proof.source.told, *_reservations(proof, measured), *proof.scoring.claims.gaps]


def recipes(proof: Proof) -> Table:
    """Size and speed of each recipe on each runtime, and what does not run."""
    first = {run.runtime: run.milliseconds for run in proof.runs if run.recipe == AS_IT_CAME and run.milliseconds}
    rows = [_recipe_row(run, first.get(run.runtime)) for run in proof.runs]
    rows += [(one.recipe, "-", "-", "-", "-", one.fault) for one in proof.attempts if one.fault]
    columns = ("recipe", "runtime", "size", "a call", "faster", "note")
    threads = max((run.threads for run in proof.runs), default=0)
    return Table("Recipes", columns, rows, f"A call: median, here and now, {threads} threads, all in turns.")


def parity(proof: Proof) -> Table:
    """How near each run comes to the trained tower."""
    rules = [rule.name for rule in proof.scoring.rules]
    columns = ("run", "least cosine", "mean", "embedding off by", "score off by")
    rows = [_parity_row(one, rules) for one in proof.parities]
    shown = (*columns, *(f"flips, {name}" for name in rules), "pairs")
    limits = "; ".join(f"{rule.name}: distance {rule.distance:.4f}" for rule in proof.scoring.rules)
    note = f"Off by: at most. {limits}. The bundle is refused by flips under its own rule."
    return Table("Parity with the trained tower", shown, rows, note)


def galleries(proof: Proof) -> Table:
    """The threshold that a terminal takes for so many people."""
    wanted, card = Decision().false_accept_rate, proof.card
    rows = []
    for size in _GALLERIES:
        found = for_gallery(size, wanted, card.operating_points, card.score)
        known = "measured" if found.measured else "not measured: the strictest point holds, and the terminal warns"
        rows.append(
            (f"{size:,}", f"{found.distance:.4f}", f"{found.score:.4f}", rate(found.false_match_rate or 0), known)
        )
    columns = ("people", "distance", "score", "false match rate", f"for a stranger's chance of {wanted:g}")
    return Table("Thresholds by size of the gallery", columns, rows)


def summary(proof: Proof, measured: Measured) -> Table:
    """What was made of what."""
    card, results, fed = proof.card, measured.results, proof.card.input
    people, failures = proof.album.people, len(proof.crops.failures)
    rows = [
        ("bundle", "not written" if proof.refusal else f"{card.name}, digest {card.digest}"),
        ("model", card.provenance.origin),
        ("input", f"{fed.width} x {fed.height} {fed.channels}, pixel * {fed.scale:.6g} + {fed.offset:g}"),
        ("pictures", f"{len(proof.crops.photos):,} of {people:,} people; {failures:,} without a subject"),
        ("pairs", f"{results.mated_pairs:,} mated, {results.non_mated_pairs:,} non-mated"),
        ("accuracy", f"{percent(results.accuracy)} by {results.threshold_from}"),
        ("equal error rate", percent(results.eer)),
        ("score", card.score.fitted_on),
        ("Cllr", f"{results.cllr:.4f} bits"),
        ("expected calibration error", f"{results.expected_calibration_error:.4f}"),
    ]
    return Table("Conversion", (), rows)


def _recipe_row(run: Run, first: float | None) -> tuple[str, ...]:
    runtime = f"{run.runtime} {run.version}".strip()
    if run.vectors is None:
        return run.recipe, runtime, _megabytes(run.size), "-", "-", f"does not run: {run.fault}"
    faster = f"{first / run.milliseconds:.1f} x" if first else "-"
    note = "" if run.accelerated else "without XNNPACK"
    return run.recipe, runtime, _megabytes(run.size), milliseconds(run), faster, note


def _parity_row(one: Parity, rules: list[str]) -> tuple[str, ...]:
    return (
        f"{one.run.recipe}, {one.run.runtime}",
        f"{one.cosine_min:.6f}",
        f"{one.cosine_mean:.6f}",
        f"{one.max_error:.2g}",
        f"{one.score_error:.2g}",
        *(percent(one.flips[name]) for name in rules),
        f"{one.pairs:,}",
    )


def flips(proof: Proof, most: int) -> Iterator[Table]:
    """The pairs that the chosen recipe decides differently."""
    for one in chosen_parities(proof):
        rows = [
            (
                proof.pairing.all[flip.pair].name,
                "mated" if proof.pairing.all[flip.pair].mated else "non-mated",
                *(f"{distance:.4f}" for distance in (flip.trained, flip.converted)),
                *(f"{score(distance, proof.card.score):.4f}" for distance in (flip.trained, flip.converted)),
            )
            for flip in one.flipped[:most]
        ]
        columns = ("pair", "kind", "distance, trained", "converted", "score, trained", "converted")
        left_out = f"{len(one.flipped) - len(rows):,} more." if len(one.flipped) > len(rows) else ""
        if rows:
            yield Table(f"Pairs decided differently by {one.run.recipe} on {one.run.runtime}", columns, rows, left_out)


def chosen_parities(proof: Proof) -> list[Parity]:
    """Of the recipe that the bundle holds or would hold."""
    return [one for one in proof.parities if one.run.recipe == proof.recipe]


def _reservations(proof: Proof, measured: Measured) -> Iterator[str]:
    yield (
        "If the model was trained on these pictures or on other pictures of these people, every figure here is better "
        "than at the door. Prove it on people that it has never seen."
    )
    if proof.scoring.fitted:
        yield f"The score: {proof.pairing.apart}."
    elif measured.results.expected_calibration_error > _POORLY_CALIBRATED:
        yield (
            "The trained head's score is no probability: on these pairs it is off by "
            f"{measured.results.expected_calibration_error:.2f} on average. --recalibrate fits one that is; then it no "
            "longer equals the twin's output."
        )
    if proof.album.layout == "tutorial":
        yield (
            "Anchor and positive show one person before one camera, the negatives other people elsewhere. Figures on "
            "such pairs cannot tell a model that knows the face from one that knows the camera. Take pictures of other "
            "people before the same camera, and give --data one folder for each person."
        )


def milliseconds(run: Run) -> str:
    """The median time of a call."""
    return f"{run.milliseconds:.3g} ms"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
