"""Whose pictures they are, which are looked at, and which pairs they make."""

from collections import Counter
from pathlib import Path

import pytest

from converter.convert import album, pairing
from converter.convert.album import Album, Photo
from converter.errors import DataUnusable
from converter.evaluate.pairs import Pair


def made(folder: Path, pictures: dict[str, int], name: str = "{}.jpg") -> Path:
    for person, count in pictures.items():
        (folder / person).mkdir(parents=True)
        for n in range(count):
            (folder / person / name.format(n)).touch()
    return folder


def test_folders_of_people(tmp_path):
    found = album.read(made(tmp_path, {"anna": 3, "ben": 2, "carl": 1}))
    assert Counter(photo.person for photo in found.photos) == {"anna": 3, "ben": 2, "carl": 1}
    assert found.layout == "people"


def test_the_tutorials_folders(tmp_path):
    folder = made(tmp_path, {"anchor": 4, "positive": 4, "negative": 5})
    for n in (1, 2):
        (folder / "negative" / f"Aaron_Guiel_{n:04d}.jpg").touch()
    found = album.read(folder)
    people = Counter(photo.person for photo in found.photos)
    assert people["anchor"] == 8
    assert people["Aaron_Guiel"] == 2  # as LFW names its pictures
    assert len(people) == 7
    assert found.layout == "tutorial"


@pytest.mark.parametrize("pictures", [{}, {"anna": 5}, {"anna": 1, "ben": 1, "carl": 1}])
def test_what_makes_no_pairs_is_refused_with_what_is_needed(tmp_path, pictures):
    with pytest.raises(DataUnusable, match="at least two people"):
        album.read(made(tmp_path, pictures))


def test_no_folder(tmp_path):
    with pytest.raises(DataUnusable, match="no such folder"):
        album.read(tmp_path / "none")


def photos(**pictures: int) -> list[Photo]:
    return [Photo(Path(f"/{person}/{n}.jpg"), person) for person, count in pictures.items() for n in range(count)]


def test_few_pictures_are_spread_over_many_people():
    many = photos(**{f"p{n}": 50 for n in range(20)})
    some = album.spread(many, 60)
    assert set(Counter(photo.person for photo in some).values()) == {3}
    assert some == album.spread(many, 60)


def test_a_crowd_does_not_crowd_out_the_one_person():
    groups = (tuple(photos(anchor=300)), tuple(photos(**{f"n{n}": 1 for n in range(2000)})))
    some = Album(Path("/"), "tutorial", groups).some(100)
    counts = Counter(photo.person == "anchor" for photo in some)
    assert counts == {True: 50, False: 50}
    assert {photo.person == "anchor" for photo in some[:4]} == {True, False}
    few = (groups[0][:10], groups[1])
    assert len(Album(Path("/"), "tutorial", few).some(100)) == 100


def people_of(pairs: list[Pair]) -> set[str]:
    return {name for pair in pairs for name in pair.identities}


def test_figures_are_of_other_people_where_they_are_enough():
    own = photos(**{f"p{n}": 6 for n in range(8)})
    found = pairing.paired(Album(Path("/"), "people", (tuple(own),)), own)
    assert found.honest
    assert not people_of(found.fit) & people_of(found.test)
    assert people_of(found.all) == {f"p{n}" for n in range(8)}
    for side in (found.fit, found.test):
        assert Counter(pair.mated for pair in side)[True] == len(side) / 2
        assert len(set(side)) == len(side)


def test_one_person_and_strangers_are_measured_on_other_pictures():
    own = photos(anchor=20, **{f"n{n}": 1 for n in range(30)})
    found = pairing.paired(Album(Path("/"), "tutorial", (tuple(own),)), own)
    assert not found.honest
    assert "other pictures of the same people" in found.apart
    fitted = {path for pair in found.fit for path in (pair.first, pair.second)}
    assert not fitted & {path for pair in found.test for path in (pair.first, pair.second)}


def test_two_people_with_two_pictures_are_measured_on_what_was_fitted_and_said_so():
    own = photos(anna=2, ben=2)
    found = pairing.paired(Album(Path("/"), "people", (tuple(own),)), own)
    assert not found.honest
    assert found.fit == found.test
    assert "pairs that the score was fitted on" in found.apart


def test_nothing_is_left_to_pair():
    own = photos(anna=2)
    with pytest.raises(DataUnusable, match="--crop"):
        pairing.paired(Album(Path("/"), "people", (tuple(own),)), own)


def test_a_pairs_file_gives_its_own_pairs():
    def pair(one: str, m: int, other: str, n: int) -> Pair:
        return Pair(Path(f"/{one}/{m}.jpg"), Path(f"/{other}/{n}.jpg"), (one, other), 0)

    pairs = [pair(f"p{n}", 0, f"p{n}", 1) for n in range(12)]
    pairs += [pair(f"p{n}", 0, f"p{m}", 0) for n in range(12) for m in range(n)]
    found = album.listed(pairs, Path("/"), 100)
    sides = pairing.paired(found, found.photos)
    assert set(sides.all) <= set(pairs)
    assert sides.honest
    assert not people_of(sides.fit) & people_of(sides.test)
