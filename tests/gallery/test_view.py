"""What the vision thread sees of the gallery follows the file, and says who has to be enrolled again."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.decision.threshold import Threshold, for_gallery
from edge.gallery.store import Store
from edge.gallery.view import GalleryView
from edge.types import Embedding, PersonId
from edge.vision import bundle
from edge.vision.card import EmbedderCard

from .people import NOW, OTHER_MODEL, person, reference, vector

CARD = bundle.load("face", EmbedderCard).card
MODEL = CARD.digest
ANNA, BEN = PersonId("anna"), PersonId("ben")


def threshold_for(size: int, rate: float = 0.001) -> Threshold:
    return for_gallery(size, rate, CARD.operating_points, CARD.score)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "gallery.db", 100) as opened:
        yield opened


def test_it_takes_over_what_another_connection_changed_and_only_then(store: Store, tmp_path: Path) -> None:
    view = GalleryView(store, CARD, threshold_for)
    assert view.size == 0
    assert not view.refresh()
    with Store(tmp_path / "gallery.db", 100) as other:
        other.add(ANNA, None, [reference(1, MODEL)], NOW)
        before = view.index
        assert view.index is before
        assert view.refresh()
        assert (view.size, view.version) == (1, other.version)
        found = view.index.nearest(Embedding(vector(1), MODEL))
        assert found is not None
        assert found.person == ANNA
        kept = view.index
        assert not view.refresh()
        assert view.index is kept
        other.remove(ANNA)
        assert view.refresh()
        assert view.index.nearest(Embedding(vector(1), MODEL)) is None


def test_the_threshold_rises_with_the_number_of_people(store: Store) -> None:
    view = GalleryView(store, CARD, threshold_for)
    scores = [view.threshold.score]
    for number in range(1, 4):
        store.add(person(number), None, [reference(number, MODEL)], NOW)
        view.refresh()
        scores.append(view.threshold.score)
    assert scores[0] == scores[1] < scores[2] < scores[3]


def test_people_with_references_of_another_model_are_left_out_and_named(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.add(ANNA, "Anna A.", [reference(1, OTHER_MODEL)], NOW)
    store.add(BEN, None, [reference(2, MODEL), reference(3, OTHER_MODEL)], NOW)
    with caplog.at_level(logging.WARNING):
        view = GalleryView(store, CARD, threshold_for)
    assert view.index.people == (BEN,)
    assert view.size == 1
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "re-enrol" in warning
    assert "anna" in warning
    assert "ben" not in warning
    assert "Anna A." not in warning


def test_a_threshold_beyond_what_was_measured_is_told(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.add(ANNA, None, [reference(1, MODEL)], NOW)
    with caplog.at_level(logging.WARNING):
        GalleryView(store, CARD, lambda size: threshold_for(size, 1e-9))
    assert "below any that was measured" in " ".join(record.getMessage() for record in caplog.records)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        store.remove(ANNA)
        store.add(ANNA, None, [reference(1, MODEL)], NOW)
        GalleryView(store, CARD, threshold_for)
    assert caplog.records == []
