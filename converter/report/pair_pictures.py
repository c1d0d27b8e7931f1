"""Pairs as pictures: what the model saw of each, beside each other. Only where the user allowed it."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import cv2
import numpy as np

from converter.convert.conversion import Proof
from converter.evaluate.measure import Measured
from converter.evaluate.pairs import Pair
from converter.report.conversion_tables import chosen_parities
from edge.types import Pixels

_WORST = 8
_SIDE = 112  # pixels

STYLE = (
    "<style>.pairs { display: flex; flex-wrap: wrap; gap: .75rem; } .pairs figure { width: 14.2rem; } "
    ".pairs img { width: 7rem; height: 7rem; object-fit: contain; background: #e7e5e4; } "
    ".pairs figcaption { font-size: .75rem; overflow-wrap: anywhere; color: #57534e; }</style>"
)


def pair_pictures(proof: Proof, measured: Measured) -> list[str]:
    """Flipped pairs, the farthest mated and the nearest non-mated ones, as HTML."""
    crops = {photo.path: crop for photo, crop in zip(proof.crops.photos, proof.crops.pixels, strict=True)}
    groups = {
        "Pairs decided differently": _flipped(proof),
        "Farthest mated pairs": _extreme(measured, mated=True),
        "Nearest non-mated pairs": _extreme(measured, mated=False),
    }
    return [STYLE, *(_group(title, list(pairs), crops) for title, pairs in groups.items())]


def _flipped(proof: Proof) -> Iterator[tuple[Pair, float]]:
    for parity in chosen_parities(proof):
        yield from ((proof.pairing.all[flip.pair], flip.converted) for flip in parity.flipped[:_WORST])


def _extreme(measured: Measured, *, mated: bool) -> Iterator[tuple[Pair, float]]:
    order = np.argsort(-measured.distances if mated else measured.distances, kind="stable")
    chosen = [n for n in order if measured.mated[n] == mated][:_WORST]
    return ((measured.pairs[n], float(measured.distances[n])) for n in chosen)


def _group(title: str, pairs: list[tuple[Pair, float]], crops: dict[Path, Pixels]) -> str:
    shown = "".join(_figure(pair, distance, crops) for pair, distance in pairs) or "<p>None.</p>"
    return f'<h2>{escape(title)}</h2><div class="pairs">{shown}</div>'


def _figure(pair: Pair, distance: float, crops: dict[Path, Pixels]) -> str:
    images = "".join(_image(crops[path]) for path in _ends(pair))
    return f"<figure>{images}<figcaption>{escape(pair.name)}<br>distance {distance:.4f}</figcaption></figure>"


def _ends(pair: Pair) -> Iterable[Path]:
    return pair.first, pair.second


def _image(crop: Pixels) -> str:
    scale = _SIDE / max(crop.shape[:2])
    size = (max(round(crop.shape[1] * scale), 1), max(round(crop.shape[0] * scale), 1))
    small = cv2.cvtColor(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
    data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return f'<img alt="" src="data:image/jpeg;base64,{b64encode(data).decode()}">'
