"""A bundle: a folder with a model, its card, and a golden input. Nothing is used before its digest was checked."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, TypeVar
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.errors import BundleDamaged, BundleForeign, BundleMissing, BundleTooNew, GoldenMismatch
from edge.vision.card import FORMAT, NAMED, Card, EmbedderCard, File, LandmarksCard, WeightedL1
from edge.vision.interpreter import Interpreter, Runtime
from edge.vision.tensor import PixelScaling, real_numbers

SHIPPED = Path(__file__).parent.parent / "models"
CARD = "card.json"

_UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError)
_NOT_NPZ = (ValueError, KeyError, OSError, EOFError, BadZipFile, TypeError)  # TypeError: an .npy is no context manager

C = TypeVar("C", bound=Card)


@dataclass(frozen=True, slots=True)
class Bundle(Generic[C]):
    """A checked bundle."""

    folder: Path
    card: C

    @property
    def model(self) -> Path:
        return self.folder / self.card.model.name

    def interpreter(self, runtime: Runtime = "auto", threads: int = 1) -> Interpreter:
        """The model, ready to run, after it gave the golden output for the golden input.

        Raises:
            BundleForeign: the file is no model that this runtime can run, or not the one that the card describes.
            GoldenMismatch: it computes something else here than where it was made.
        """
        try:
            interpreter = Interpreter(self.model, runtime, threads)
        except (ValueError, RuntimeError) as fault:
            raise BundleForeign(f"{self.model}: this TFLite runtime cannot run the model: {fault}") from fault
        self._check_shapes(interpreter)
        cosine = golden_cosine(self, interpreter)
        if not cosine >= self.card.golden.min_cosine:  # also refuses NaN
            raise GoldenMismatch(
                f"{self.folder}: on {interpreter.runtime} the golden input gives another output than where the "
                f"bundle was made (cosine {cosine:.4f}, at least {self.card.golden.min_cosine} expected); decisions "
                "would be wrong. Choose the other vision.runtime, or convert the model again and prove it here"
            )
        return interpreter

    def _check_shapes(self, interpreter: Interpreter) -> None:
        wanted = self.card.input
        shape = (1, wanted.height, wanted.width, 1 if wanted.channels == "grey" else 3)
        if len(interpreter.inputs) != 1 or interpreter.inputs[0].shape != shape:
            found = [tensor.shape for tensor in interpreter.inputs]
            raise BundleForeign(f"{self.folder}: the card describes one input of {shape}, the model has {found}")
        if isinstance(self.card, EmbedderCard):
            _check_embedder(self.folder, self.card, [int(np.prod(tensor.shape)) for tensor in interpreter.outputs])
        if isinstance(self.card, LandmarksCard):
            _check_landmarks(self.folder, self.card)


def _check_embedder(folder: Path, card: EmbedderCard, outputs: list[int]) -> None:
    if outputs != [card.dimensions]:
        raise BundleForeign(
            f"{folder}: the card describes embeddings of {card.dimensions} numbers, the model gives {outputs}"
        )
    if isinstance(card.distance, WeightedL1) and len(card.distance.weights) != card.dimensions:
        raise BundleForeign(
            f"{folder}: the card has {len(card.distance.weights)} weights for embeddings of {card.dimensions} numbers; "
            "convert the model again"
        )


def _check_landmarks(folder: Path, card: LandmarksCard) -> None:
    bad = [name for name in NAMED if not 0 <= card.named.get(name, -1) < card.points]
    if bad:
        raise BundleForeign(
            f"{folder}: the card's `named` gives no point of 0..{card.points - 1} for {', '.join(bad)}; "
            "pose and size are measured on them"
        )


def load(name: str, kind: type[C]) -> Bundle[C]:
    """The bundle of that name among the shipped ones, or in the folder of that path, with all digests checked.

    Raises:
        BundleMissing, BundleDamaged, BundleTooNew, BundleForeign: each with the file and what to do.
    """
    # Path.is_dir would raise in a working directory that this user may not look into.
    folder = Path(name) if "/" in name or os.path.isdir(name) else SHIPPED / name  # noqa: PTH112
    card = read_card(folder)
    if not isinstance(card, kind):
        wanted = kind.__struct_config__.tag
        raise BundleForeign(
            f"{folder}: this bundle is of the kind {card.__struct_config__.tag}, a bundle of the kind {wanted} is "
            "wanted here; look at the keys under vision in config.yaml"
        )
    for file in (card.model, card.golden.file):
        _check_digest(folder, file)
    return Bundle(folder, card)


def read_card(folder: Path) -> Card:
    """The card of the bundle in `folder`; the other files are not looked at."""
    file = folder / CARD
    try:
        data = file.read_bytes()
    except OSError as fault:
        shipped = ", ".join(sorted(path.parent.name for path in SHIPPED.glob(f"*/{CARD}")))
        raise BundleMissing(
            f"{file}: {fault.strerror}; name a folder with a {CARD}, or a shipped bundle: {shipped or 'none'}"
        ) from fault
    _check_format(data, file)
    try:
        card: Card = msgspec.json.decode(data, type=Card)
    except _UNDECODABLE as fault:
        raise BundleDamaged(f"{file}: not a card of format {FORMAT}: {fault}; convert the model again") from fault
    return card


class _Format(msgspec.Struct):
    format: int


def _check_format(data: bytes, file: Path) -> None:
    try:
        found = msgspec.json.decode(data, type=_Format).format
    except _UNDECODABLE as fault:
        raise BundleDamaged(f"{file}: not a card: {fault}; copy the bundle again") from fault
    if found > FORMAT:
        raise BundleTooNew(
            f"{file}: the card has format {found}, this program understands up to {FORMAT}; "
            "update siamese-edge, or convert the model with the converter of this version"
        )


def _check_digest(folder: Path, file: File) -> None:
    path = folder / file.name
    try:
        found = sha256(path.read_bytes()).hexdigest()
    except OSError as fault:
        raise BundleMissing(f"{path}: {fault.strerror}; copy the whole folder of the bundle again") from fault
    if found != file.sha256:
        raise BundleDamaged(
            f"{path}: its sha256 is {found[:12]}…, the card says {file.sha256[:12]}…; the file is damaged or another "
            "one; copy the bundle again"
        )


def golden_cosine(bundle: Bundle[Any], interpreter: Interpreter) -> float:
    """The cosine between what the model gives here for the golden input, and what it gave where it was made."""
    pixels, expected = _golden(bundle)
    found = golden_output(bundle.card, interpreter, pixels)
    if found.shape != expected.shape:
        raise BundleDamaged(
            f"{bundle.folder / bundle.card.golden.file.name}: output has the shape {expected.shape}, "
            f"the model gives {found.shape}"
        )
    return float(found @ expected / (np.linalg.norm(found) * np.linalg.norm(expected)))


def _golden(bundle: Bundle[Any]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    path = bundle.folder / bundle.card.golden.file.name
    try:
        with np.load(path, allow_pickle=False) as golden:
            pixels, expected = golden["input"], golden["output"]
    except _NOT_NPZ as fault:
        raise BundleDamaged(f"{path}: not an .npz with input and output: {fault}") from fault
    wanted = (bundle.card.input.height, bundle.card.input.width, 3)
    if pixels.shape != wanted or pixels.dtype != np.uint8:
        raise BundleDamaged(f"{path}: input is {pixels.dtype} of {pixels.shape}, the card wants uint8 of {wanted}")
    return pixels, expected


def golden_output(card: Card, interpreter: Interpreter, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """All outputs of the model for `pixels`, one after the other."""
    outputs = interpreter.run(PixelScaling(card.input, interpreter.inputs[0])(pixels))
    real = [real_numbers(values, tensor).ravel() for values, tensor in zip(outputs, interpreter.outputs, strict=True)]
    return np.concatenate(real)
