"""A real clip of two people on a stage: one turns to the camera and is recognised from a still; strangers never are."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge import config
from edge.decision.session import Observation, Session
from edge.decision.threshold import for_gallery
from edge.gallery.enrol import reference_from_file
from edge.gallery.index import Index
from edge.types import Decision, Embedding, PersonId, Sample
from edge.vision.stack import Stack

from ..vision.photos import clip

pytestmark = pytest.mark.data

SETTINGS = config.Decision()
FPS = 30
STILLS = {"alex": "alex-lacamoire.png", "lin": "lin-manuel-miranda.png", "biden": "biden.jpg", "obama": "obama.jpg"}

Frames = Sequence[Sequence[tuple[Sample, Embedding]]]


@pytest.fixture(scope="module")
def references(stack: Stack, data: Path) -> dict[str, Embedding]:
    folder = data / "clips/hamilton"
    return {name: reference_from_file(stack, folder / file, "").embedding for name, file in STILLS.items()}


@pytest.fixture(scope="module")
def frames(stack: Stack, data: Path) -> Frames:
    shown = clip(data / "clips/hamilton/short_hamilton_clip.mp4")
    found = [[(s, stack.embedder.embed(s.crop)) for s in stack.reader.samples(pixels)] for pixels in shown]
    assert len(found) == 275
    return found


def decided(stack: Stack, frames: Frames, references: dict[str, Embedding], enrolled: list[str]) -> list[Decision]:
    card = stack.card
    people = [PersonId(name) for name in sorted(enrolled)]
    index = Index(people, [references[p] for p in people], card.digest, card.distance, card.score)
    threshold = for_gallery(len(people), SETTINGS.false_accept_rate, card.operating_points, card.score)
    session, decisions = Session(SETTINGS), []
    for n, frame in enumerate(frames):
        seen = [Observation(s.box, s.quality, index.nearest(embedding)) for s, embedding in frame]
        decisions += session.observe(seen, threshold, n / FPS)
    return decisions


def accepted(decisions: Sequence[Decision]) -> list[str | None]:
    return [d.match.person if d.match else None for d in decisions if d.verdict == "accepted"]


@pytest.mark.parametrize("enrolled", [["alex", "lin"], ["lin"], ["alex", "biden", "lin", "obama"]])
def test_the_one_who_faces_the_camera_is_accepted_once_and_nobody_else(
    stack: Stack, frames: Frames, references: dict[str, Embedding], enrolled: list[str]
) -> None:
    decisions = decided(stack, frames, references, enrolled)
    assert accepted(decisions) == ["lin"]
    assert all(decision.quality.sufficient for decision in decisions)


@pytest.mark.parametrize("enrolled", [["biden", "obama"], ["alex"], ["obama"]])
def test_with_only_others_enrolled_nobody_is_accepted(
    stack: Stack, frames: Frames, references: dict[str, Embedding], enrolled: list[str]
) -> None:
    decisions = decided(stack, frames, references, enrolled)
    assert accepted(decisions) == []
    assert "unknown" in {decision.verdict for decision in decisions}


def test_faces_are_found_in_many_frames_though_the_people_move(frames: Frames) -> None:
    assert sum(bool(frame) for frame in frames) >= 110
