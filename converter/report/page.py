"""One HTML page with everything in it: it needs no network, and fits a phone."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from converter.evaluate.measure import Measured
from converter.report.card_tables import card_tables
from converter.report.plots import plots
from converter.report.result_tables import page_tables
from converter.table import Table, percent

_STYLE = """
:root { color-scheme: light; font: 16px/1.45 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; color: #1c1917; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
.figures { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 0; }
.figures div { min-width: 8rem; } .figures dt { color: #57534e; } .figures dd { margin: 0; font-size: 1.5rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; } img { width: 100%; height: auto; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid #e7e5e4; }
td { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; } table.many td { white-space: nowrap; }
table.many td:first-child { white-space: normal; min-width: 7rem; }
p { color: #57534e; font-size: .875rem; margin: .3rem 0; }
"""


def write_page(measured: Measured, folder: Path) -> Path:
    """Writes index.html into `folder`, which is made if need be; gives the page's path.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    return write_document(page(measured), folder)


def write_document(html: str, folder: Path) -> Path:
    """As `write_page`, for any page; an older one stays until the new one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "index.html"
    part = folder / ".index.html.part"
    part.write_text(html, encoding="utf-8")
    return part.replace(file)


def page(measured: Measured) -> str:
    """The page's HTML. It names pictures, and shows none."""
    results = measured.results
    title = f"{results.bundle} {results.version} on {results.dataset}"
    return document(
        title,
        [
            figures(key_figures(measured)),
            plot_grid(plots(measured)),
            *tables(page_tables(measured)),
            f"<h1>The bundle {escape(results.bundle)}</h1>",
            *tables(card_tables(measured.card)),
        ],
    )


def document(title: str, parts: Iterable[str]) -> str:
    """A page with that title (plain text) over those parts (HTML)."""
    title = escape(title)
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
            "style-src 'unsafe-inline'\">",
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            *parts,
            "</body></html>",
            "",
        ]
    )


def key_figures(measured: Measured) -> dict[str, str]:
    """What people look for first."""
    results = measured.results
    return {
        "accuracy": percent(results.accuracy),
        "equal error rate": percent(results.eer),
        **{f"TAR at FAR {far}": percent(tar, 1) for far, tar in results.tar_at_far.items() if tar is not None},
        "pairs": f"{results.pairs:,}",
        "failures to acquire": f"{results.failures_to_acquire:,}",
    }


def figures(shown: dict[str, str]) -> str:
    """Figures in large letters, each under its name."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shown.items())
    return f'<dl class="figures">{items}</dl>'


def plot_grid(uris: dict[str, str]) -> str:
    """Plots side by side, as many as fit."""
    return '<div class="plots">' + "".join(_plot(name, uri) for name, uri in uris.items()) + "</div>"


def _plot(name: str, uri: str) -> str:
    return f'<figure><h2>{escape(name)}</h2><img alt="{escape(name)}" src="{uri}"></figure>'


def tables(shown: Iterable[Table]) -> list[str]:
    """Tables, one under the other."""
    return [_table(table) for table in shown]


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join(f"<tr>{_cells(row, bool(table.columns))}</tr>" for row in table.rows)
    kind = ' class="many"' if table.columns else ""
    note = f"<p>{escape(table.note)}</p>" if table.note else ""
    body = (f"<thead><tr>{head}</tr></thead>" if head else "") + f"<tbody>{rows}</tbody>"
    return f'<h2>{escape(table.title)}</h2><div class="wide"><table{kind}>{body}</table></div>{note}'


def _cells(row: Iterable[str], headed: bool) -> str:
    first, *others = (escape(cell) for cell in row)
    opening = f"<td>{first}</td>" if headed else f'<th scope="row">{first}</th>'
    return opening + "".join(f"<td>{cell}</td>" for cell in others)
