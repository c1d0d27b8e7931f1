"""convert: a trained model becomes a bundle that is proved to decide as the model does."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from converter.cli.console import FAULT, OK, Watched, complain, muted, print_json, print_tables
from converter.convert.conversion import Proof, convert
from converter.convert.order import Order
from converter.convert.recipe import RECIPES
from converter.errors import DecisionsFlipped, WrongUsage
from converter.evaluate.measure import Measured, Rule, card_rule, measure
from converter.report.conversion_page import conversion_page
from converter.report.conversion_tables import conversion_tables, flips, sentences
from converter.report.page import write_document

_MOST_FLIPS = 10


def run(arguments: argparse.Namespace) -> int:
    """Converts, proves, writes the bundle and the page where one is wanted. Exit status 1 if decisions flipped.

    Raises:
        the faults of `conversion.convert`.
    """
    order = _order(arguments)
    with tempfile.TemporaryDirectory(prefix="siamese-convert-") as scratch, muted(Path(scratch) / "log") as terminal:
        watched = Watched(terminal)
        with watched.warnings():
            proof = convert(order, watched)
        watched.tell("measuring")
        measured = _measured(order, proof)
        if order.report:
            page = conversion_page(proof, measured, pictures=order.pictures)
            watched.tell(f"report: {write_document(page, order.report)}")
    _print(order, proof, measured, arguments.json)
    if proof.refusal:
        complain(proof.refusal)
    return FAULT if proof.refusal else OK


def _order(arguments: argparse.Namespace) -> Order:
    if (arguments.data is None) == (arguments.pairs is None) or (arguments.pairs is None) != (arguments.images is None):
        raise WrongUsage(
            "give either --data DIR, or both --pairs FILE and --images DIR: pictures to prove the model on"
        )
    if arguments.pictures and not arguments.report:
        raise WrongUsage("--pictures shows pictures in the report; give --report DIR too, or leave it out")
    words = {name: getattr(arguments, name) for name in Order.__dataclass_fields__}
    name = arguments.name or arguments.out.resolve().name
    return Order(**words | {"recipe": RECIPES[arguments.recipe], "name": name, "layers": dict(arguments.layers)})


def _measured(order: Order, proof: Proof) -> Measured:
    source = order.data or order.pairs
    assert source
    own, origin = proof.scoring.rules[0], "the trained head: score 0.5"
    rule = card_rule(proof.card) if proof.scoring.fitted else Rule(own.distance, origin)
    return measure(proof.card, proof.measured_pairs, proof.embedded, rule, source)


def _print(order: Order, proof: Proof, measured: Measured, for_machines: bool) -> None:
    if for_machines:
        print_json(_answer(order, proof, measured))
        return
    print_tables([*conversion_tables(proof, measured), *flips(proof, _MOST_FLIPS)])
    for sentence in sentences(proof, measured):
        print(f"  {sentence}")
    if not proof.refusal:
        print(f"bundle: {order.out}")


def _answer(order: Order, proof: Proof, measured: Measured) -> dict[str, Any]:
    parities = {(one.run.recipe, one.run.runtime): one for one in proof.parities}
    runs = [
        {
            "recipe": run.recipe,
            "runtime": run.runtime,
            "version": run.version,
            "bytes": run.size,
            "milliseconds": run.milliseconds or None,
            "fault": run.fault or None,
            "parity": _parity(parities[run.recipe, run.runtime]) if run.vectors is not None else None,
        }
        for run in proof.runs
    ]
    error = {"error": {"code": DecisionsFlipped.code, "message": proof.refusal}} if proof.refusal else {}
    return {
        "bundle": None if proof.refusal else str(order.out),
        "recipe": proof.recipe,
        "runs": runs,
        "not_converted": {one.recipe: one.fault for one in proof.attempts if one.fault},
        "rules": {rule.name: rule.distance for rule in proof.scoring.rules},
        "sentences": sentences(proof, measured),
        "results": msgspec.to_builtins(measured.results),
        **error,
    }


def _parity(one: Any) -> dict[str, Any]:
    return {
        "pictures": one.pictures,
        "pairs": one.pairs,
        "cosine_min": one.cosine_min,
        "cosine_mean": one.cosine_mean,
        "max_error": one.max_error,
        "score_error": one.score_error,
        "flips": one.flips,
    }
