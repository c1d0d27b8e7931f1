"""A power cut leaves whole people only, and a file that is no gallery is never written over."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.errors import GalleryDamaged
from edge.gallery.store import FORMAT, Store

from .people import MODEL, NOW, person, reference

_ADDER = """
import sys
from pathlib import Path
from edge.gallery.store import Store
from tests.gallery.people import NOW, person, reference
store = Store(Path(sys.argv[1]), 100_000)
for number in range(int(sys.argv[2]), 100_000):
    store.add(person(number), f"Name {number}", [reference(5 * number + n) for n in range(5)], NOW)
    print(number, flush=True)
"""


def killed_while_adding(file: Path, first: int, after_s: float) -> int:
    """How many people were confirmed before the process was killed."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _ADDER, str(file), str(first)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    return sum(line.endswith("\n") for line in lines)


def test_a_process_that_is_killed_leaves_whole_people_only_and_all_that_were_confirmed(tmp_path: Path) -> None:
    file, confirmed = tmp_path / "gallery.db", 0
    for after_s in (0.0, 0.013, 0.05, 0.111):
        count = killed_while_adding(file, confirmed, after_s)
        assert count > 0
        with Store(file, 100_000) as store:
            people = store.people(MODEL)
            assert confirmed + count <= len(people) <= confirmed + count + 1
            assert [found.id for found in people] == [person(n) for n in range(len(people))]
            assert all(found.references == 5 and found.name for found in people)
            assert store.version == len(people)
            check = sqlite3.connect(file)
            assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            check.close()
            confirmed = len(people)


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"\x89PNG" + bytes(5000)])
def test_a_file_that_is_no_gallery_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "gallery.db"
    file.write_bytes(content)
    with pytest.raises(GalleryDamaged, match="put a backup in its place, or move it away") as caught:
        Store(file, 3)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == content


def test_a_damaged_gallery_is_a_named_fault_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "gallery.db"
    with Store(file, 100) as store:
        for number in range(40):
            store.add(person(number), None, [reference(number)], NOW)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with Store(file, 100) as store, pytest.raises(GalleryDamaged, match="enrol everybody again"):
        store.references(MODEL)


def test_a_gallery_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "gallery.db"
    Store(file, 3).close()
    newer = sqlite3.connect(file)
    newer.execute(f"PRAGMA user_version = {FORMAT + 1}")
    newer.close()
    before = file.read_bytes()
    with pytest.raises(GalleryDamaged, match=rf"format {FORMAT + 1}, this one knows {FORMAT}\); update") as caught:
        Store(file, 3)
    assert str(file) in str(caught.value)
    assert file.read_bytes() == before


def test_a_gallery_that_was_made_says_which_format_it_has(tmp_path: Path) -> None:
    Store(tmp_path / "gallery.db", 3).close()
    made = sqlite3.connect(tmp_path / "gallery.db")
    assert made.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    made.close()


def test_a_folder_in_the_gallerys_place_is_a_named_fault(tmp_path: Path) -> None:
    (tmp_path / "gallery.db").mkdir()
    with pytest.raises(OSError, match=r"gallery\.db"):
        Store(tmp_path / "gallery.db", 3)
