import shutil

import numpy as np
import pytest

from edge import config
from edge.vision import bundle
from edge.vision.card import EmbedderCard
from tests.camera.pictures import encoded

pytestmark = pytest.mark.data


def test_two_photos_of_one_person_are_the_same(run, stills):
    answer = run("verify", stills / "obama.jpg", stills / "obama2.jpg", "--json")
    assert answer.status == 0
    found = answer.json
    assert set(found) == {"score", "verdict", "reason", "threshold", "distance"}
    assert (found["verdict"], found["reason"]) == ("same", "match")
    assert 0 < found["threshold"] <= found["score"] <= 1


def test_two_people_are_different(run, stills):
    answer = run("verify", stills / "obama.jpg", stills / "biden.jpg", "--json")
    assert answer.status == 1
    found = answer.json
    assert (found["verdict"], found["reason"]) == ("different", "below_threshold")
    assert 0 <= found["score"] < found["threshold"]


def test_a_photo_that_cannot_be_judged_is_neither(run, stills, tmp_path):
    answer = run("verify", stills / "obama.jpg", tmp_path / "missing.jpg", "--json")
    assert answer.status == 2
    found = answer.json
    assert set(found) == {"score", "verdict", "reason", "threshold", "detail"}
    assert (found["score"], found["verdict"], found["reason"]) == (None, "could_not_tell", "bad_image")


def test_the_threshold_of_the_configuration_decides(run, stills, configure):
    strict = configure("decision: {threshold: 0.9999999}\n")
    answer = run("verify", stills / "obama.jpg", stills / "obama2.jpg", "--json", "--config", strict)
    assert answer.status == 1
    assert answer.json["threshold"] == 0.9999999


def test_verification_for_people_is_one_line(run, stills):
    assert run("verify", stills / "obama.jpg", stills / "obama2.jpg").out.startswith("same: score ")


def test_a_known_person_is_identified_with_the_second_best(run, state, stills):
    answer = run("identify", stills / "obama2.jpg", "--state", state, "--json")
    assert answer.status == 0
    (found,) = answer.json
    assert set(found) == {"photo", "verdict", "person", "score", "second", "reason"}
    assert (found["verdict"], found["person"], found["reason"]) == ("accepted", "obama", "match")
    assert found["photo"] == str(stills / "obama2.jpg")
    assert found["second"]["person"] == "biden"
    assert found["second"]["score"] < found["score"] <= 1


def test_a_stranger_is_unknown_and_that_is_no_fault(run, state, stills):
    answer = run("identify", stills / "lin-manuel-miranda.png", "--state", state, "--json")
    assert answer.status == 0
    (found,) = answer.json
    assert (found["verdict"], found["person"], found["reason"]) == ("unknown", None, "below_threshold")


def test_an_empty_gallery_knows_nobody(run, tmp_path, stills):
    answer = run("identify", stills / "obama.jpg", "--state", tmp_path / "empty", "--json")
    assert answer.status == 0
    (found,) = answer.json
    assert (found["verdict"], found["score"], found["second"]) == ("unknown", None, None)
    assert found["reason"] == "empty_gallery"


def test_a_folder_stands_for_its_photos_and_one_that_fails_does_not_stop_the_others(run, state, stills, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(stills / "obama2.jpg", folder / "2.jpg")
    (folder / "1.jpg").write_text("no picture")
    (folder / "notes.txt").write_text("not looked at")
    answer = run("identify", folder, "--state", state, "--json")
    assert answer.status == 1
    failed, known = answer.json
    assert (failed["verdict"], failed["reason"], failed["person"]) == ("failed", "bad_image", None)
    assert "1.jpg" in failed["detail"]
    assert known["person"] == "obama"


def test_embeddings_are_written_with_their_paths(run, stills, tmp_path):
    photos = [stills / "obama.jpg", stills / "biden.jpg"]
    answer = run("embed", *photos, "--out", tmp_path / "out.npz", "--json")
    assert answer.status == 0
    assert answer.json == {"out": str(tmp_path / "out.npz"), "embedded": 2, "failed": 0}
    card = bundle.load(config.Vision().bundle, EmbedderCard).card
    with np.load(tmp_path / "out.npz", allow_pickle=False) as found:
        assert set(found.files) >= {"embeddings", "paths"}
        assert found["embeddings"].shape == (2, card.dimensions)
        assert found["embeddings"].dtype == np.float32
        assert found["paths"].tolist() == [str(photo) for photo in photos]
        assert np.linalg.norm(found["embeddings"], axis=1) == pytest.approx(1, abs=1e-4)


def test_a_photo_without_a_face_is_left_out_of_the_embeddings_and_named(run, stills, tmp_path):
    wall = tmp_path / "wall.png"
    wall.write_bytes(encoded(".png", np.full((240, 320, 3), 128, np.uint8)))
    answer = run("embed", wall, stills / "biden.jpg", "--out", tmp_path / "out.npz", "--json")
    assert answer.status == 1
    assert (answer.json["embedded"], answer.json["failed"]) == (1, 1)
    assert answer.complains("wall.png", "no face found")
    with np.load(tmp_path / "out.npz") as found:
        assert found["paths"].tolist() == [str(stills / "biden.jpg")]


def test_the_same_photo_gives_the_same_embedding_each_time(run, stills, tmp_path):
    for name in ("a.npz", "b.npz"):
        assert run("embed", stills / "biden.jpg", "--out", tmp_path / name).status == 0
    with np.load(tmp_path / "a.npz") as first, np.load(tmp_path / "b.npz") as second:
        assert np.array_equal(first["embeddings"], second["embeddings"])
