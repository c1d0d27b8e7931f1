"""A table of text, before anybody decides how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

Interval = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column headings (none for a list of names and values), and rows of as many cells."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def percent(value: float | None, digits: int = 2) -> str:
    """A share as per cent; a dash for none."""
    return "-" if value is None else f"{100 * value:.{digits}f} %"


def percent_interval(bounds: Interval) -> str:
    """Both bounds as per cent; a dash for none."""
    return "-" if bounds is None else f"{100 * bounds[0]:.2f} to {100 * bounds[1]:.2f} %"


def rate(value: float) -> str:
    """A small share, which per cent would round away."""
    return f"{value:.2g}"


def rate_interval(bounds: tuple[float, float]) -> str:
    """Both bounds of a small share."""
    return f"{rate(bounds[0])} to {rate(bounds[1])}"
