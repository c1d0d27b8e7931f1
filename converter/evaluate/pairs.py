"""Pairs files as Labeled Faces in the Wild ships them, with or without folds (Huang et al. 2007)."""

from dataclasses import dataclass
from pathlib import Path

_MATED, _NON_MATED = 3, 4  # fields in a line


class PairsUnreadable(ValueError):
    """The file does not follow the LFW format, or names a picture that is not there."""


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


def read_pairs(file: Path, images: Path) -> list[Pair]:
    """The pairs of `file`, their pictures at IMAGES/NAME/NAME_0001.jpg.

    The first line is `N` (N mated, then N non-mated pairs) or `FOLDS N` (as many in each fold).

    Raises:
        PairsUnreadable: with the line.
    """
    lines = _lines(file)
    folds, each = _header(lines[0], file)
    if len(lines) - 1 != 2 * folds * each:
        raise PairsUnreadable(
            f"{file}: the first line announces {2 * folds * each} pairs, {len(lines) - 1} follow; fetch the file again"
        )
    return [_pair(line, images, n // (2 * each), f"{file}:{n + 2}") for n, line in enumerate(lines[1:])]


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as fault:
        raise PairsUnreadable(f"{file}: cannot be read: {fault}") from fault
    lines = [line for line in lines if line]
    if not lines:
        raise PairsUnreadable(f"{file}: empty; expected a count and then one pair a line")
    return lines


def _header(line: str, file: Path) -> tuple[int, int]:
    try:
        numbers = [int(word) for word in line.split()]
    except ValueError:
        numbers = []
    match numbers:
        case [each]:
            return 1, each
        case [folds, each]:
            return folds, each
    raise PairsUnreadable(f"{file}:1: expected the number of pairs, or of folds and pairs, found {line!r}")


def _pair(line: str, images: Path, fold: int, where: str) -> Pair:
    fields = line.split("\t") if "\t" in line else line.split()
    if len(fields) == _MATED:
        fields = [fields[0], fields[1], fields[0], fields[2]]
    if len(fields) != _NON_MATED or not (fields[1].isdigit() and fields[3].isdigit()):
        raise PairsUnreadable(f"{where}: expected NAME N M or NAME N NAME M, found {line!r}")
    first, second = _picture(images, fields[0], fields[1], where), _picture(images, fields[2], fields[3], where)
    return Pair(first, second, (fields[0], fields[2]), fold)


def _picture(images: Path, name: str, number: str, where: str) -> Path:
    path = images / name / f"{name}_{int(number):04d}.jpg"
    if not path.is_file():
        raise PairsUnreadable(f"{where}: no picture {path}; is --images the folder that holds one folder a person?")
    return path
