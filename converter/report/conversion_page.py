"""The page of a conversion: what was proved, what was not, and the card."""

from html import escape

import numpy as np

from converter.convert.conversion import Proof
from converter.convert.crops import names
from converter.evaluate.measure import Measured
from converter.report.card_tables import card_tables
from converter.report.conversion_tables import chosen_parities, conversion_tables, flips, milliseconds, sentences
from converter.report.embedding_map import embedding_map
from converter.report.page import document, figures, key_figures, plot_grid, tables
from converter.report.pair_pictures import pair_pictures
from converter.report.plots import plots
from converter.report.result_tables import page_tables
from converter.table import percent

_MOST_FLIPS = 30


def conversion_page(proof: Proof, measured: Measured, *, pictures: bool) -> str:
    """The page's HTML; it names people's pictures, and shows them only where `pictures` is set."""
    card = proof.card
    drawn = plots(measured) | {"Embedding map": _map(proof)}
    return document(
        f"{card.name}: {card.description}",
        [
            f"<p><strong>No bundle was written.</strong> {escape(proof.refusal)}</p>" if proof.refusal else "",
            figures(_key_figures(proof, measured)),
            "<h2>What this shows, and what it does not</h2>",
            f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences(proof, measured))}</ul>",
            *tables(conversion_tables(proof, measured)),
            plot_grid(drawn),
            *tables(flips(proof, _MOST_FLIPS)),
            *(pair_pictures(proof, measured) if pictures else []),
            *tables(page_tables(measured)),
            f"<h1>The card of {escape(card.name)}</h1>",
            *tables(card_tables(card)),
        ],
    )


def _key_figures(proof: Proof, measured: Measured) -> dict[str, str]:
    chosen = chosen_parities(proof)
    return {
        "decided differently": percent(max(one.decided_differently for one in chosen)),
        "a call": milliseconds(chosen[0].run),
        "size": f"{chosen[0].run.size / 1e6:.1f} MB",
        **key_figures(measured),
    }


def _map(proof: Proof) -> str:
    who = names(proof.crops.photos)
    vectors = proof.embedded.vectors
    return embedding_map(np.stack(list(vectors.values())), [who[str(path)] for path in vectors])
