"""Opening the outbox's file: its schema, a damaged file moved aside, and SQLite's faults in words that help."""

import errno
import logging
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge.errors import StorageFault

log = logging.getLogger(__name__)

VERSION = 1
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY AUTOINCREMENT, payload BLOB NOT NULL) STRICT;
"""
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_FIXES = {
    sqlite3.SQLITE_FULL: "free some space on the disk (df -h), or lower outbox.max_events",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for the service's user; see dmesg for the disk",
    sqlite3.SQLITE_IOERR: "look for faults of the SD card with dmesg, and for free space with df -h",
    sqlite3.SQLITE_CANTOPEN: "make the folder in `state` and let the service's user write there",
    sqlite3.SQLITE_BUSY: "end the other program that holds the file open for writing (fuser)",
    sqlite3.SQLITE_NOTADB: "start siamese-edge again: it moves the damaged file aside and begins a new one",
    sqlite3.SQLITE_CORRUPT: "start siamese-edge again: it moves the damaged file aside and begins a new one",
}
_ERRNO = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
    errno.EIO: sqlite3.SQLITE_IOERR,
}


def fault_of(file: Path, error: Exception) -> StorageFault:
    """What went wrong with `file`, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF or _ERRNO.get(getattr(error, "errno", 0), 0)
    return StorageFault(f"{file}: {error}; {_FIXES.get(code, 'see the log around this line, and dmesg')}")


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Turns SQLite's and the system's errors into a StorageFault."""
    try:
        yield
    except StorageFault:
        raise
    except (sqlite3.Error, OSError) as error:
        raise fault_of(file, error) from error


def opened(file: Path) -> sqlite3.Connection:
    """A connection to the outbox in `file`, made if it is not there.

    A file that is no database, or a broken one, is moved aside to `NAME.damaged-TIMESTAMP`, and a new one begun.

    Raises:
        StorageFault: it cannot be opened or made, or a newer version of this program made it.
    """
    with explained(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connection(file)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
                raise
            _move_aside(file, error)
            return _connection(file)


def _connection(file: Path) -> sqlite3.Connection:
    if not file.exists():
        file.touch(mode=0o600)  # before SQLite makes it for all to read: who came when is personal data
    connection = sqlite3.connect(file, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _check(connection)
        _migrate(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        error = sqlite3.DatabaseError(found)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _migrate(connection: sqlite3.Connection, file: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StorageFault(
            f"{file}: has schema {version}, this program knows up to {VERSION}; update siamese-edge, or move it away"
        )
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        connection.execute("INSERT INTO meta VALUES ('stream', ?), ('lost', '0')", (str(uuid.uuid4()),))
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")


def _move_aside(file: Path, error: sqlite3.DatabaseError) -> None:
    aside = file.with_name(f"{file.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    log.error(
        "outbox %s is damaged (%s): moved to %s, and a new one begun; events in it that were not delivered are lost",
        file,
        error,
        aside,
    )


def close(connection: sqlite3.Connection, file: Path) -> None:
    """Closes `connection`; SQLite then folds the log into the file.

    Raises:
        StorageFault: that failed; nothing is lost, it happens at the next start.
    """
    with explained(file), closing(connection):
        pass
