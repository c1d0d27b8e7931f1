"""A photo becomes a reference if it shows one good face of somebody who is not enrolled already."""

from pathlib import Path

import numpy as np
import pytest

from edge.camera.photos import read_photo
from edge.decision.threshold import Threshold, fixed, for_gallery
from edge.errors import DuplicatePerson, LowQuality, ManyFaces, NoFace, PhotoUnreadable
from edge.gallery.enrol import reference_from_file, reference_from_pixels, refuse_duplicate
from edge.gallery.index import Index
from edge.gallery.store import Reference
from edge.types import PersonId, Pixels
from edge.vision.stack import Stack

from ..vision.photos import blurred, exposed, lfw, on_wall, portrait, scaled
from .people import NOW

pytestmark = pytest.mark.data

ANNA, BEN, CARL = PersonId("anna"), PersonId("ben"), PersonId("carl")


def refusal(stack: Stack, pixels: Pixels, fault: type[Exception]) -> str:
    with pytest.raises(fault) as caught:
        reference_from_pixels(stack, pixels, "photo.jpg", NOW)
    assert str(caught.value).startswith("photo.jpg: ")
    return str(caught.value)


def with_face_of(stack: Stack, data: Path, width: int) -> Pixels:
    """A photo of 640x480 with a face of that many pixels from ear to ear, as the landmarks see it."""
    photo = portrait(data)
    whole = stack.probe_portrait(photo, "001").box.width
    return on_wall(scaled(photo, width / whole), 640, 480, 250, 150)


def test_a_good_photo_gives_a_reference_with_all_that_is_kept(stack: Stack, data: Path) -> None:
    found = reference_from_file(stack, data / "faces-london/neutral/001.jpg", NOW)
    assert found.embedding.model == stack.card.digest
    assert found.source == "001.jpg"
    assert found.taken == NOW
    assert found.quality.sufficient
    again = reference_from_pixels(stack, portrait(data), "again", NOW)
    assert np.array_equal(found.embedding.vector, again.embedding.vector)


def test_a_photo_without_a_face_is_refused_with_advice(stack: Stack) -> None:
    message = refusal(stack, np.full((480, 640, 3), 128, np.uint8), NoFace)
    assert "no face found" in message
    assert "from the front" in message


def test_a_photo_of_two_people_is_refused_with_advice(stack: Stack, data: Path) -> None:
    message = refusal(stack, read_photo(data / "clips/hamilton/two_people.jpg"), ManyFaces)
    assert "2 faces of similar size" in message
    assert "cut this one" in message


@pytest.mark.parametrize(
    "name", ["Daniel_Day-Lewis_0001", "Denise_Locke_0001", "Julie_Taymor_0002", "Muhammad_Ali_0004"]
)
def test_a_face_that_windows_of_the_search_cut_differently_is_one_face(stack: Stack, data: Path, name: str) -> None:
    assert stack.probe_portrait(lfw(data, name), name).quality.size > 40


def test_a_second_face_far_in_the_background_does_not_matter(stack: Stack, data: Path) -> None:
    photo = portrait(data).copy()
    little = scaled(portrait(data, "045"), 0.3)
    photo[:192, :192] = little
    both = reference_from_pixels(stack, photo, "photo.jpg", NOW)
    alone = reference_from_pixels(stack, portrait(data), "photo.jpg", NOW)
    assert float(both.embedding.vector @ alone.embedding.vector) > 0.99


def test_a_face_of_forty_pixels_is_refused_as_too_small(stack: Stack, data: Path) -> None:
    assert "too small: come nearer" in refusal(stack, with_face_of(stack, data, 40), LowQuality)


def test_a_face_of_a_hundred_pixels_is_taken(stack: Stack, data: Path) -> None:
    reference_from_pixels(stack, with_face_of(stack, data, 100), "photo.jpg", NOW)


def test_a_blurred_photo_is_refused_as_blurred(stack: Stack, data: Path) -> None:
    message = refusal(stack, blurred(portrait(data), 8), LowQuality)
    assert message == "photo.jpg: the face is blurred: hold still"


def test_a_dark_photo_is_refused_as_dark(stack: Stack, data: Path) -> None:
    assert "too dark: more light" in refusal(stack, exposed(portrait(data), 0.1), LowQuality)


