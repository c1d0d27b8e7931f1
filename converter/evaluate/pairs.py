"""Pairs files as Labeled Faces in the Wild ships them, with or without folds (Huang et al. 2007)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from converter.errors import PairsUnreadable

_MATED, _NON_MATED = 3, 4  # fields in a line
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, the identities in them, and the fold that the pair belongs to (0 without folds)."""

    first: Path
    second: Path
    identities: tuple[str, str]
    fold: int

    @property
    def mated(self) -> bool:
        return self.identities[0] == self.identities[1]

    @property
    def name(self) -> str:
        """Both pictures, by their names, with the folder's before one that does not hold it."""
        return " - ".join(
            path.stem if path.stem.startswith(path.parent.name) else f"{path.parent.name}/{path.stem}"
            for path in (self.first, self.second)
        )


def pictures(pairs: Iterable[Pair]) -> list[Path]:
    """Each picture of the pairs once, in order of their paths."""
    return sorted({picture for pair in pairs for picture in (pair.first, pair.second)})


def read_pairs(file: Path, images: Path) -> list[Pair]:
    """The pairs of `file`, their pictures at IMAGES/NAME/NAME_0001.jpg.

    The first line is `N` (N mated, then N non-mated pairs) or `FOLDS N` (as many in each fold).

    Raises:
        PairsUnreadable: with the line.
    """
    lines = _lines(file)
    folds, each = _header(*lines[0], file)
    if not images.is_dir():
        raise PairsUnreadable(f"{images}: no such folder; give the folder that holds one folder a person")
    if len(lines) - 1 != 2 * folds * each:
        raise PairsUnreadable(
            f"{file}: the first line announces {2 * folds * each} pairs, {len(lines) - 1} follow; fetch the file again"
        )
    pairs = [_pair(line, images, n // (2 * each), f"{file}:{number}") for n, (number, line) in enumerate(lines[1:])]
    if len({pair.mated for pair in pairs}) == 1:
        raise PairsUnreadable(f"{file}: all pairs are {_kind(pairs[0])}; both kinds are needed to measure anything")
    return pairs


def _lines(file: Path) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except OSError as fault:
        raise PairsUnreadable(f"{file}: cannot be read ({fault.strerror}); check the path") from fault
    except UnicodeDecodeError as fault:
        raise PairsUnreadable(f"{file}: not a text file in UTF-8; give a pairs file as LFW ships them") from fault
    found = [(number, line) for number, line in enumerate(lines, 1) if line]
    if not found:
        raise PairsUnreadable(f"{file}: empty; expected a count and then one pair a line")
    return found


def _header(number: int, line: str, file: Path) -> tuple[int, int]:
    match [int(word) if _NUMBER.fullmatch(word) else 0 for word in line.split()]:
        case [each] if each > 0:
            return 1, each
        case [folds, each] if folds > 0 and each > 0:
            return folds, each
    raise PairsUnreadable(
        f"{file}:{number}: expected the number of pairs of each kind, or of folds and pairs, found {line[:60]!r}"
    )


def _pair(line: str, images: Path, fold: int, where: str) -> Pair:
    fields = line.split("\t") if "\t" in line else line.split()
    if len(fields) == _MATED:
        fields = [fields[0], fields[1], fields[0], fields[2]]
    if len(fields) != _NON_MATED or not (_NUMBER.fullmatch(fields[1]) and _NUMBER.fullmatch(fields[3])):
        raise PairsUnreadable(f"{where}: expected NAME N M or NAME N NAME M, found {line[:120]!r}")
    first, second = _picture(images, fields[0], fields[1], where), _picture(images, fields[2], fields[3], where)
    return Pair(first, second, (fields[0], fields[2]), fold)


def _picture(images: Path, name: str, number: str, where: str) -> Path:
    path = images / name / f"{name}_{int(number):04d}.jpg"
    if not path.is_file():
        raise PairsUnreadable(f"{where}: no picture {path}; is {images} the folder that holds one folder a person?")
    return path


def _kind(pair: Pair) -> str:
    return "mated (of one person)" if pair.mated else "non-mated (of two people)"
