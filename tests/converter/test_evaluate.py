"""evaluate, on real faces, in this process and through the command line."""

import json
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from converter.__main__ import main
from converter.evaluate import embeddings
from converter.evaluate.embeddings import embed
from converter.evaluate.measure import card_rule, measure, tuned_rule
from converter.evaluate.pairs import pictures
from converter.evaluate.results import Results
from edge.camera.photos import read_photo

pytestmark = pytest.mark.data

WANTED = {"accuracy", "accuracy_std", "eer", "tar_at_far", "failures_to_acquire", "pairs", "threshold"}


def some(pairs, each=15):
    """A few mated and as many non-mated pairs."""
    return [p for p in pairs if p.mated][:each] + [p for p in pairs if not p.mated][:each]


def answer(capsys, *arguments):
    status = main(["evaluate", *map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out), err


@pytest.mark.slow
def test_view_1_is_decided_as_well_as_measured(lfw, embedded, stack):
    train = measure(stack.card, lfw.train, embedded, card_rule(stack.card), lfw.folder / "pairsDevTrain.txt").results
    assert train.accuracy >= 0.99
    rule = tuned_rule(stack.card, lfw.train, embedded, lfw.folder / "pairsDevTrain.txt")
    test = measure(stack.card, lfw.test, embedded, rule, lfw.folder / "pairsDevTest.txt").results
    assert test.accuracy >= 0.985
    assert test.threshold_distance == pytest.approx(stack.card.score.best_distance)
    assert test.eer <= 0.015
    assert test.cllr <= 0.08
    assert train.tar_at_far["0.001"] >= 0.93
    assert test.tar_at_far["0.001"] is None


@pytest.mark.slow
def test_the_card_says_what_is_measured(lfw, embedded, stack):
    for evaluation, pairs in zip(stack.card.evaluation, (lfw.train, lfw.test), strict=True):
        found = measure(stack.card, pairs, embedded, card_rule(stack.card), lfw.folder).results
        assert found.accuracy == pytest.approx(evaluation.value, abs=0.0015)
        assert found.pairs == evaluation.comparisons


@pytest.mark.slow
def test_the_command_line_on_dev_test(lfw):
    command = [sys.executable, "-m", "converter", "evaluate", "face", "--json", "--threads", "2"]
    command += ["--pairs", str(lfw.folder / "pairsDevTest.txt"), "--images", str(lfw.images)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == set(Results.__struct_fields__) >= WANTED
    assert found["accuracy"] >= 0.985
    assert found["pairs"] == 1000
    assert found["tar_at_far"]["0.0001"] is None


def test_folds(lfw, pairs_file, capsys):
    file = pairs_file(some(lfw.test, 40), folds=10)
    status, found, _ = answer(capsys, "face", "--pairs", file, "--images", lfw.images)
    assert status == 0
    assert (found["folds"], found["pairs"]) == (10, 80)
    assert found["accuracy"] >= 0.95
    assert found["accuracy_standard_error"] == pytest.approx(found["accuracy_std"] / 10**0.5)
    assert found["threshold_from"].startswith("for each fold")


def test_threshold_from_other_pairs(lfw, pairs_file, capsys):
    file, other = pairs_file(some(lfw.test)), pairs_file(some(lfw.train))
    status, found, _ = answer(capsys, "face", "--pairs", file, "--images", lfw.images, "--threshold-from", other)
    assert status == 0
    assert other.name in found["threshold_from"]
    assert found["pictures"] < 61


def test_folds_and_a_threshold_from_elsewhere_contradict(lfw, pairs_file, capsys):
    folds, other = pairs_file(some(lfw.test), folds=5), pairs_file(some(lfw.train))
    status, found, err = answer(capsys, "face", "--pairs", folds, "--images", lfw.images, "--threshold-from", other)
    assert status == 2
    assert found["error"]["code"] == "wrong_usage"
    assert "leave out --threshold-from" in err


def test_broken_pictures_count_as_failures_and_are_named(lfw, pairs_file, tmp_path, capsys):
    pairs = some(lfw.test, 8)
    images = tmp_path / "images"
    for photo in {photo for pair in pairs for photo in (pair.first, pair.second)}:
        (images / photo.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, images / photo.parent.name / photo.name)
    cut, empty = (images / photo.parent.name / photo.name for photo in (pairs[0].first, pairs[-1].second))
    cut.write_bytes(cut.read_bytes()[:2000])
    empty.write_bytes(b"")
    status, found, err = answer(capsys, "face", "--pairs", pairs_file(pairs), "--images", images)
    assert status == 0
    assert found["failures_to_acquire"] == 2
    assert set(found["failed_pictures"]) == {f"{path.parent.name}/{path.name}" for path in (cut, empty)}
    assert found["accuracy"] <= 14 / 16
    assert cut.name in err.replace("\n", "")
    assert empty.name in err.replace("\n", "")


def test_a_picture_that_vanishes_meanwhile_is_a_failure(stack, tmp_path, caplog):
    found = embed(stack.reader, stack.embedder, [tmp_path / "gone.jpg"])
    assert found.failures == [tmp_path / "gone.jpg"]
    assert "gone.jpg" in caplog.text


def test_a_picture_without_a_face_is_a_failure(stack, tmp_path):
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 200, 3), 128, np.uint8))
    assert embed(stack.reader, stack.embedder, [tmp_path / "wall.png"]).failures == [tmp_path / "wall.png"]


def test_each_picture_is_embedded_once(lfw, pairs_file, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(embeddings, "read_photo", lambda photo: seen.append(photo) or read_photo(photo))
    pairs = [p for p in lfw.test if p.mated][:4] * 2 + [p for p in lfw.test if not p.mated][:4] * 2
    assert answer(capsys, "face", "--pairs", pairs_file(pairs), "--images", lfw.images)[0] == 0
    assert sorted(seen) == sorted(set(seen)) == pictures(pairs)


def test_the_report(lfw, pairs_file, tmp_path, capsys):
    file = pairs_file(some(lfw.test))
    arguments = ["face", "--pairs", str(file), "--images", str(lfw.images), "--report", str(tmp_path / "a" / "b")]
    assert main(["evaluate", *arguments]) == 0
    out, err = capsys.readouterr()
    assert "equal error rate" in out
    assert "index.html" in err
    page = (tmp_path / "a" / "b" / "index.html").read_text()
    assert page.count('src="data:image/svg+xml;base64,') == 5
    assert "width=device-width" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<script" not in page
    for text in (
        "Results on",
        "Operating points",
        "Provenance and licence",
        "Farthest mated pairs",
        "Nearest non-mated",
    ):
        assert text in page
    assert "image/jpeg" not in page


def test_a_report_that_cannot_be_written_is_one_clear_line(lfw, pairs_file, tmp_path, capsys):
    file = pairs_file(some(lfw.test, 4))
    (tmp_path / "taken").write_text("a file")
    status, _, err = answer(capsys, "face", "--pairs", file, "--images", lfw.images, "--report", tmp_path / "taken")
    assert status == 1
    assert "taken" in err
    assert "Traceback" not in err
