"""What the commands share: which configuration, and how answers reach people and machines."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.console import Console
from rich.progress import track

from edge import config
from edge.gallery.store import Store
from edge.gallery.view import GalleryView
from edge.terminal import gallery_file, threshold_rule
from edge.vision import stack as vision
from edge.vision.stack import Stack

OK, FAULT, USAGE = 0, 1, 2

_PLACES = (Path("config.yaml"), Path("/etc/siamese-edge/config.yaml"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """Models and gallery, as the terminal itself would open them."""

    settings: config.Configuration
    stack: Stack
    store: Store
    gallery: GalleryView


def configuration(arguments: argparse.Namespace) -> config.Configuration:
    """The configuration that --config names, or the first one found; --state overrides its folder.

    Raises:
        ConfigurationError.
    """
    file = arguments.config or os.environ.get("SIAMESE_EDGE_CONFIG") or next(filter(_readable, _PLACES), None)
    settings = config.load(Path(file)) if file else config.Configuration()
    return msgspec.structs.replace(settings, state=str(arguments.state)) if arguments.state else settings


def _readable(file: Path) -> bool:
    """Unlike Path.is_file, does not raise in a working directory that this user may not look into."""
    return os.access(file, os.R_OK)


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Opened]:
    """Opens the models and the gallery for one command."""
    settings = configuration(arguments)
    stack = vision.build(settings.vision)
    with Store(gallery_file(settings), settings.gallery.max_people) as store:
        yield Opened(
            settings, stack, store, GalleryView(store, stack.card, threshold_rule(settings.decision, stack.card))
        )


def print_json(answer: Any) -> None:
    """An answer for machines, alone on standard output."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def complain(message: object) -> None:
    """A fault, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {_plain(message)}")


def warn(message: object) -> None:
    """Something that people should know, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[yellow]{_plain(message)}[/]")


def unreachable(fault: OSError) -> str:
    """What a fault of the system's own says: mostly a file or folder that this user may not look into."""
    return f"{fault.filename}: {fault.strerror}; check the path, and run this as a user who may use it"


def progress(items: Iterable[T], what: str) -> Iterable[T]:
    """Shows how far the work is, where a person is watching."""
    return track(items, what, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)


def _plain(message: object) -> str:
    return str(message).replace("[", "\\[")
