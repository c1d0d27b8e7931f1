"""The command's questions and faults: what was found, what is allowed, which option cures it. Nothing is written."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from converter.__main__ import main
from edge.vision import bundle

from .conftest import converted

TFLITE = bundle.SHIPPED / "face" / "model.tflite"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people with three pictures of nothing each."""
    folder = tmp_path_factory.mktemp("people")
    random = np.random.default_rng(3)
    for person in "abcd":
        (folder / person).mkdir()
        for n in range(3):
            cv2.imwrite(str(folder / person / f"{n}.png"), np.full((40, 40, 3), random.integers(0, 256, 3)))
    return folder


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["x.keras"],
        ["x.keras", "--out", "y", "--recipe", "int4"],
        ["x.keras", "--out", "y", "--max-flips", "2"],
        ["x.keras", "--out", "y", "--max-flips", "few"],
        ["x.keras", "--out", "y", "--most", "1"],
        ["x.keras", "--out", "y", "--layer", "l2"],
    ],
)
def test_wrong_words_are_2(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["convert", *words])
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "--data DIR"),
        (["--data", "{people}", "--pairs", "p", "--images", "i"], 2, "either --data"),
        (["--data", "{people}", "--pictures"], 2, "--report"),
        (["--data", "{people}"], 2, "--crop"),
        (["--data", "{people}", "--crop", "eyes"], 2, "centre:200,120,250,250"),
        (["--data", "{people}", "--crop", "whole"], 2, "--distance"),
        (["--data", "{people}", "--crop", "whole", "--distance", "hamming"], 2, "cosine"),
        (["--data", "{people}", "--crop", "whole", "--distance", "cosine", "--input-range", "1-2"], 2, "0..1"),
        (["--data", "{people}/none", "--crop", "whole", "--distance", "cosine"], 1, "no such folder"),
        (["--data", "{people}/a", "--crop", "whole", "--distance", "cosine"], 1, "at least two people"),
        (["--data", "{people}", "--crop", "face", "--distance", "cosine"], 1, "subject was found on none"),
    ],
)
def test_each_fault_is_one_line_and_leaves_nothing(words, status, said, people, tmp_path, capfd):
    """Here without a Keras file, so that nothing waits for TensorFlow."""
    out = tmp_path / "bundle"
    words = [word.format(people=people) for word in words]
    assert main(["convert", str(TFLITE), "--out", str(out), *words]) == status
    err = capfd.readouterr().err
    assert said in err
    assert len([line for line in err.splitlines() if line.startswith("error:")]) == 1
    assert not list(tmp_path.iterdir())


def test_a_place_that_holds_something_else_is_refused_first(people, tmp_path, capfd):
    (tmp_path / "photo.jpg").touch()
    words = ["--data", str(people), "--crop", "whole", "--distance", "cosine"]
    assert main(["convert", str(TFLITE), "--out", str(tmp_path), *words]) == 1
    assert "choose another place" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


@pytest.mark.parametrize("content", [b"", b"TFL3 but no more", bytes(1000)])
def test_a_broken_tflite_file(content, people, tmp_path, capfd):
    model = tmp_path / "broken.tflite"
    model.write_bytes(content)
    words = ["--data", str(people), "--crop", "whole", "--distance", "cosine"]
    assert main(["convert", str(model), "--out", str(tmp_path / "b"), *words]) == 1
    assert "broken.tflite: no TFLite model" in capfd.readouterr().err


def test_a_detector_is_no_tower(people, tmp_path, capfd):
    model = bundle.SHIPPED / "detector" / "model.tflite"
    words = ["--data", str(people), "--crop", "whole", "--distance", "cosine"]
    assert main(["convert", str(model), "--out", str(tmp_path / "b"), *words]) == 1
    assert "one embedding out" in capfd.readouterr().err


@pytest.mark.convert
@pytest.mark.data
@pytest.mark.slow
def test_a_tower_asks_for_its_range_and_its_distance(trained, tmp_path):
    words = ["--out", tmp_path / "b", "--data", trained.people, "--crop", "whole", "--json"]
    asked = converted(trained.tower, *words)
    assert asked.status == 2
    assert "--input-range 0..1" in asked.json["error"]["message"]
    asked = converted(trained.tower, *words, "--input-range", "0..1")
    assert asked.status == 2
    assert "--distance" in asked.json["error"]["message"]
    few = converted(trained.tower, *words, "--input-range", "0..1", "--distance", "euclidean", "--most", "12")
    assert few.status == 1
    assert "20 are needed for that, found 12" in few.json["error"]["message"]
    assert not (tmp_path / "b").exists()
