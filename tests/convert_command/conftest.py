import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SIDE = 48  # of the miniature's input
FRAME, CORNER, CUT = (480, 640), (120, 200), 250  # the tutorial's camera picture, and what it cuts from it
TUTORIAL = ("--crop", "centre:200,120,250,250@640x480", "--input-range", "0..1")
FEW = ("--most", "180")


@dataclass(frozen=True)
class Trained:
    """A miniature of the tutorial's twin, and the pictures that it was trained on."""

    folder: Path
    people: Path  # FOLDER/PERSON/*.png, 250x250

    @property
    def twin(self) -> Path:
        return self.folder / "twin.keras"

    @property
    def tower(self) -> Path:
        return self.folder / "tower.keras"


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def converted(*words: object) -> Answer:
    """`siamese-convert convert WORDS`, in a process of its own: tflite-runtime cannot share one with TensorFlow."""
    command = [sys.executable, "-m", "converter", "convert", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)
    assert "Traceback" not in done.stderr, done.stderr
    return Answer(done.returncode, done.stdout, done.stderr)


def scored(twin: Path, pictures: np.ndarray, folder: Path) -> np.ndarray:
    """What `model.predict` of the twin says of the first picture with the second, the third with the fourth, …

    Args:
        twin: its Keras file.
        pictures: 2 N, in the twin's own size.
        folder: a place to work in.
    """
    np.save(folder / "pictures.npy", pictures)
    command = [sys.executable, "-m", "tests.convert_command.predicting", str(twin), str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return np.load(folder / "answer.npy")


@pytest.fixture(scope="session")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Trained for half a minute on nine people before one camera."""
    if find_spec("tensorflow") is None:
        pytest.skip("NO TENSORFLOW: pip install -e '.[convert]' to test the conversion of trained models")
    live = data / "nuaa-sessions-1-2" / "live"
    if not live.is_dir():
        pytest.skip(f"NO FACES at {live}: conversions are not tested on a trained model")
    folder = tmp_path_factory.mktemp("trained")
    pictures = list(_pictures(live, folder / "people"))
    np.save(folder / "crops.npy", np.stack([cv2.resize(crop, (SIDE, SIDE)) for _, crop in pictures]))
    np.save(folder / "people.npy", np.array([person for person, _ in pictures]))
    command = [sys.executable, "-m", "tests.convert_command.training", str(folder), "14"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert float(done.stdout.split()[-1]) > 0.9, done.stdout
    return Trained(folder, folder / "people")


def _pictures(live: Path, out: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Some of each person, as the tutorial's webcam would have kept them, but without loss."""
    for person in sorted(live.iterdir()):
        (out / person.name).mkdir(parents=True)
        for number, file in enumerate(sorted(person.iterdir())[::3][:60]):
            picture = cv2.resize(cv2.imread(str(file)), (CUT, CUT))
            cv2.imwrite(str(out / person.name / f"{number}.png"), picture)
            yield person.name, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def framed(picture: Path, out: Path) -> Path:
    """The camera's picture from which the tutorial would have cut this one."""
    frame = np.random.default_rng(5).integers(0, 256, (*FRAME, 3)).astype(np.uint8)
    top, left = CORNER
    frame[top : top + CUT, left : left + CUT] = cv2.imread(str(picture))
    cv2.imwrite(str(out), frame)
    return out


@pytest.fixture(scope="session")
def int8(trained: Trained) -> tuple[Path, Answer]:
    """The miniature in int8, and what the command said for machines."""
    out = trained.folder / "int8"
    answer = converted(
        trained.twin, "--out", out, "--data", trained.people, *TUTORIAL, *FEW, "--json", "--licence", "test only",
        "--report", trained.folder / "report",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    return out, answer


@pytest.fixture(scope="session")
def float32(trained: Trained) -> Path:
    """The miniature in float32, its head folded into the card."""
    out = trained.folder / "float32"
    answer = converted(
        trained.twin,
        "--out",
        out,
        "--data",
        trained.people,
        *TUTORIAL,
        "--recipe",
        "float32",
        "--most",
        "60",
        "--quick",
    )
    assert answer.status == 0, answer.err
    return out
