"""Writes a bundle: model, golden input and output, runtimes that it was proved on, card. All of it, or nothing."""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from converter.errors import NotABundle, NotProved
from edge.vision.bundle import CARD, golden_output
from edge.vision.card import Card, File, Golden, Input, RuntimeProof
from edge.vision.interpreter import Interpreter

_MODEL, _GOLDEN = "model.tflite", "golden.npz"
_RUNTIMES = ("ai-edge-litert", "tflite-runtime")

C = TypeVar("C", bound=Card)


@dataclass(frozen=True, slots=True)
class Written:
    """What the writer found out, for the card."""

    model: File
    golden: Golden
    runtimes: list[RuntimeProof]


def write_bundle(folder: Path, model: bytes, min_cosine: float, describe: Callable[[Written], C]) -> C:
    """Makes or replaces the bundle in `folder`. An older one stays as it is until the new one is whole and proved.

    Args:
        folder: where the bundle goes.
        model: the .tflite file's content.
        min_cosine: how near the golden output other runtimes must come.
        describe: makes the card; called again whenever more is known.

    Raises:
        NotProved: the model does not run on any runtime that is installed here.
        NotABundle: something else is in `folder`.
        OSError: the disk is full or refuses to write.
    """
    check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as scratch:
        place = Path(scratch) / folder.name
        place.mkdir()
        (place / _MODEL).write_bytes(model)
        file = File(_MODEL, sha256(model).hexdigest())
        draft = describe(Written(file, Golden(File(_GOLDEN, "0" * 64), min_cosine), []))
        golden = Golden(_write_golden(place, draft), min_cosine)
        _write_card(place, describe(Written(file, golden, [])))
        card = describe(Written(file, golden, _proofs(place, min_cosine)))
        _write_card(place, card)
        _replace(folder, place, Path(scratch) / "old")
    return card


def check_place(folder: Path) -> None:
    """Whether a bundle may be written there.

    Raises:
        NotABundle: something else is there.
    """
    if folder.exists() and not (folder / CARD).is_file():
        raise NotABundle(f"{folder}: exists and is no bundle (no {CARD} in it); move it away, or choose another place")


def _replace(folder: Path, new: Path, aside: Path) -> None:
    """Two renames, since a folder that is not empty cannot be replaced in one; the first is undone if need be."""
    if not folder.exists():
        new.rename(folder)
        return
    folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        aside.rename(folder)
        raise


def golden_pixels(card: Input) -> NDArray[np.uint8]:
    """A picture of nobody: smooth random colours with edges in them, the same each time."""
    random = np.random.default_rng(29)
    coarse = random.integers(0, 256, (6, 6, 3)).astype(np.uint8)
    picture = cv2.resize(coarse, (card.width, card.height), interpolation=cv2.INTER_CUBIC)
    middle, radius = (card.width // 2, card.height // 2), min(card.width, card.height)
    cv2.ellipse(picture, middle, (radius // 3, radius * 2 // 5), 0, 0, 360, (205, 170, 150), -1)
    for x in (-1, 1):
        cv2.circle(picture, (middle[0] + x * radius // 8, middle[1] - radius // 10), radius // 25, (40, 30, 30), -1)
    cv2.ellipse(
        picture, (middle[0], middle[1] + radius // 5), (radius // 9, radius // 28), 0, 0, 360, (150, 60, 60), -1
    )
    return np.asarray(picture, np.uint8)


def _write_golden(place: Path, draft: Card) -> File:
    pixels = golden_pixels(draft.input)
    output = golden_output(draft, Interpreter(place / _MODEL), pixels)
    (place / _GOLDEN).write_bytes(_npz(input=pixels, output=output))
    return File(_GOLDEN, sha256((place / _GOLDEN).read_bytes()).hexdigest())


def _npz(**arrays: NDArray[Any]) -> bytes:
    """As numpy.savez_compressed, but without the time of writing: the same arrays give the same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.lib.format.write_array(one, array, allow_pickle=False)  # type: ignore[no-untyped-call]
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), one.getvalue(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def _write_card(place: Path, card: Card) -> None:
    (place / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")


def _proofs(place: Path, min_cosine: float) -> list[RuntimeProof]:
    found = [proof for runtime in _RUNTIMES if (proof := _proof(place, runtime))]
    passed = [proof for proof in found if proof.cosine >= min_cosine]
    if not passed:
        raise NotProved(f"no runtime gives the golden output with a cosine of at least {min_cosine}; found: {found}")
    return passed


def _proof(place: Path, runtime: str) -> RuntimeProof | None:
    """What `runtime` gives, in a process of its own; None where it is not installed or cannot run the model."""
    command = [sys.executable, "-m", "edge.vision.proof", str(place), "--runtime", runtime]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if done.returncode != 0:
        return None
    answer = json.loads(done.stdout)
    return RuntimeProof(*(answer[key] for key in ("runtime", "version", "python", "machine", "cosine")))
