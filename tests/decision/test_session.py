"""Several frames of one face make one decision."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import config
from edge.decision.session import Observation, Session, judged
from edge.types import Box, Decision

from .faces import ANNA, BEN, BLURRED, GOOD, HERE, THERE, THRESHOLD, match, moved, seen, stranger

DEFAULTS = config.Decision()
FRAME_S = 0.1


def said(session: Session, frames: Iterable[Sequence[Observation]], start: float = 0.0) -> list[Decision]:
    """All that is decided over frames a tenth of a second apart."""
    decisions = []
    for n, frame in enumerate(frames):
        decisions += session.observe(frame, THRESHOLD, start + n * FRAME_S)
    return decisions


def verdicts(decisions: Sequence[Decision]) -> list[tuple[str, str | None]]:
    return [(d.verdict, d.match.person if d.match and d.verdict == "accepted" else None) for d in decisions]


def test_three_of_three_frames_are_enough_and_two_are_not() -> None:
    session = Session(DEFAULTS)
    assert said(session, [[seen(ANNA)]] * 2) == []
    (decision,) = said(session, [[seen(ANNA, score=0.97)]], start=0.2)
    assert decision.verdict == "accepted"
    assert decision.match is not None
    assert (decision.match.person, decision.match.score) == (ANNA, 0.97)
    assert (decision.reason, decision.frames, decision.threshold) == ("match", 3, THRESHOLD.score)
    assert (decision.first_seen, decision.decided_at, decision.quality) == (0.0, 0.2, GOOD)


def test_three_of_five_frames_are_enough() -> None:
    mixed = [[seen(ANNA)], [stranger()], [seen(ANNA)], [seen(BEN)], [seen(ANNA)]]
    assert verdicts(said(Session(DEFAULTS), mixed)) == [("accepted", ANNA)]


def test_three_of_six_frames_are_not() -> None:
    mixed = [[seen(ANNA)], [stranger()], [seen(ANNA)], [stranger()], [stranger()], [seen(ANNA)]]
    assert said(Session(DEFAULTS), mixed) == []


def test_a_face_that_is_nearly_two_people_is_nobody() -> None:
    close = Observation(HERE, GOOD, match(ANNA, 0.95, runner_up=0.9))
    assert said(Session(DEFAULTS), [[close]] * 9) == []
    assert [d.reason for d in said(Session(DEFAULTS), [[close]] * 10)] == ["ambiguous"]


@pytest.mark.parametrize(
    ("score", "runner_up", "margin", "person", "reason"),
    [
        (0.9, None, 3, ANNA, "match"),
        (0.899, None, 3, None, "below_threshold"),
        (0.96, 0.5, 3, ANNA, "match"),  # odds 24 to 1
        (0.96, 0.9, 3, None, "ambiguous"),  # odds 24 to 9
        (0.96, 0.88, 3, ANNA, "match"),  # odds 24 to 7.3
        (0.999_999, 0.999_9, 3, ANNA, "match"),  # scores alike, odds 100 to 1
        (0.96, 0.96, 1, ANNA, "match"),  # turned off
        (1.0, 1.0, 3, None, "ambiguous"),
        (1.0, 0.999_999_999, 3, ANNA, "match"),
    ],
)
def test_a_match_must_be_near_enough_and_clearly_nearer_than_the_next(
    score: float, runner_up: float | None, margin: float, person: str | None, reason: str
) -> None:
    assert judged(match(ANNA, score, runner_up), THRESHOLD, margin) == (person, reason)


def test_in_an_empty_gallery_everybody_is_unknown_for_that_reason() -> None:
    assert judged(None, THRESHOLD, 3) == (None, "empty_gallery")
    (decision,) = said(Session(DEFAULTS), [[Observation(HERE, GOOD, None)]] * 30)
    assert (decision.verdict, decision.match, decision.reason) == ("unknown", None, "empty_gallery")


def test_somebody_who_stays_is_reported_once() -> None:
    assert len(said(Session(DEFAULTS), [[seen(ANNA)]] * 600)) == 1


def test_somebody_who_comes_back_too_soon_is_not_reported_and_later_is() -> None:
    session = Session(DEFAULTS)
    assert len(said(session, [[seen(ANNA)]] * 3)) == 1
    assert said(session, [[seen(ANNA)]] * 5, start=8.0) == []
    assert len(said(session, [[seen(ANNA)]] * 5, start=30.0)) == 1


def test_the_cool_down_of_one_person_does_not_silence_another() -> None:
    session = Session(DEFAULTS)
    assert verdicts(said(session, [[seen(ANNA)]] * 3)) == [("accepted", ANNA)]
    assert verdicts(said(session, [[seen(BEN)]] * 3, start=2.0)) == [("accepted", BEN)]


def test_without_cool_down_each_visit_is_reported() -> None:
    session = Session(config.Decision(cooldown_s=0))
    for start in (0.0, 2.0, 4.0):
        assert verdicts(said(session, [[seen(ANNA)]] * 3, start))[:1] == [("accepted", ANNA)]


def test_an_unknown_face_is_reported_once_after_ten_frames() -> None:
    session = Session(DEFAULTS)
    assert said(session, [[stranger()]] * 9) == []
    (decision,) = said(session, [[stranger()]] * 200, start=0.9)
    assert (decision.verdict, decision.reason, decision.frames) == ("unknown", "below_threshold", 10)


def test_a_face_that_was_unknown_can_still_be_recognised() -> None:
    frames = [[stranger()]] * 20 + [[seen(ANNA)]] * 5
    assert verdicts(said(Session(DEFAULTS), frames)) == [("unknown", None), ("accepted", ANNA)]


def test_a_stranger_who_takes_the_place_of_somebody_recognised_is_reported() -> None:
    frames = [[stranger()]] * 10 + [[seen(ANNA)]] * 3 + [[stranger()]] * 30
    expected = [("unknown", None), ("accepted", ANNA), ("unknown", None)]
    assert verdicts(said(Session(DEFAULTS), frames)) == expected


def test_one_frame_with_a_match_puts_off_the_unknown() -> None:
    frames = [[stranger()]] * 9 + [[seen(ANNA)]] + [[stranger()]] * 9
    session = Session(DEFAULTS)
    assert said(session, frames) == []
    assert verdicts(said(session, [[stranger()]], start=1.9)) == [("unknown", None)]


def test_a_second_stranger_after_the_first_has_gone_is_reported_too() -> None:
    session = Session(DEFAULTS)
    assert len(said(session, [[stranger()]] * 15)) == 1
    assert len(said(session, [[stranger()]] * 15, start=10.0)) == 1


def test_two_faces_at_once_are_decided_each_for_itself() -> None:
    frames = [[seen(ANNA, HERE), seen(BEN, THERE)]] * 3
    assert sorted(verdicts(said(Session(DEFAULTS), frames))) == [("accepted", ANNA), ("accepted", BEN)]


def test_votes_for_two_faces_do_not_add_up() -> None:
    frames = [[seen(ANNA, HERE), seen(ANNA, THERE)]] * 2
    assert said(Session(DEFAULTS), frames) == []


def test_two_faces_cheek_by_cheek_are_two_faces() -> None:
    frames = [[seen(ANNA)], [seen(ANNA, moved(HERE, -25)), seen(ANNA, moved(HERE, 25))]]
    assert said(Session(DEFAULTS), frames) == []


def test_a_little_face_within_a_large_one_does_not_take_its_place() -> None:
    little = Box(120, 120, 180, 180)
    frames = [[seen(ANNA)], [seen(ANNA)], [stranger(little), seen(ANNA)]]
    assert verdicts(said(Session(DEFAULTS), frames)) == [("accepted", ANNA)]


def test_the_order_in_which_faces_are_seen_does_not_matter() -> None:
    one, two = [seen(ANNA, HERE), stranger(THERE)], [stranger(THERE), seen(ANNA, HERE)]
    assert verdicts(said(Session(DEFAULTS), [one, two] * 5)) == [("accepted", ANNA), ("unknown", None)]


def test_a_face_that_moves_is_followed() -> None:
    frames = [[seen(ANNA, moved(HERE, 40 * n, 10 * n))] for n in range(3)]
    (decision,) = said(Session(DEFAULTS), frames)
    assert decision.frames == 3


def test_a_face_that_jumps_is_another_face() -> None:
    frames = [[seen(ANNA, moved(HERE, 80 * n))] for n in range(9)]
    assert said(Session(DEFAULTS), frames) == []


def test_a_face_that_was_gone_starts_again_without_its_old_votes() -> None:
    session = Session(DEFAULTS)
    assert said(session, [[seen(ANNA)]] * 2) == []
    assert said(session, [[seen(ANNA)]] * 2, start=1.2) == []  # gone for 1.1 s
    assert len(said(session, [[seen(ANNA)]], start=1.4)) == 1


def test_a_face_that_was_missed_for_a_moment_goes_on() -> None:
    session = Session(DEFAULTS)
    assert said(session, [[seen(ANNA)], [], [seen(ANNA)], [], []]) == []
    (decision,) = said(session, [[seen(ANNA)]], start=1.1)
    assert (decision.frames, decision.first_seen) == (3, 0.0)


def test_frames_of_low_quality_do_not_vote_but_keep_the_face() -> None:
    bad = [seen(ANNA, quality=BLURRED)]
    session = Session(DEFAULTS)
    assert said(session, [bad] * 30) == []
    assert said(session, [[stranger(quality=BLURRED)]] * 30, start=3.0) == []
    frames = [[seen(ANNA)], bad, bad, [seen(ANNA)], bad, bad, bad, [seen(ANNA)]]
    (decision,) = said(session, frames, start=6.0)
    assert (decision.verdict, decision.first_seen) == ("accepted", 0.0)


def test_somebody_who_takes_anothers_place_needs_votes_of_their_own() -> None:
    session = Session(DEFAULTS)
    assert len(said(session, [[seen(ANNA)]] * 5)) == 1
    assert said(session, [[seen(BEN)]] * 2, start=0.5) == []
    assert verdicts(said(session, [[seen(BEN)]], start=0.7)) == [("accepted", BEN)]


KINDS = {
    "anna": [seen(ANNA)],
    "ben": [seen(BEN)],
    "stranger": [stranger()],
    "blurred": [seen(ANNA, quality=BLURRED)],
    "nobody": [],
    "pause": None,
}


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=40), st.integers(1, 5), st.integers(0, 4))
@settings(max_examples=300)
def test_nobody_is_ever_accepted_without_enough_good_frames_that_agree(
    kinds: list[str], agreeing: int, more: int
) -> None:
    session = Session(config.Decision(agreeing_frames=agreeing, of_frames=agreeing + more, cooldown_s=0))
    now, votes = 0.0, []
    for kind in kinds:
        frame = KINDS[kind]
        now += 2.0 if frame is None else FRAME_S
        if frame is None:
            votes.clear()
            continue
        votes += [kind] if kind in ("anna", "ben", "stranger") else []
        accepted = [d for d in session.observe(frame, THRESHOLD, now) if d.verdict == "accepted"]
        enough = votes[-(agreeing + more) :].count(kind) >= agreeing
        expected = kind in ("anna", "ben") and enough
        if "nobody" not in kinds:  # a face that is missed for long is lost, which this count does not follow
            assert bool(accepted) == expected
        assert all(expected and d.match is not None and d.match.person == kind for d in accepted)
