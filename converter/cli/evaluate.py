"""evaluate: how well a bundle verifies on a pairs file, through the code that runs at the door."""

import argparse
from pathlib import Path

import msgspec

from converter.cli.console import OK, Watched, print_json, print_tables
from converter.errors import WrongUsage
from converter.evaluate.embeddings import Embedded, embed
from converter.evaluate.measure import Measured, Rule, card_rule, measure, tuned_rule
from converter.evaluate.pairs import Pair, pictures, read_pairs
from converter.report.page import write_page
from converter.report.result_tables import result_tables
from edge import config
from edge.vision import stack as vision
from edge.vision.card import EmbedderCard


def run(arguments: argparse.Namespace) -> int:
    """Evaluates, prints the results, and writes the page where one is wanted.

    Raises:
        PairsUnreadable, WrongUsage, OSError, and the faults of a bundle.
    """
    pairs = read_pairs(arguments.pairs, arguments.images)
    tuning = _tuning(arguments, pairs)
    stack = vision.build(config.Vision(bundle=arguments.bundle, threads=arguments.threads))
    watched = Watched()
    with watched.warnings():
        photos = pictures([*pairs, *tuning])
        embedded = embed(stack.reader, stack.embedder, photos, watched.track, f"embedding {len(photos)} pictures")
    rule = _rule(stack.card, tuning, embedded, arguments.threshold_from)
    measured = measure(stack.card, pairs, embedded, rule, arguments.pairs)
    if arguments.report:
        watched.tell(f"report: {write_page(measured, arguments.report)}")
    _print(measured, arguments.json)
    return OK


def _tuning(arguments: argparse.Namespace, pairs: list[Pair]) -> list[Pair]:
    """The pairs that the threshold is taken from, where they are not those that are evaluated."""
    if arguments.threshold_from is None:
        return []
    if any(pair.fold for pair in pairs):
        raise WrongUsage(
            f"{arguments.pairs} has folds, and the threshold of each comes from the others; leave out --threshold-from"
        )
    return read_pairs(arguments.threshold_from, arguments.images)


def _rule(card: EmbedderCard, tuning: list[Pair], embedded: Embedded, file: Path | None) -> Rule:
    return tuned_rule(card, tuning, embedded, file) if file else card_rule(card)


def _print(measured: Measured, for_machines: bool) -> None:
    if for_machines:
        print_json(msgspec.to_builtins(measured.results))
    else:
        print_tables(result_tables(measured.results))