def test_an_overexposed_photo_is_refused_as_bright(stack: Stack, data: Path) -> None:
    assert "too bright: less light" in refusal(stack, exposed(portrait(data), 1.8), LowQuality)


def test_a_profile_is_refused_as_turned_away(stack: Stack, data: Path) -> None:
    assert "turned away: look straight" in refusal(stack, lfw(data, "Guillermo_Coria_0029"), LowQuality)


def test_several_faults_are_all_named(stack: Stack, data: Path) -> None:
    message = refusal(stack, exposed(with_face_of(stack, data, 40), 0.1), LowQuality)
    assert "too small" in message
    assert "; too dark" in message or "; blurred: hold still; too dark" in message


def test_a_reference_must_be_better_than_a_probe(stack: Stack, data: Path) -> None:
    """What is refused as a reference can still be recognised."""
    limits = stack.card.quality
    photo = portrait(data)
    size = stack.probe_portrait(photo, "001").quality.size
    between = scaled(photo, ((limits.enrol.min_size or 0) + (limits.probe.min_size or 0)) / 2 / size)
    assert stack.probe_portrait(between, "001").quality.sufficient
    assert "too small" in refusal(stack, between, LowQuality)


def test_a_file_that_is_no_picture_is_refused_by_name(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not a picture")
    with pytest.raises(PhotoUnreadable, match=r"notes\.jpg"):
        reference_from_file(stack, tmp_path / "notes.jpg", NOW)


@pytest.fixture(scope="module")
def neutral(stack: Stack, data: Path) -> dict[str, Reference]:
    numbers = ("001", "002", "003")
    return {n: reference_from_pixels(stack, portrait(data, n), f"{n}.jpg", NOW) for n in numbers}


@pytest.fixture(scope="module")
def index(stack: Stack, neutral: dict[str, Reference]) -> Index:
    """Anna is 001, Ben is 002."""
    references = [neutral["001"].embedding, neutral["002"].embedding]
    return Index([ANNA, BEN], references, stack.card.digest, stack.card.distance, stack.card.score)


@pytest.fixture(scope="module")
def threshold(stack: Stack) -> Threshold:
    return for_gallery(2, 0.001, stack.card.operating_points, stack.card.score)


def test_a_person_who_is_enrolled_under_another_identifier_is_refused_with_both_ways_out(
    stack: Stack, data: Path, index: Index, threshold: Threshold
) -> None:
    smiling = reference_from_pixels(stack, portrait(data, "001", "smiling"), "smile.jpg", NOW)
    with pytest.raises(DuplicatePerson) as caught:
        refuse_duplicate(index, threshold, CARL, [smiling])
    message = str(caught.value)
    for part in ("smile.jpg: matches 'anna'", f"threshold {threshold.score:.3f}", "remove it first", "--look-alike"):
        assert part in message


def test_one_duplicate_among_several_photos_is_enough(
    stack: Stack, neutral: dict[str, Reference], index: Index, threshold: Threshold
) -> None:
    with pytest.raises(DuplicatePerson, match=r"002\.jpg: matches 'ben'"):
        refuse_duplicate(index, threshold, CARL, [neutral["003"], neutral["002"]])


def test_a_new_person_and_more_photos_of_the_same_are_welcome(
    neutral: dict[str, Reference], index: Index, threshold: Threshold
) -> None:
    refuse_duplicate(index, threshold, CARL, [neutral["003"]])
    refuse_duplicate(index, threshold, ANNA, [neutral["001"]])


def test_a_photo_of_somebody_else_cannot_join_a_person(
    neutral: dict[str, Reference], index: Index, threshold: Threshold
) -> None:
    with pytest.raises(DuplicatePerson, match="'ben'"):
        refuse_duplicate(index, threshold, ANNA, [neutral["002"]])


def test_a_persons_own_match_does_not_hide_that_the_runner_up_matches_too(
    stack: Stack, neutral: dict[str, Reference], index: Index
) -> None:
    lax = fixed(1e-6, stack.card.score)
    with pytest.raises(DuplicatePerson, match="'ben'"):
        refuse_duplicate(index, lax, ANNA, [neutral["001"]])


def test_in_an_empty_gallery_nobody_is_a_duplicate(
    stack: Stack, neutral: dict[str, Reference], threshold: Threshold
) -> None:
    empty = Index([], [], stack.card.digest, stack.card.distance, stack.card.score)
    refuse_duplicate(empty, threshold, ANNA, list(neutral.values()))
