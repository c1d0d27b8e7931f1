"""The outbox on real disks, full disks and broken files."""

import logging
import os
import sqlite3
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from edge import config
from edge.errors import StorageFault
from edge.mqtt import messages
from edge.mqtt.messages import VerificationEvent
from edge.mqtt.outbox import Outbox

from .terminal import event


def opened(folder: Path, max_events: int = 1000) -> Outbox:
    return Outbox(folder / "outbox.db", config.Outbox(max_events=max_events))


def test_an_event_is_stored_with_its_stream_and_number(tmp_path):
    outbox = opened(tmp_path)
    assert outbox.append(event) == 1
    (row,) = outbox.pending(10)
    stored = messages.decode(row.payload, VerificationEvent)
    assert (stored.seq, stored.stream) == (1, outbox.stream)
    assert outbox.oldest() == row


def test_settings_that_durability_rests_on(tmp_path):
    outbox = opened(tmp_path)
    assert outbox._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert stat.S_IMODE((tmp_path / "outbox.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "outbox.db-wal").stat().st_mode) == 0o600


def test_numbers_are_never_used_again(tmp_path):
    outbox = opened(tmp_path)
    stream = outbox.stream
    assert [outbox.append(event) for _ in range(3)] == [1, 2, 3]
    outbox.delivered(1, 2, 3)
    outbox.delivered(3, 99)
    assert (outbox.depth(), outbox.oldest()) == (0, None)
    outbox.close()
    outbox = opened(tmp_path)
    assert outbox.stream == stream
    assert outbox.append(event) == 4


def test_a_failed_event_leaves_no_gap(tmp_path):
    outbox = opened(tmp_path)

    def fails(stream: str, seq: int) -> VerificationEvent:
        raise KeyError("person")

    with pytest.raises(KeyError):
        outbox.append(fails)
    assert outbox.append(event) == 1


def test_pending_reads_on_after_a_number(tmp_path):
    outbox = opened(tmp_path)
    for _ in range(5):
        outbox.append(event)
    outbox.delivered(2)
    assert [row.seq for row in outbox.pending(2)] == [1, 3]
    assert [row.seq for row in outbox.pending(10, after_seq=3)] == [4, 5]


def test_past_its_limit_the_oldest_are_dropped_counted_and_said(tmp_path, caplog):
    outbox = opened(tmp_path, max_events=100)
    for _ in range(130):
        outbox.append(event)
    assert (outbox.depth(), outbox.lost) == (100, 30)
    assert outbox.pending(1)[0].seq == 31
    assert caplog.text.count("drops the oldest") == 1
    outbox.close()
    assert opened(tmp_path, max_events=100).lost == 30


def test_a_lower_limit_takes_effect_at_the_next_event(tmp_path):
    outbox = opened(tmp_path)
    for _ in range(150):
        outbox.append(event)
    outbox.close()
    outbox = opened(tmp_path, max_events=100)
    outbox.append(event)
    assert (outbox.depth(), outbox.pending(1)[0].seq, outbox.lost) == (100, 52, 51)


def test_many_threads(tmp_path):
    outbox = opened(tmp_path, max_events=100)
    woken = []
    outbox.watch(lambda: woken.append(1))

    def work() -> None:
        for _ in range(50):
            outbox.delivered(outbox.append(event))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outbox.depth(), outbox.lost, len(woken)) == (0, 0, 200)
    assert outbox.append(event) == 201


def test_a_disk_that_is_full_and_then_is_not(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here; the test with a limit on pages stands in for it")
    try:
        outbox = opened(disk)
        full_up = _until_full(outbox)
        subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
        _goes_on(outbox, full_up)
        outbox.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_that_may_not_grow_and_then_may(tmp_path):
    outbox = opened(tmp_path)
    (pages,) = outbox._connection.execute("PRAGMA page_count").fetchone()
    outbox._connection.execute(f"PRAGMA max_page_count={pages + 10}")
    full_up = _until_full(outbox)
    outbox._connection.execute("PRAGMA max_page_count=100000")
    _goes_on(outbox, full_up)


def _until_full(outbox: Outbox) -> int:
    count = 0
    with pytest.raises(StorageFault, match=r"outbox\.db: .*full.*; free some space") as caught:
        for count in range(1, 10_000):  # noqa: B007
            outbox.append(event)
    assert isinstance(caught.value, OSError)
    assert outbox.depth() == count - 1
    return count


def _goes_on(outbox: Outbox, seq: int) -> None:
    assert outbox.append(event) == seq
    assert [row.seq for row in outbox.pending(10_000)] == list(range(1, seq + 1))


@pytest.mark.parametrize("damage", ["text", "header", "middle"])
def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(tmp_path, damage, caplog):
    outbox = opened(tmp_path)
    stream = outbox.stream
    for _ in range(50):
        outbox.append(event)
    outbox.close()
    file = tmp_path / "outbox.db"
    content = bytearray(file.read_bytes())
    if damage == "text":
        content = bytearray(b"this is no database at all" * 100)
    else:
        start = 0 if damage == "header" else len(content) // 2
        content[start : start + 4096] = os.urandom(4096)
    file.write_bytes(content)
    outbox = opened(tmp_path)
    assert outbox.append(event) == 1
    assert outbox.stream != stream
    (aside,) = tmp_path.glob("outbox.db.damaged-*")
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    assert "lost" in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


def test_an_empty_file_becomes_a_database(tmp_path):
    (tmp_path / "outbox.db").touch()
    assert opened(tmp_path).append(event) == 1


def test_a_newer_file_is_left_alone(tmp_path):
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "outbox.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(StorageFault, match=r"schema 99.*update siamese-edge"):
        opened(tmp_path)
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_place_where_no_file_can_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageFault, match=r"outbox\.db"):
        opened(tmp_path / "file")


def test_read_only(tmp_path):
    outbox = opened(tmp_path)
    outbox._connection.execute("PRAGMA query_only=1")
    with pytest.raises(StorageFault, match="writable for the service's user"):
        outbox.append(event)
    outbox._connection.execute("PRAGMA query_only=0")
    assert outbox.append(event) == 1
