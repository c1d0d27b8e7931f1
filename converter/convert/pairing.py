"""Pairs of the user's pictures: some to fit a score on, others to measure it on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from converter.convert.album import SEED, Album, Photo, grouped
from converter.errors import DataUnusable
from converter.evaluate.pairs import Pair

MOST_PAIRS = 5_000  # of each kind, on each side

_LEAST_REPEATED = 4  # people with several pictures: two on either side

OTHER_PEOPLE = "measured on other people than those that the score was fitted on"


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs to fit on and to measure on, as many mated as non-mated; and in a sentence, what sets both apart."""

    fit: list[Pair]
    test: list[Pair]
    apart: str
    honest: bool  # whether the figures are of other people than the score was fitted on

    @property
    def all(self) -> list[Pair]:
        """Each pair once."""
        return list(dict.fromkeys([*self.fit, *self.test]))


def paired(album: Album, photos: Sequence[Photo]) -> Pairing:
    """Pairs among those of the album's pictures on which a subject was found.

    Raises:
        DataUnusable: no mated or no non-mated pair is left.
    """
    people = [Pairing(*_sides(album, photos, _by_person(photos)), OTHER_PEOPLE, True)]
    several = sum(len(own) > 1 for own in grouped(photos).values())
    if several >= _LEAST_REPEATED and _usable(people[0]):
        return people[0]
    fewer = f"only {several} people have several pictures, {_LEAST_REPEATED} are needed to measure on other people; "
    pictures = Pairing(
        *_sides(album, photos, _by_picture(photos)), f"{fewer}measured on other pictures of the same people", False
    )
    if _usable(pictures):
        return pictures
    pairs = _pairs(album, list(photos))
    same = Pairing(pairs, pairs, f"{fewer}measured on the pairs that the score was fitted on", False)
    if _usable(same):
        return same
    raise DataUnusable(
        f"{album.folder}: a subject was found in {len(photos)} pictures, and they make no pair of one person or none "
        "of two; give more pictures, or another --crop"
    )


def _sides(album: Album, photos: Sequence[Photo], first: set[Photo]) -> tuple[list[Pair], list[Pair]]:
    return _pairs(album, [p for p in photos if p in first]), _pairs(album, [p for p in photos if p not in first])


def _usable(pairing: Pairing) -> bool:
    return all({pair.mated for pair in side} == {True, False} for side in (pairing.fit, pairing.test))


def _by_person(photos: Sequence[Photo]) -> set[Photo]:
    """The pictures of every other person, of those with several pictures and of the others alike."""
    own = list(grouped(photos).values())
    order = np.random.default_rng(SEED).permutation(len(own))
    ordered = sorted((own[n] for n in order), key=lambda pictures: len(pictures) == 1)
    return {photo for pictures in ordered[::2] for photo in pictures}


def _by_picture(photos: Sequence[Photo]) -> set[Photo]:
    """Every other picture of each person, and of those who have but one, every other person."""
    own = sorted(grouped(photos).values(), key=len)
    single, several = [o for o in own if len(o) == 1], [o for o in own if len(o) > 1]
    return {photo for pictures in several for photo in pictures[::2]} | {o[0] for o in single[::2]}


def _pairs(album: Album, photos: list[Photo]) -> list[Pair]:
    """As many mated as non-mated pairs, since a score at even odds is measured on even numbers."""
    mated, others = _listed(album, photos) if album.listed else (_mated(photos), [])
    most = min(len(mated), MOST_PAIRS)
    others = _some(others, most) if album.listed else _non_mated(photos, most)
    return [*_some(mated, len(others)), *others]


def _listed(album: Album, photos: list[Photo]) -> tuple[list[Pair], list[Pair]]:
    seen = {photo.path for photo in photos}
    pairs = [pair for pair in album.listed if pair.first in seen and pair.second in seen]
    return [pair for pair in pairs if pair.mated], [pair for pair in pairs if not pair.mated]


def _mated(photos: list[Photo]) -> list[Pair]:
    return [_pair(one, other) for own in grouped(photos).values() for one, other in combinations(own, 2)]


def _non_mated(photos: list[Photo], count: int) -> list[Pair]:
    """So many different ones by chance, or all if there are not many more."""
    people = np.unique([photo.person for photo in photos], return_inverse=True)[1] if photos else np.empty(0, int)
    first, second = np.triu_indices(len(photos), 1)
    (apart,) = np.nonzero(people[first] != people[second])
    chosen = np.sort(np.random.default_rng(SEED).permutation(apart)[:count])
    return [_pair(photos[first[n]], photos[second[n]]) for n in chosen]


def _some(pairs: list[Pair], count: int) -> list[Pair]:
    if len(pairs) <= count:
        return pairs
    return [pairs[n] for n in np.sort(np.random.default_rng(SEED).permutation(len(pairs))[:count])]


def _pair(one: Photo, other: Photo) -> Pair:
    return Pair(one.path, other.path, (one.person, other.person), 0)
