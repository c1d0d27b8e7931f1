"""From a decision to the event that tells of it. Pure: identifiers and time are arguments."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from edge.mqtt.messages import (
    ClockSource,
    GalleryState,
    Liveness,
    RunnerUp,
    SampleQuality,
    VerificationEvent,
    rfc3339,
)
from edge.types import Decision, Match, Quality


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event comes from; the same for all events of one process."""

    site: str
    device: str
    boot: str


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What held when the decision was made."""

    gallery: GalleryState
    model: str  # digest
    time: datetime  # with a time zone
    time_src: ClockSource
    name: str | None = None  # only where the configuration says so
    liveness: Liveness = field(default_factory=Liveness)


def verification(  # one argument for each thing the event must not make up by itself
    decision: Decision, origin: Origin, now: Circumstances, *, stream: str, seq: int, event_id: UUID
) -> VerificationEvent:
    """The event for `decision`.

    A person is named only by `accepted` and `rejected`: whoever is nearest to a stranger or to a photo held up to the
    camera was not there.
    """
    named = decision.match if decision.verdict in ("accepted", "rejected") else None
    return VerificationEvent(
        id=str(event_id),
        event_type=decision.verdict,
        site=origin.site,
        device=origin.device,
        stream=stream,
        seq=seq,
        boot=origin.boot,
        time=rfc3339(now.time),
        time_src=now.time_src,
        mono_ms=round(decision.decided_at * 1000),
        person=named.person if named else None,
        name=now.name if named and now.name is not None else UNSET,
        score=round(decision.match.score, 6) if decision.match else None,
        threshold=round(decision.threshold, 6),
        second=_second(named),
        gallery=now.gallery,
        model=now.model,
        quality=_quality(decision.quality),
        liveness=now.liveness,
        frames=decision.frames,
        latency_ms=max(0, round((decision.decided_at - decision.first_seen) * 1000)),
    )


def _second(match: Match | None) -> RunnerUp | None:
    if match is None or match.runner_up is None:
        return None
    return RunnerUp(person=match.runner_up.person, score=round(match.runner_up.score, 6))


def _quality(found: Quality) -> SampleQuality:
    return SampleQuality(
        size=round(found.size, 1),
        sharpness=round(found.sharpness, 1),
        light=round(found.light, 1),
        contrast=round(found.contrast, 1),
        yaw=round(found.yaw, 3),
        pitch=round(found.pitch, 3),
    )
