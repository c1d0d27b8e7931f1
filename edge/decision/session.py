"""Several frames of one face make one decision: votes, margin, cool-down. Pure; time is an argument."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from edge import config
from edge.decision.threshold import Threshold
from edge.types import Box, Decision, Match, PersonId, Quality, Verdict


@dataclass(frozen=True, slots=True)
class Observation:
    """One face in one frame. `match` is the nearest reference, near enough or not; None where none is comparable."""

    box: Box
    quality: Quality
    match: Match | None


@dataclass(frozen=True, slots=True)
class Vote:
    """What one good frame says: a person, or nobody and why."""

    person: PersonId | None
    reason: str
    observation: Observation


@dataclass(slots=True, eq=False)
class _Track:
    """One face followed over frames."""

    box: Box
    first_seen: float
    last_seen: float
    votes: deque[Vote]
    frames: int = 0
    silent: bool = field(default=False)  # nothing new to say until the votes change


class Session:
    """The faces before the camera, and who was seen when. It belongs to one thread.

    Whoever stands still before the camera is reported once; again only after an absence of `cooldown_s`.
    """

    def __init__(self, settings: config.Decision) -> None:
        self._settings = settings
        self._tracks: list[_Track] = []
        self._last_seen: dict[PersonId, float] = {}

    def observe(self, seen: Sequence[Observation], threshold: Threshold, now: float) -> list[Decision]:
        """Takes in one frame's faces (`now`: monotonic seconds), and says what is decided by it."""
        self._tracks = [track for track in self._tracks if now - track.last_seen <= self._settings.lost_after_s]
        decisions = []
        for track, observation in self._followed(seen, now):
            if observation.quality.sufficient:
                track.votes.append(_vote(observation, threshold, self._settings.margin))
                decision = self._decide(track, threshold, now)
                decisions += [decision] if decision else []
        return decisions

    def _followed(self, seen: Sequence[Observation], now: float) -> list[tuple[_Track, Observation]]:
        """Each face with its track: the one that it overlaps most, or a new one."""
        free, pairs = list(self._tracks), []
        for observation in sorted(seen, key=lambda o: -o.box.area):
            track = max(free, key=lambda t: t.box.overlap(observation.box), default=None)
            if track is None or track.box.overlap(observation.box) < self._settings.same_face_overlap:
                track = self._new_track(observation.box, now)
            else:
                free.remove(track)
            track.box, track.last_seen = observation.box, now
            track.frames += 1
            pairs.append((track, observation))
        return pairs

    def _new_track(self, box: Box, now: float) -> _Track:
        kept = max(self._settings.of_frames, self._settings.unknown_after_frames)
        track = _Track(box, now, now, deque(maxlen=kept))
        self._tracks.append(track)
        return track

    def _decide(self, track: _Track, threshold: Threshold, now: float) -> Decision | None:
        vote = track.votes[-1]
        if vote.person is not None:
            return self._accept(track, vote, vote.person, threshold, now)
        recent = list(track.votes)[-self._settings.unknown_after_frames :]
        full = len(recent) == self._settings.unknown_after_frames
        if track.silent or not full or any(v.person is not None for v in recent):
            return None
        track.silent = True
        return self._decision("unknown", track, vote, threshold, now)

    def _accept(self, track: _Track, vote: Vote, person: PersonId, threshold: Threshold, now: float) -> Decision | None:
        recent = list(track.votes)[-self._settings.of_frames :]
        if sum(v.person == person for v in recent) < self._settings.agreeing_frames:
            return None
        track.silent = False
        last = self._last_seen.get(person)
        self._last_seen[person] = now
        if last is not None and now - last < self._settings.cooldown_s:
            return None
        return self._decision("accepted", track, vote, threshold, now)

    def _decision(self, verdict: Verdict, track: _Track, vote: Vote, threshold: Threshold, now: float) -> Decision:
        observation = vote.observation
        return Decision(
            verdict,
            observation.match,
            vote.reason,
            track.frames,
            threshold.score,
            observation.quality,
            track.first_seen,
            now,
        )


def _vote(observation: Observation, threshold: Threshold, margin: float) -> Vote:
    person, reason = judged(observation.match, threshold, margin)
    return Vote(person, reason, observation)


def judged(match: Match | None, threshold: Threshold, margin: float) -> tuple[PersonId | None, str]:
    """Whom a match names, or nobody; and the reason, as one word for machines.

    `margin` compares odds, not scores: near 1, where thresholds lie, all scores look alike.
    """
    if match is None:
        return None, "empty_gallery"
    if not threshold.met_by(match.score, match.distance):
        return None, "below_threshold"
    if match.runner_up is not None and _odds(match) < margin * _odds(match.runner_up):
        return None, "ambiguous"
    return match.person, "match"


def _odds(match: Match) -> float:
    return match.score / max(1 - match.score, 1e-300)
