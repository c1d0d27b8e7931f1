"""The index finds what a search through everything finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.gallery.index import Index
from edge.types import Embedding, PersonId
from edge.vision.card import Calibration, Cosine, Euclidean, WeightedL1
from edge.vision.similarity import Distance, distances, score

from .people import MODEL, OTHER_MODEL, vector

CALIBRATION = Calibration(8.0, 4.0, 0.5, "nothing", 1, 1, 0.5)
DISTANCES: list[Distance] = [Euclidean(), Cosine(), WeightedL1([0.5 + n / 8 for n in range(8)])]
ANNA, BEN = PersonId("anna"), PersonId("ben")


def embedding(seed: int, model: str = MODEL) -> Embedding:
    return Embedding(vector(seed, 8), model)


def index(people: list[str], seeds: list[int], distance: Distance = DISTANCES[0]) -> Index:
    return Index([PersonId(p) for p in people], [embedding(s) for s in seeds], MODEL, distance, CALIBRATION)


@given(
    owners=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30).map(sorted),
    probe=st.integers(1000, 2000),
    distance=st.sampled_from(DISTANCES),
)
@settings(max_examples=200)
def test_it_finds_what_brute_force_finds(owners: list[str], probe: int, distance: Distance) -> None:
    found = index(owners, list(range(len(owners))), distance).nearest(embedding(probe))
    assert found is not None
    best: dict[str, float] = {}
    for owner, seed in zip(owners, range(len(owners)), strict=True):
        near = float(distances(embedding(probe).vector, embedding(seed).vector[np.newaxis], distance)[0])
        best[owner] = min(near, best.get(owner, np.inf))
    ranked = sorted(best, key=lambda owner: best[owner])
    assert found.person == ranked[0]
    assert found.distance == pytest.approx(best[ranked[0]], abs=1e-6)
    assert found.score == pytest.approx(float(score(best[ranked[0]], CALIBRATION)), rel=1e-4)
    if len(ranked) == 1:
        assert found.runner_up is None
    else:
        assert found.runner_up is not None
        assert found.runner_up.person == ranked[1]
        assert found.runner_up.distance == pytest.approx(best[ranked[1]], abs=1e-6)
        assert found.runner_up.runner_up is None


def test_a_person_counts_by_the_nearest_reference() -> None:
    found = index(["anna", "anna", "anna", "ben"], [1, 2, 3, 4]).nearest(embedding(2))
    assert found is not None
    assert (found.person, found.distance) == (ANNA, 0)


def test_the_runner_up_is_another_person_however_many_references_the_best_has() -> None:
    found = index(["anna"] * 5 + ["ben"], [1, 1, 1, 1, 1, 99]).nearest(embedding(1))
    assert found is not None
    assert found.person == ANNA
    assert found.runner_up is not None
    assert found.runner_up.person == BEN
    assert found.runner_up.score < found.score


def test_an_empty_gallery_knows_nobody() -> None:
    empty = index([], [])
    assert empty.people == ()
    assert empty.nearest(embedding(1)) is None


def test_a_gallery_of_one_has_no_runner_up() -> None:
    alone = index(["anna", "anna"], [1, 2])
    assert alone.people == (ANNA,)
    found = alone.nearest(embedding(7))
    assert found is not None
    assert found.runner_up is None


def test_a_probe_of_another_model_is_never_compared() -> None:
    for any_index in (index(["anna"], [1]), index([], [])):
        with pytest.raises(ValueError, match=f"{OTHER_MODEL} cannot be compared with references of {MODEL}"):
            any_index.nearest(embedding(1, OTHER_MODEL))


def test_a_reference_of_another_model_is_never_taken_in() -> None:
    with pytest.raises(ValueError, match=OTHER_MODEL):
        Index([ANNA, BEN], [embedding(1), embedding(2, OTHER_MODEL)], MODEL, Euclidean(), CALIBRATION)
