"""What the command writes, and what it says about it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from converter.convert.recipe import RECIPES
from edge.vision import bundle
from edge.vision.card import CentreCrop, EmbedderCard, WeightedL1

from .conftest import FEW, TUTORIAL, converted

pytestmark = [pytest.mark.convert, pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def card(int8) -> EmbedderCard:
    return bundle.load(str(int8[0]), EmbedderCard).card


def of(answer, recipe: str, runtime: str = "ai-edge-litert") -> dict:
    (run,) = [run for run in answer.json["runs"] if (run["recipe"], run["runtime"]) == (recipe, runtime)]
    return run


def test_the_bundle_is_whole_and_runs(int8, trained):
    folder, answer = int8
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "golden.npz", "model.tflite"]
    loaded = bundle.load(str(folder), EmbedderCard)
    assert loaded.interpreter().inputs
    assert answer.json["bundle"] == str(folder)
    assert not [path for path in trained.folder.iterdir() if path.name.startswith(".writing")]


def test_the_card_describes_the_twin(card):
    assert card.crop == CentreCrop(200, 120, 250, 250, 640, 480)
    assert (card.input.width, card.input.scale, card.input.offset) == (48, pytest.approx(1 / 255), 0)
    assert isinstance(card.distance, WeightedL1)
    assert (card.score.slope, card.score.prior) == (1, 0.5)
    assert not card.mirror
    assert not card.unit_length
    assert card.provenance.licence == "test only"
    assert card.provenance.source_sha256 != "0" * 64
    assert card.score.cllr is not None
    assert {proof.runtime for proof in card.runtimes} <= {"ai-edge-litert", "tflite-runtime"}


def test_a_quantized_input_takes_pixels_as_they_are(int8):
    """Scale 1/255 and zero point 0: nothing of a 0..1 range is lost."""
    entry = bundle.load(str(int8[0]), EmbedderCard).interpreter().inputs[0]
    assert entry.dtype.__name__ == "uint8"
    assert entry.scale == pytest.approx(1 / 255, rel=1e-6)
    assert entry.zero_point == 0


def test_every_recipe_is_tried_on_every_runtime_and_none_is_hidden(int8):
    answer = int8[1].json
    tried = {(run["recipe"], run["runtime"]) for run in answer["runs"]}
    assert {recipe for recipe, _ in tried} | set(answer["not_converted"]) == {"as it came", *RECIPES}
    for run in answer["runs"]:
        assert (run["fault"] is None) == (run["parity"] is not None)
        assert run["parity"] is None or run["milliseconds"] > 0


@pytest.mark.parametrize(("recipe", "cosine", "error"), [("as it came", 0.999999, 1e-5), ("float32", 0.999999, 1e-5)])
def test_floats_equal_the_trained_tower(int8, recipe, cosine, error):
    found = of(int8[1], recipe)["parity"]
    assert found["cosine_min"] >= cosine
    assert found["max_error"] <= error
    assert set(found["flips"].values()) == {0}


def test_int8_decides_as_the_trained_twin(int8):
    found = of(int8[1], "int8")["parity"]
    assert found["flips"]["own rule"] <= 0.005
    assert found["pairs"] > 2000
    assert of(int8[1], "int8")["bytes"] < of(int8[1], "float32")["bytes"] / 2


def test_few_people_are_handled_honestly(int8, card):
    """Nine people make 36 pairs of people: no rate below 3 in 36 is claimed, whatever was seen."""
    rates = [point.false_match_rate for point in card.operating_points]
    assert min(rates) >= 1 - 0.05 ** (1 / 36) - 1e-9
    assert any("9 people make 36 pairs" in sentence for sentence in int8[1].json["sentences"])
    assert any("trained on these pictures" in sentence for sentence in int8[1].json["sentences"])


def test_the_report_is_one_page_without_people(trained, int8):
    page = (trained.folder / "report" / "index.html").read_text()
    assert [path.name for path in (trained.folder / "report").iterdir()] == ["index.html"]
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "image/jpeg" not in page
    for title in ("Recipes", "Parity", "Embedding map", "Reliability", "ROC", "DET", "Operating points"):
        assert title in page


def test_a_limit_on_flips_refuses_and_shows_them(trained, tmp_path):
    out, report = tmp_path / "bundle", tmp_path / "report"
    words = (
        "--data",
        trained.people,
        *TUTORIAL,
        *FEW,
        "--max-flips",
        "0",
        "--quick",
        "--report",
        report,
        "--pictures",
        "--json",
    )
    answer = converted(trained.twin, "--out", out, *words)
    assert answer.status == 1
    assert answer.json["error"]["code"] == "decisions_flipped"
    assert answer.json["bundle"] is None
    assert "--max-flips" in answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report"]
    page = (report / "index.html").read_text()
    assert "No bundle was written" in page
    assert "Pairs decided differently by int8" in page
    assert "image/jpeg" in page


def test_a_new_score_is_fitted_on_other_people_where_asked(trained, tmp_path):
    words = (
        "--data",
        trained.people,
        *TUTORIAL,
        "--most",
        "100",
        "--recipe",
        "float16",
        "--recalibrate",
        "--quick",
        "--json",
    )
    answer = converted(trained.twin, "--out", tmp_path / "bundle", *words)
    assert answer.status == 0, answer.err
    card = bundle.load(str(tmp_path / "bundle"), EmbedderCard).card
    assert card.score.mated_pairs > 0
    assert card.score.slope != 1
    assert card.score.expected_calibration_error is not None
    assert any("other people" in sentence for sentence in answer.json["sentences"])


def test_a_tflite_file_is_described_measured_and_not_touched(trained, int8, tmp_path):
    model = int8[0] / "model.tflite"
    words = ("--data", trained.people, "--crop", "whole", "--distance", "euclidean", "--most", "60")
    answer = converted(model, "--out", tmp_path / "mine", *words)
    assert answer.status == 0, answer.err
    loaded = bundle.load(str(tmp_path / "mine"), EmbedderCard)
    assert loaded.model.read_bytes() == model.read_bytes()
    assert loaded.card.input.scale == pytest.approx(1 / 255, rel=1e-6)  # as its quantized input says
    assert loaded.interpreter().inputs


def test_tflite_needs_no_tensorflow(trained, int8, tmp_path):
    script = (
        "import sys; from converter.__main__ import main; status = main(sys.argv[1:]); "
        "sys.exit(status or 10 * bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    words = ["convert", int8[0] / "model.tflite", "--out", tmp_path / "mine", "--data", trained.people]
    words += ["--crop", "whole", "--distance", "cosine", "--most", "40"]
    done = subprocess.run([sys.executable, "-c", script, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_inspect_prints_the_card(int8, capsys):
    from converter.__main__ import main

    assert main(["inspect", str(int8[0])]) == 0
    assert "weighted L1, 64 weights" in capsys.readouterr().out
    assert main(["inspect", str(int8[0]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["distance"]["kind"] == "weighted_l1"


def test_a_full_disk_leaves_nothing(trained, int8, tmp_path):
    """The place cannot be written to: a file stands where its folder should be."""
    (tmp_path / "file").touch()
    words = ("--data", trained.people, "--crop", "whole", "--distance", "cosine", "--most", "40")
    answer = converted(int8[0] / "model.tflite", "--out", tmp_path / "file" / "bundle", *words)
    assert answer.status == 1
    assert [path.name for path in Path(tmp_path).iterdir()] == ["file"]
