"""The durable outbox: an event is on the disk before anybody hears of it, and stays until the broker has it."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge import config
from edge.mqtt import messages, storage
from edge.mqtt.messages import Message
from edge.runtime.seldom import Seldom

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A stored event: its sequence number and its payload as JSON."""

    seq: int
    payload: bytes


class Outbox:
    """Events in the order that they happened, numbered without gaps; a number is never used again.

    Any thread may call any method. One process owns the file.

    Raises:
        StorageFault: from the constructor, as `storage.opened`; from the methods, when the disk is full, read-only or
            broken. Nothing was changed then, and the outbox works again once the cause is gone.
    """

    def __init__(self, file: Path, settings: config.Outbox) -> None:
        self._file = file
        self._max_events = settings.max_events
        self._lock = threading.Lock()
        self._added: list[Callable[[], None]] = []
        self._loss = Seldom()
        self._connection = storage.opened(file)
        with storage.explained(file):
            self._stream = self._meta("stream")
            self._lost = int(self._meta("lost"))
            self._depth = int(self._connection.execute("SELECT count(*) FROM event").fetchone()[0])

    @property
    def stream(self) -> str:
        """The identity of this file; numbers are unique within it."""
        return self._stream

    @property
    def lost(self) -> int:
        """Events that were ever dropped undelivered from this file."""
        return self._lost

    def watch(self, added: Callable[[], None]) -> None:
        """Calls `added` after every append, in the appending thread. It must return at once, and not raise."""
        self._added.append(added)

    def append(self, make: Callable[[str, int], Message]) -> int:
        """Stores the event that `make` makes of the stream and the next number, and returns the number.

        When it returns, the event is on the disk. Past max_events the oldest are dropped, counted and logged.

        Raises:
            StorageFault: nothing was stored, and the number is still free.
        """
        with self._lock:
            seq, dropped = self._insert(make)
            self._depth += 1 - dropped
            self._lost += dropped
        if dropped:
            self._report_loss()
        for added in self._added:
            added()
        return seq

    def pending(self, limit: int, after_seq: int = 0) -> list[Row]:
        """At most `limit` undelivered events with numbers above `after_seq`, oldest first."""
        query = "SELECT seq, payload FROM event WHERE seq > ? ORDER BY seq LIMIT ?"
        with self._lock, storage.explained(self._file):
            return [Row(*found) for found in self._connection.execute(query, (after_seq, limit))]

    def delivered(self, *seqs: int) -> None:
        """Removes events that the broker has, in one transaction. Numbers that are gone already are ignored."""
        with self._lock:
            with self._transaction() as connection:
                gone = connection.executemany("DELETE FROM event WHERE seq = ?", [(seq,) for seq in seqs]).rowcount
            self._depth -= gone

    def discard(self, seq: int, why: str) -> None:
        """Removes an event that can never be delivered; counted and logged as lost."""
        with self._lock:
            with self._transaction() as connection:
                gone = connection.execute("DELETE FROM event WHERE seq = ?", (seq,)).rowcount
                _add_lost(connection, gone)
            self._depth -= gone
            self._lost += gone
        log.error("event %d of stream %s is lost: %s", seq, self._stream, why)

    def depth(self) -> int:
        """How many events are not delivered yet."""
        return self._depth

    def oldest(self) -> Row | None:
        """The event that has waited longest."""
        return next(iter(self.pending(1)), None)

    def close(self) -> None:
        """Closes the file; no other method may be called after it."""
        with self._lock:
            storage.close(self._connection, self._file)

    def _insert(self, make: Callable[[str, int], Message]) -> tuple[int, int]:
        with self._transaction() as connection:
            found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
            seq = int(found[0]) + 1 if found else 1
            connection.execute("INSERT INTO event VALUES (?, ?)", (seq, messages.encode(make(self._stream, seq))))
            return seq, _drop_oldest(connection, self._depth + 1 - self._max_events)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with storage.explained(self._file):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite has rolled back by itself after some faults
                    self._connection.execute("ROLLBACK")
                raise

    def _report_loss(self) -> None:
        if self._loss.due("full", time.monotonic()):
            log.error(
                "outbox %s holds its %d events and drops the oldest, %d so far; bring the broker back, or raise "
                "outbox.max_events",
                self._file,
                self._max_events,
                self._lost,
            )

    def _meta(self, key: str) -> str:
        (value,) = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(value)


def _drop_oldest(connection: sqlite3.Connection, count: int) -> int:
    if count <= 0:
        return 0
    query = "DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT ?)"
    dropped = connection.execute(query, (count,)).rowcount
    _add_lost(connection, dropped)
    return dropped


def _add_lost(connection: sqlite3.Connection, count: int) -> None:
    connection.execute("UPDATE meta SET value = value + ? WHERE key = 'lost'", (count,))
