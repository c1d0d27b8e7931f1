"""The gallery's file: what was added is there, what was removed is gone, and a change is whole or not at all."""

import os
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from edge.errors import GalleryFull, InvalidPerson, PersonNotFound, StorageFault
from edge.gallery.store import Person, Store
from edge.types import PersonId

from .people import MODEL, NOW, OTHER_MODEL, person, reference, vector

ANNA, BEN, CARL = PersonId("anna"), PersonId("ben"), PersonId("carl")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "gallery.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with Store(file, 3) as opened:
        yield opened


def ids(store: Store) -> list[str]:
    return [found.id for found in store.people(MODEL)]


def test_a_new_gallery_is_empty_private_and_makes_its_folder(store: Store, file: Path) -> None:
    assert store.people(MODEL) == []
    assert store.references(MODEL) == ([], [])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_added_is_there_after_a_restart(store: Store, file: Path) -> None:
    store.add(BEN, "Ben B.", [reference(1), reference(2)], NOW)
    store.add(ANNA, None, [reference(3)], NOW)
    store.close()
    with Store(file, 3) as again:
        assert again.people(MODEL) == [Person(ANNA, None, NOW, 1, 0), Person(BEN, "Ben B.", NOW, 2, 0)]
        people, embeddings = again.references(MODEL)
        assert people == [ANNA, BEN, BEN]
        for embedding, seed in zip(embeddings, (3, 1, 2), strict=True):
            assert np.array_equal(embedding.vector, vector(seed))
            assert embedding.model == MODEL
        assert again.name_of(BEN) == "Ben B."
        assert again.name_of(CARL) is None


def test_more_references_join_the_earlier_ones_and_keep_name_and_date(store: Store) -> None:
    store.add(ANNA, "Anna", [reference(1)], NOW)
    store.add(ANNA, None, [reference(2)], "2030-01-01T00:00:00Z")
    assert store.people(MODEL) == [Person(ANNA, "Anna", NOW, 2, 0)]
    store.add(ANNA, "Anna A.", [reference(3)], NOW)
    assert store.name_of(ANNA) == "Anna A."


def test_replacing_leaves_only_the_new_references(store: Store, file: Path) -> None:
    store.add(ANNA, "Anna", [reference(1), reference(2, OTHER_MODEL)], NOW)
    store.add(ANNA, None, [reference(3)], NOW, replace=True)
    assert store.people(MODEL) == [Person(ANNA, "Anna", NOW, 1, 0)]
    assert np.array_equal(store.references(MODEL)[1][0].vector, vector(3))
    assert vector(1).tobytes() not in file.read_bytes()


def test_a_removed_person_leaves_no_byte_in_the_file(store: Store, file: Path) -> None:
    store.add(ANNA, "Anna Unforgettable", [reference(1), reference(2)], NOW)
    store.add(BEN, None, [reference(3)], NOW)
    there = file.read_bytes()
    assert vector(1).tobytes() in there
    assert b"Anna Unforgettable" in there
    store.remove(ANNA)
    gone = file.read_bytes()
    for trace in (vector(1).tobytes(), vector(2).tobytes(), b"Unforgettable", b"anna", b"photo-1"):
        assert trace not in gone
    assert vector(3).tobytes() in gone
    assert ids(store) == [BEN]
    assert [path.name for path in file.parent.iterdir()] == ["gallery.db"]


def test_removing_nobody_says_so_and_how_to_look(store: Store) -> None:
    with pytest.raises(PersonNotFound, match=r"nobody is enrolled as 'anna'.*siamese-edge people"):
        store.remove(ANNA)


def test_a_full_gallery_takes_no_new_person_but_more_of_those_in_it(store: Store) -> None:
    for number in range(3):
        store.add(person(number), None, [reference(number)], NOW)
    before = store.version
    with pytest.raises(GalleryFull, match=r"3 people are enrolled.*gallery\.max_people"):
        store.add(ANNA, None, [reference(9)], NOW)
    assert store.version == before
    assert ANNA not in ids(store)
    store.add(person(1), None, [reference(10)], NOW)
    store.remove(person(0))
    store.add(ANNA, None, [reference(9)], NOW)
    assert len(ids(store)) == 3


