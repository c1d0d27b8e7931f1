"""How long to wait, and how often to say so."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.runtime.backoff import Backoff
from edge.runtime.seldom import Seldom


@given(st.integers(-3, 10_000))
def test_waits_double_with_jitter_up_to_the_longest(failures):
    whole = min(60.0, 2.0 ** min(max(failures, 1) - 1, 32))
    assert whole / 2 <= Backoff(1, 60).delay(failures) <= whole


def test_waits_differ():
    assert len({Backoff().delay(6) for _ in range(20)}) > 1


def test_the_same_is_said_ever_more_seldom():
    seldom = Seldom(first_s=60, longest_s=3600)
    spoken = [now for now in range(24 * 3600) if seldom.due("down", float(now))]
    assert spoken[:5] == [0, 60, 180, 420, 900]
    assert {after - before for before, after in pairwise(spoken[8:])} == {3600}


def test_another_state_is_said_at_once():
    seldom = Seldom()
    assert seldom.due("down", 0)
    assert seldom.due("refused", 1)
    assert not seldom.due("refused", 2)
    assert seldom.over()
    assert not seldom.over()
    assert seldom.due("refused", 3)
