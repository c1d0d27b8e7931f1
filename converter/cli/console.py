"""How answers reach people and machines: results on standard output, everything else on standard error."""

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from converter.table import Table

OK, FAULT, USAGE = 0, 1, 2
_WIDTH = 130  # letters in a line of a file

T = TypeVar("T")


def print_json(answer: Any) -> None:
    """An answer for machines, alone on standard output."""
    print(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))


def print_tables(tables: Iterable[Table]) -> None:
    """An answer for people; wide where nobody's window limits it."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    for table in tables:
        console.print(_rich(table))
        if table.note:
            console.print(f"  {table.note}\n", style="dim", markup=False)


def complain(message: object) -> None:
    """A fault, on standard error."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print("[bold red]error:[/]", end=" ")
    console.print(str(message), markup=False)


class Watched:
    """Shows progress, steps and warnings on one stream, so that they do not write over each other."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)

    def tell(self, step: str) -> None:
        """Says which step begins."""
        self._console.print(step, markup=False)

    def track(self, items: Sequence[T], what: str) -> Iterator[T]:
        """Passes the items on, and shows how many are done and how long the others will take."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        hidden = not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=hidden) as progress:
            yield from progress.track(items, description=what)

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Shows what the project's code warns of."""
        handler = RichHandler(logging.WARNING, self._console, show_time=False, show_path=False)
        loggers = [logging.getLogger(name) for name in ("edge", "converter")]
        for logger in loggers:
            logger.addHandler(handler)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(handler)


@contextmanager
def muted(log: Path) -> Iterator[TextIO]:
    """Sends what any code writes to standard output and error into `log`; gives a stream to the real standard error.

    TensorFlow's native code writes to the descriptors themselves, so nothing less silences it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(os.dup(2), "w") as terminal, log.open("wb") as sink:
        kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
        for descriptor, _ in kept:
            os.dup2(sink.fileno(), descriptor)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for descriptor, copy in kept:
                os.dup2(copy, descriptor)
                os.close(copy)


def _rich(table: Table) -> RichTable:
    shown = RichTable(title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    shown.show_header = bool(table.columns)
    for name in table.columns or ("", ""):
        shown.add_column(name, overflow="fold")
    for row in table.rows:
        shown.add_row(*(cell.replace("[", "\\[") for cell in row))
    return shown
