"""The shipped bundles can be made again, by anybody, byte for byte."""

import subprocess
import sys

import pytest

from edge.vision import bundle
from edge.vision.card import EmbedderCard

NAMES = ("detector", "face", "landmarks")


@pytest.fixture(scope="module")
def small(lfw, tmp_path_factory):
    """The collection with a few pairs only."""
    folder = tmp_path_factory.mktemp("view1")
    (folder / "images").symlink_to(lfw.images)
    for name, pairs in (("pairsDevTrain.txt", lfw.train), ("pairsDevTest.txt", lfw.test)):
        mated = [p for p in pairs if p.mated][:25]
        others = [p for p in pairs if not p.mated][:25]
        numbers = [(int(p.first.stem[-4:]), int(p.second.stem[-4:]), p.identities) for p in (*mated, *others)]
        lines = [
            f"{who[0]}\t{a}\t{b}" if who[0] == who[1] else f"{who[0]}\t{a}\t{who[1]}\t{b}" for a, b, who in numbers
        ]
        (folder / name).write_text("\n".join(["25", *lines]))
    return folder


@pytest.mark.convert
@pytest.mark.data
@pytest.mark.slow
def test_making_them_twice_gives_the_same_bytes_and_no_chatter(small, tmp_path):
    made = [_pretrained(small, tmp_path / run) for run in ("first", "second")]
    assert made[0] == made[1]
    assert sorted(made[0]) == sorted(
        f"{name}/{file}" for name in NAMES for file in ("card.json", "golden.npz", "model.tflite")
    )
    assert bundle.load(str(tmp_path / "first" / "out" / "face"), EmbedderCard).interpreter().inputs
    for name in ("detector", "landmarks"):
        assert made[0][f"{name}/model.tflite"] == (bundle.SHIPPED / name / "model.tflite").read_bytes()


def _pretrained(data, folder):
    command = [sys.executable, "-m", "converter", "pretrained", "--data", str(data)]
    done = subprocess.run(
        [*command, "--out", str(folder / "out"), "--work", str(folder / "work")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "work" / "face-twin.keras").is_file()
    assert (folder / "work" / "tensorflow.log").stat().st_size > 0
    assert len(done.stderr.splitlines()) <= 8, done.stderr
    assert len(done.stdout.splitlines()) == 2, done.stdout
    out = folder / "out"
    return {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}
