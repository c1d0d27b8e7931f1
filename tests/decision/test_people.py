"""102 real people, one photo each: whoever is enrolled is recognised from another photo, and nobody else."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from edge import config
from edge.camera.photos import photo_paths, read_photo
from edge.decision.session import judged
from edge.decision.threshold import for_gallery
from edge.gallery.enrol import reference_from_file
from edge.gallery.index import Index
from edge.types import Embedding, PersonId
from edge.vision.stack import Stack

pytestmark = pytest.mark.data

SETTINGS = config.Decision()
MOODS = ("neutral", "smiling")


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """References from the neutral photos, and probes as a camera would give them, of good quality."""

    stack: Stack
    references: dict[PersonId, Embedding]
    probes: dict[tuple[str, PersonId], Embedding]

    def named(self, enrolled: list[PersonId]) -> dict[tuple[str, PersonId], PersonId | None]:
        """Whom each probe is taken for when these people are enrolled."""
        card = self.stack.card
        references = [self.references[person] for person in enrolled]
        index = Index(enrolled, references, card.digest, card.distance, card.score)
        threshold = for_gallery(len(enrolled), SETTINGS.false_accept_rate, card.operating_points, card.score)
        return {key: judged(index.nearest(probe), threshold, SETTINGS.margin)[0] for key, probe in self.probes.items()}


@pytest.fixture(scope="module")
def crowd(stack: Stack, data: Path) -> Crowd:
    folder = data / "faces-london"
    photos = photo_paths(folder / "neutral")
    references = {PersonId(p.stem): reference_from_file(stack, p, "2024-05-06T07:08:09Z").embedding for p in photos}
    probes = {}
    for mood in MOODS:
        for photo in photo_paths(folder / mood):
            (sample,) = stack.reader.samples(read_photo(photo))
            assert sample.quality.sufficient, f"{mood}/{photo.name}: {sample.quality}"
            probes[mood, PersonId(photo.stem)] = stack.embedder.embed(sample.crop)
    return Crowd(stack, references, probes)


def test_all_102_are_enrolled_and_each_is_recognised_smiling(crowd: Crowd) -> None:
    people = sorted(crowd.references)
    assert len(people) == 102
    found = crowd.named(people)
    wrong = {person: found["smiling", person] for person in people if found["smiling", person] != person}
    assert wrong == {}


@pytest.mark.parametrize("half", ["first", "last", "even", "odd"])
def test_of_51_enrolled_each_is_recognised_and_the_51_others_are_unknown(crowd: Crowd, half: str) -> None:
    people = sorted(crowd.references)
    enrolled = {"first": people[:51], "last": people[51:], "even": people[::2], "odd": people[1::2]}[half]
    found = crowd.named(enrolled)
    assert len(found) == 204
    wrong = {key: name for key, name in found.items() if name != (key[1] if key[1] in enrolled else None)}
    assert wrong == {}


def test_one_enrolled_person_is_recognised_and_101_others_are_unknown(crowd: Crowd) -> None:
    alone = sorted(crowd.references)[0]
    wrong = {key: name for key, name in crowd.named([alone]).items() if (name == alone) != (key[1] == alone)}
    assert wrong == {}
