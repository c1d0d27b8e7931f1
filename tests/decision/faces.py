"""Observations for sessions: whose face, where, how good, how near."""

from edge.decision.session import Observation
from edge.decision.threshold import Threshold
from edge.types import Box, Match, PersonId, Quality

ANNA, BEN = PersonId("anna"), PersonId("ben")
GOOD, BLURRED = Quality(60, 100, 120, 30, 0, 0), Quality(60, 1, 120, 30, 0, 0, ("blurred: hold still",))
THRESHOLD = Threshold(0.9, 0.5, 0.001, measured=True)
HERE, THERE = Box(100, 100, 200, 200), Box(400, 100, 500, 200)


def match(person: PersonId, score: float = 0.99, runner_up: float | None = None) -> Match:
    other = BEN if person == ANNA else ANNA
    second = None if runner_up is None else Match(other, runner_up, 1 - runner_up)
    return Match(person, score, 1 - score, second)


def seen(person: PersonId, box: Box = HERE, score: float = 0.99, quality: Quality = GOOD) -> Observation:
    return Observation(box, quality, match(person, score))


def stranger(box: Box = HERE, quality: Quality = GOOD) -> Observation:
    """The nearest person, though not near enough."""
    return Observation(box, quality, match(ANNA, 0.2))


def moved(box: Box, dx: float, dy: float = 0) -> Box:
    return Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy)