@pytest.mark.parametrize("bad", ["", "Anna", "a b", "a/b", "ä", "a" * 65, "anna\n", "a_b", "+", "#"])
def test_an_identifier_that_is_none_is_refused_with_the_rule(store: Store, bad: str) -> None:
    with pytest.raises(InvalidPerson, match=r"lower-case letters, digits and dashes, at most 64.*--name") as caught:
        store.add(PersonId(bad), None, [reference(1)], NOW)
    assert repr(bad) in str(caught.value)
    assert ids(store) == []


def test_every_identifier_that_is_one_is_taken(store: Store) -> None:
    for good in ("a", "0", "-", "a" * 64):
        store.add(PersonId(good), None, [reference(1)], NOW)
        store.remove(PersonId(good))


def test_references_of_another_model_are_kept_apart_and_their_owner_must_re_enrol(store: Store) -> None:
    store.add(ANNA, None, [reference(1, OTHER_MODEL)], NOW)
    store.add(BEN, None, [reference(2), reference(3, OTHER_MODEL)], NOW)
    assert store.references(MODEL)[0] == [BEN]
    anna, ben = store.people(MODEL)
    assert (anna.references, anna.foreign_references, anna.must_re_enrol) == (0, 1, True)
    assert (ben.references, ben.foreign_references, ben.must_re_enrol) == (1, 1, False)


def test_a_change_is_seen_once_by_each_who_looks_whoever_made_it(store: Store, file: Path) -> None:
    with Store(file, 3) as other:
        assert (store.changed(), other.changed()) == (True, True)
        assert (store.changed(), other.changed()) == (False, False)
        other.add(ANNA, None, [reference(1)], NOW)
        assert store.changed()
        assert other.changed()
        assert not store.changed()
        assert ids(store) == [ANNA]
        first = store.version
        store.remove(ANNA)
        assert other.version == first + 1
        with pytest.raises(PersonNotFound):
            other.remove(ANNA)
        assert other.version == first + 1


def test_several_may_open_a_new_gallery_at_the_same_moment(tmp_path: Path) -> None:
    for round_ in range(15):
        barrier, faults = threading.Barrier(6), []

        def opened(file: Path = tmp_path / f"{round_}.db", barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            try:
                Store(file, 3).close()
            except StorageFault as fault:
                faults.append(fault)  # noqa: B023

        threads = [threading.Thread(target=opened) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []


def test_a_write_waits_for_another_writer(store: Store, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done: list[str] = []
    waiting = threading.Thread(target=lambda: (store.add(ANNA, None, [reference(1)], NOW), done.append("added")))
    waiting.start()
    waiting.join(0.3)
    assert done == []
    other.execute("COMMIT")
    waiting.join(5)
    assert done == ["added"]
    other.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, if we have them: root may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def lock(folder: Path) -> None:
    """Takes the right to write from everybody; all may still look in, through pytest's own folders too."""
    for parent in folder.parents:
        if parent.name.startswith("pytest-"):
            parent.chmod(0o755)
    folder.chmod(0o555)


def test_a_folder_that_cannot_be_written_to_is_a_named_fault(tmp_path: Path) -> None:
    lock(tmp_path)
    with as_nobody(), pytest.raises(StorageFault, match=re.escape(str(tmp_path))) as caught:
        Store(tmp_path / "gallery.db", 3)
    assert "read-only" in str(caught.value)
    with as_nobody(), pytest.raises(StorageFault, match=r"set `state` in config\.yaml to another folder"):
        Store(tmp_path / "sub" / "gallery.db", 3)
    tmp_path.chmod(0o755)


def test_a_gallery_that_became_read_only_refuses_changes_and_still_answers(tmp_path: Path) -> None:
    with Store(tmp_path / "gallery.db", 3) as store:
        store.add(ANNA, None, [reference(1)], NOW)
        lock(tmp_path)
        with as_nobody(), pytest.raises(StorageFault, match=r"nothing was changed.*read-only"):
            store.add(BEN, None, [reference(2)], NOW)
        with as_nobody(), pytest.raises(StorageFault):
            store.remove(ANNA)
        assert ids(store) == [ANNA]
        tmp_path.chmod(0o755)
        store.add(BEN, None, [reference(2)], NOW)
        assert ids(store) == [ANNA, BEN]
