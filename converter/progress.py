"""How long work tells the outside how far it is, without knowing who watches."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Passes the items on, one by one, and shows how many are left of `what`."""

    def __call__(self, items: Sequence[T], what: str) -> Iterable[T]: ...


def unwatched(items: Sequence[T], what: str) -> Iterable[T]:  # noqa: ARG001 - the protocol's
    """Nobody watches."""
    return items
