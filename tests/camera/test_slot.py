import queue
import threading

import pytest

from edge.camera.slot import Slot
from edge.types import Frame

from .pictures import quarters

PATIENCE_S = 10


def _frame(seq: int) -> Frame:
    return Frame(quarters(), float(seq), seq)


def test_the_newest_frame_is_taken_once():
    slot = Slot()
    slot.put(_frame(1))
    slot.put(_frame(2))
    assert slot.take(0).seq == 2
    assert slot.take(0) is None
    assert slot.dropped == 1
    assert not slot.closed


def test_a_frame_that_was_taken_is_not_dropped():
    slot = Slot()
    for seq in range(5):
        slot.put(_frame(seq))
        slot.take(0)
    assert slot.dropped == 0


def test_a_waiting_taker_is_woken_by_each_frame():
    slot, seen = Slot(), queue.Queue()

    def take() -> None:
        while (frame := slot.take(None)) is not None:
            seen.put(frame.seq)

    threading.Thread(target=take, daemon=True).start()
    for seq in range(200):
        slot.put(_frame(seq))
        assert seen.get(timeout=PATIENCE_S) == seq
    slot.close()


@pytest.mark.parametrize("takers", [1, 4])
def test_closing_wakes_every_taker(takers: int):
    slot, taken = Slot(), []
    threads = [threading.Thread(target=lambda: taken.append(slot.take(None))) for _ in range(takers)]
    for thread in threads:
        thread.start()
    slot.close()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert taken == [None] * takers
    assert slot.closed


def test_after_closing_the_last_frame_can_be_taken_and_none_be_put():
    slot = Slot()
    slot.put(_frame(1))
    slot.close()
    slot.put(_frame(2))
    assert slot.take(None).seq == 1
    assert slot.take(None) is None
    assert slot.dropped == 1


def test_no_frame_is_lost_or_doubled_between_threads():
    slot, taken, puts = Slot(), [], 2000

    def take() -> None:
        while (frame := slot.take(PATIENCE_S)) is not None:
            taken.append(frame.seq)

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    frame = quarters()
    for seq in range(puts):
        slot.put(Frame(frame, 0.0, seq))
    slot.close()
    for taker in takers:
        taker.join(PATIENCE_S)
    assert len(set(taken)) == len(taken)
    assert len(taken) + slot.dropped == puts
    assert puts - 1 in taken
