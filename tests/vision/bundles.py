"""Copies of shipped bundles that tests change."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from edge.vision.bundle import SHIPPED

Tree = dict[str, Any]


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / name, folder / f"{name}-copy"))


def edit_card(bundle: Path, change: Callable[[Tree], object]) -> None:
    card = json.loads((bundle / "card.json").read_text())
    change(card)
    (bundle / "card.json").write_text(json.dumps(card))


def replace_model(bundle: Path, content: bytes) -> None:
    """Another model, with its right digest in the card."""
    (bundle / "model.tflite").write_bytes(content)
    edit_card(bundle, lambda card: card["model"].update(sha256=sha256(content).hexdigest()))


def replace_golden(bundle: Path, content: bytes) -> None:
    """Another golden file, with its right digest in the card."""
    (bundle / "golden.npz").write_bytes(content)
    edit_card(bundle, lambda card: card["golden"]["file"].update(sha256=sha256(content).hexdigest()))


def save_golden(bundle: Path, **arrays: np.ndarray) -> None:
    """Another golden input and output, with their right digest in the card."""
    np.savez(bundle / "golden.npz", **arrays)
    replace_golden(bundle, (bundle / "golden.npz").read_bytes())


def flip_byte(file: Path) -> None:
    """One byte in the middle, as a bad disk would leave it."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
