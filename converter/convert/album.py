"""The user's pictures, and who is on them: folders of people, or the folders of the face-verification tutorial."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from converter.errors import DataUnusable
from converter.evaluate.pairs import Pair
from edge.camera.photos import photo_paths

_TUTORIAL = ("anchor", "positive", "negative")
_LFW = re.compile(r"(.+)_\d{4}")

SEED = 0


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, and the identity on it."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class Album:
    """Pictures in groups that are looked at in equal shares, so that none is crowded out by another."""

    folder: Path
    layout: Literal["people", "tutorial", "pairs"]
    groups: tuple[tuple[Photo, ...], ...]
    listed: tuple[Pair, ...] = ()  # the pairs of a pairs file, where one was given

    @property
    def photos(self) -> list[Photo]:
        """All, group by group."""
        return [photo for group in self.groups for photo in group]

    @property
    def people(self) -> int:
        return len({photo.person for photo in self.photos})

    def some(self, most: int) -> list[Photo]:
        """At most so many, spread over people; the same each time. What one group leaves over goes to the others."""
        parts: list[list[Photo]] = []
        for done, group in enumerate(sorted(self.groups, key=len)):
            parts.append(spread(group, (most - sum(map(len, parts))) // (len(self.groups) - done)))
        placed = [(at / len(part), photo) for part in parts for at, photo in enumerate(part)]
        return [photo for _, photo in sorted(placed, key=lambda one: one[0])]


def read(folder: Path) -> Album:
    """The pictures in FOLDER/PERSON/, or in FOLDER/anchor/, positive/ and negative/ as the tutorial collects them.

    Raises:
        DataUnusable: no such folder, fewer than two people, or nobody with two pictures.
    """
    if not folder.is_dir():
        raise DataUnusable(f"{folder}: no such folder; give --data a folder that holds one of pictures for each person")
    album = _tutorial(folder) if all((folder / name).is_dir() for name in _TUTORIAL) else _people(folder)
    _check(album)
    return album


def listed(pairs: Sequence[Pair], images: Path, most: int) -> Album:
    """The pictures of a pairs file, or of as many of its pairs as have at most so many pictures."""
    order = np.random.default_rng(SEED).permutation(len(pairs))
    kept = [pairs[n] for n in sorted(order[: most // 2])] if len(pairs) > most // 2 else list(pairs)
    shown = {path: who for pair in kept for path, who in zip((pair.first, pair.second), pair.identities, strict=True)}
    album = Album(images, "pairs", (tuple(Photo(path, shown[path]) for path in sorted(shown)),), tuple(kept))
    _check(album)
    return album


def spread(photos: Sequence[Photo], most: int) -> list[Photo]:
    """At most so many: two of each person, then a third of each, and so on; the same each time."""
    random = np.random.default_rng(SEED)
    by_person = [[own[n] for n in random.permutation(len(own))] for own in grouped(photos).values()]
    order = random.permutation(len(by_person))
    rounds = [[by_person[n][:2] for n in order]]
    rounds += [[by_person[n][k : k + 1] for n in order] for k in range(2, max(map(len, by_person), default=0))]
    return [photo for one in rounds for own in one for photo in own][:most]


def grouped(photos: Iterable[Photo]) -> dict[str, list[Photo]]:
    """Each person's pictures."""
    by_person: dict[str, list[Photo]] = {}
    for photo in photos:
        by_person.setdefault(photo.person, []).append(photo)
    return by_person


def _people(folder: Path) -> Album:
    own = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    photos = [Photo(picture, person.name) for person in own for picture in photo_paths(person)]
    several = {person for person, pictures in grouped(photos).items() if len(pictures) > 1}
    groups = ([p for p in photos if p.person in several], [p for p in photos if p.person not in several])
    return Album(folder, "people", tuple(tuple(group) for group in groups if group))


def _tutorial(folder: Path) -> Album:
    """Anchor and positive show one person, each negative another; those from LFW bear their names."""
    known = [Photo(path, "anchor") for name in _TUTORIAL[:2] for path in photo_paths(folder / name)]
    others = [Photo(path, _negative(path)) for path in photo_paths(folder / _TUTORIAL[2])]
    return Album(folder, "tutorial", (tuple(known), tuple(others)))


def _negative(path: Path) -> str:
    named = _LFW.fullmatch(path.stem)
    return named[1] if named else f"negative/{path.stem}"


def _check(album: Album) -> None:
    several = [own for own in grouped(album.photos).values() if len(own) > 1]
    if album.people >= 2 and several:  # noqa: PLR2004 - two make a pair
        return
    raise DataUnusable(
        f"{album.folder}: found {len(album.photos)} pictures of {album.people} people, {len(several)} of them with "
        "several; to prove anything it takes pairs of one person and pairs of two: give --data a folder with one "
        "folder of pictures for each of at least two people (or the tutorial's anchor, positive and negative)"
    )
