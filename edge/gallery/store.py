"""The people and their references, in one SQLite file. A change is one transaction, and a removal overwrites."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import msgspec
import numpy as np

from edge.errors import GalleryDamaged, GalleryFull, InvalidPerson, PersonNotFound, SiameseEdgeError, StorageFault
from edge.types import Embedding, PersonId, Quality

FORMAT = 1

_SETTLED_NS = 100_000_000  # ten times what the clock of ext4, xfs or btrfs is coarse

_SCHEMA = """
CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT, added TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE reference (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    quality TEXT NOT NULL,
    taken TEXT NOT NULL,
    source TEXT NOT NULL
);
CREATE INDEX reference_of ON reference (person);
CREATE TABLE change (version INTEGER NOT NULL);
INSERT INTO change VALUES (0);
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One enrolled embedding: from which picture (a file's name, never the picture), how good, and when."""

    embedding: Embedding
    quality: Quality
    taken: str  # RFC 3339, UTC
    source: str


@dataclass(frozen=True, slots=True)
class Person:
    """An enrolled person, and how many references there are for the model in use and for other models."""

    id: PersonId
    name: str | None
    added: str
    references: int
    foreign_references: int

    @property
    def must_re_enrol(self) -> bool:
        """Whether nothing that is enrolled of this person can be compared with the model in use."""
        return self.references == 0


class Store:
    """The gallery's file. It belongs to one thread; another process may write to the same file."""

    def __init__(self, file: Path, max_people: int) -> None:
        """Opens the file, and makes it where it does not exist.

        Raises:
            GalleryDamaged: the file is no gallery, or of a newer version.
            StorageFault: the folder cannot be written to.
        """
        self._file = file
        self._max_people = max_people
        self._seen, self._stamp = -1, (0, 0, 0)
        with self._faults():
            file.parent.mkdir(parents=True, exist_ok=True)
            # The thread that opens it is not the one that it then belongs to.
            self._db = sqlite3.connect(file, timeout=5, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._prepare()
            file.chmod(0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def add(
        self, person: PersonId, name: str | None, references: Sequence[Reference], added: str, replace: bool = False
    ) -> None:
        """Adds references to a person, who is made where there is none; with `replace` in place of all earlier ones.

        Raises:
            InvalidPerson, GalleryFull, StorageFault: nothing was changed.
        """
        check_person(person)
        with self._change() as db:
            known = db.execute("SELECT 1 FROM person WHERE id = ?", (person,)).fetchone()
            if not known and self._count() >= self._max_people:
                raise GalleryFull(
                    f"{self._max_people} people are enrolled, which gallery.max_people allows; "
                    "remove somebody or raise it in config.yaml"
                )
            db.execute(
                "INSERT INTO person VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET name = coalesce(?2, name)",
                (person, name, added),
            )
            if replace:
                db.execute("DELETE FROM reference WHERE person = ?", (person,))
            db.executemany(
                "INSERT INTO reference (person, model, vector, quality, taken, source) VALUES (?, ?, ?, ?, ?, ?)",
                [_row(person, reference) for reference in references],
            )

    def remove(self, person: PersonId) -> None:
        """Removes a person with all references; the file's pages are overwritten.

        Raises:
            PersonNotFound, StorageFault.
        """
        with self._change() as db:
            if db.execute("DELETE FROM person WHERE id = ?", (person,)).rowcount == 0:
                raise PersonNotFound(f"nobody is enrolled as {person!r}; `siamese-edge people` lists everybody")

    def people(self, model: str) -> list[Person]:
        """Everybody, by identifier; `model` is the digest of the model in use."""
        with self._faults():
            rows = self._db.execute(
                "SELECT p.id, p.name, p.added, coalesce(sum(r.model = ?1), 0), coalesce(sum(r.model <> ?1), 0) "
                "FROM person p LEFT JOIN reference r ON r.person = p.id GROUP BY p.id ORDER BY p.id",
                (model,),
            ).fetchall()
        return [Person(*row) for row in rows]

    def references(self, model: str) -> tuple[list[PersonId], list[Embedding]]:
        """All references of one model, ordered by person."""
        with self._faults():
            rows = self._db.execute(
                "SELECT person, vector FROM reference WHERE model = ? ORDER BY person, id", (model,)
            ).fetchall()
        return [row[0] for row in rows], [Embedding(np.frombuffer(row[1], "<f4"), model) for row in rows]

    def name_of(self, person: PersonId) -> str | None:
        """The name that is kept beside the identifier, if any."""
        with self._faults():
            row = self._db.execute("SELECT name FROM person WHERE id = ?", (person,)).fetchone()
        return row[0] if row else None

    @property
    def version(self) -> int:
        """Rises with each change, whoever made it."""
        with self._faults():
            return int(self._db.execute("SELECT version FROM change").fetchone()[0])

    def changed(self) -> bool:
        """Whether anything changed since the last call; cheap enough for every frame.

        The file is asked only if its time of change is another one, or so recent that a second change could share it.
        """
        with self._faults():
            found = os.stat(self._file)  # noqa: PTH116 - Path.stat takes three times as long
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp == self._stamp and abs(time.time_ns() - found.st_mtime_ns) > _SETTLED_NS:
            return False
        version = self.version
        changed, self._seen, self._stamp = version != self._seen, version, stamp
        return changed

    def _count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM person").fetchone()[0])

    def _prepare(self) -> None:
        if self._format() == 0:
            self._create()
        if (found := self._format()) > FORMAT:
            raise GalleryDamaged(
                f"{self._file}: made by a newer siamese-edge (format {found}, this one knows {FORMAT}); update this one"
            )

    def _create(self) -> None:
        """Makes the tables, unless another process did so since they were missed."""
        self._db.execute("BEGIN IMMEDIATE")
        if self._format() == 0:
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
        self._db.execute("COMMIT")

    def _format(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._faults():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("UPDATE change SET version = version + 1")
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except SiameseEdgeError:  # GalleryDamaged is an OSError too
            raise
        except sqlite3.OperationalError as fault:
            raise StorageFault(
                f"{self._file}: {fault}; nothing was changed. Is the disk full or read-only, or does the folder belong "
                "to another user?"
            ) from fault
        except sqlite3.DatabaseError as fault:
            raise GalleryDamaged(
                f"{self._file}: {fault}; put a backup in its place, or move it away and enrol everybody again"
            ) from fault
        except OSError as fault:
            raise StorageFault(
                f"{self._file}: {fault.strerror}; set `state` in config.yaml to another folder"
            ) from fault


def check_person(person: str) -> PersonId:
    """The identifier, if it is one.

    Raises:
        InvalidPerson.
    """
    if not re.fullmatch("[a-z0-9-]{1,64}", person):
        raise InvalidPerson(
            f"{person!r} is no identifier: lower-case letters, digits and dashes, at most 64; give the name with --name"
        )
    return PersonId(person)


def _row(person: PersonId, reference: Reference) -> tuple[object, ...]:
    vector = reference.embedding.vector.astype("<f4").tobytes()
    quality = msgspec.json.encode(asdict(reference.quality)).decode()
    return person, reference.embedding.model, vector, quality, reference.taken, reference.source
