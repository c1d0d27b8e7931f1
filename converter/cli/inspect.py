"""inspect: what a bundle's card says, and whether its files are those that the card names."""

import argparse
from pathlib import Path

import msgspec

from converter.cli.console import OK, print_json, print_tables
from converter.report.card_tables import card_tables
from converter.table import Table
from edge.vision import bundle
from edge.vision.card import Card


def run(arguments: argparse.Namespace) -> int:
    """Prints the card once all digests were checked.

    Raises:
        BundleMissing, BundleDamaged, BundleTooNew.
    """
    card = checked_card(arguments.bundle)
    if arguments.json:
        print_json(msgspec.to_builtins(card))
    else:
        print_tables([*card_tables(card), _digests(card)])
    return OK


def checked_card(name: str) -> Card:
    """The card of the bundle in that folder, or of the shipped one of that name, whatever its kind."""
    folder = Path(name) if "/" in name or Path(name).is_dir() else bundle.SHIPPED / name
    card = bundle.read_card(folder)
    bundle.load(str(folder.absolute()), type(card))
    return card


def _digests(card: Card) -> Table:
    rows = [(file.name, f"sha256 {file.sha256[:12]}… as the card says") for file in (card.model, card.golden.file)]
    return Table("Digests checked", (), rows)
