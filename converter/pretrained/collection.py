"""The pictures that the shipped bundles are calibrated and measured on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from converter.errors import PairsUnreadable
from converter.evaluate.pairs import Pair, read_pairs

NAME = "LFW View 1 (deep-funnelled; Huang 2007, 2012; research use)"


@dataclass(frozen=True, slots=True)
class Collection:
    """LFW View 1 in a folder: `images/`, `pairsDevTrain.txt` (calibrated on), `pairsDevTest.txt` (measured on)."""

    train: list[Pair]
    test: list[Pair]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The collection in `folder`.

        Raises:
            PairsUnreadable.
        """
        if not folder.is_dir():
            raise PairsUnreadable(
                f"{folder}: no such folder; give --data the folder of LFW View 1 with images/, pairsDevTrain.txt and "
                "pairsDevTest.txt"
            )
        images = folder / "images"
        return cls(read_pairs(folder / "pairsDevTrain.txt", images), read_pairs(folder / "pairsDevTest.txt", images))
