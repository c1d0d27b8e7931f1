import numpy as np
import pytest

from tests.camera.pictures import encoded, write_clip

STAGES = {"embedder", "detector", "landmarks", "everything else"}


def test_a_clip_is_measured_stage_by_stage(run, tmp_path):
    answer = run("bench", write_clip(tmp_path / "clip.avi", 12), "--json", "--threads", 1)
    assert answer.status == 0
    found = answer.json
    assert set(found) == {"frames", "ms_per_frame", "stages", "overhead", "resident_mb", "threads", "runtime"}
    assert found["frames"] == 7  # five of the twelve warm up
    assert set(found["stages"]) == STAGES
    for stage in found["stages"].values():
        assert set(stage) == {"ms_per_frame", "ms_per_call", "calls"}
    assert found["stages"]["detector"]["calls"] == 7
    assert sum(stage["ms_per_frame"] for stage in found["stages"].values()) == pytest.approx(found["ms_per_frame"])
    assert found["overhead"] >= 1
    assert found["threads"] == 1


def test_frames_limits_what_is_measured(run, tmp_path):
    answer = run("bench", write_clip(tmp_path / "clip.avi", 40), "--json", "--frames", 3)
    assert answer.json["frames"] == 3


def test_a_folder_of_photos_is_a_source_too(run, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(8):
        (folder / f"{number}.png").write_bytes(encoded(".png", np.full((120, 160, 3), 30 * number, np.uint8)))
    answer = run("bench", folder, "--json")
    assert (answer.status, answer.json["frames"]) == (0, 3)


def test_for_people_it_says_how_the_models_compare_with_the_whole(run, tmp_path):
    answer = run("bench", write_clip(tmp_path / "clip.avi", 12))
    assert answer.status == 0
    assert "times as long as its bare model calls" in " ".join(answer.out.split())


def test_it_changes_no_gallery(run, tmp_path):
    state = tmp_path / "state"
    run("bench", write_clip(tmp_path / "clip.avi", 6), "--state", state)
    assert not state.exists()


@pytest.mark.data
def test_faces_pass_through_all_models(run, stills):
    found = run("bench", stills / "short_hamilton_clip.mp4", "--json", "--frames", 120).json
    assert found["frames"] == 120
    assert all(found["stages"][name]["calls"] > 0 for name in STAGES)


@pytest.mark.parametrize(
    ("source", "what"),
    [("missing.avi", "no such file or folder"), ("empty", "a folder without pictures"), ("text.avi", "not a video")],
)
def test_a_source_that_cannot_be_used_is_explained(run, tmp_path, source, what):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.avi").write_text("no video")
    answer = run("bench", tmp_path / source, "--json")
    assert answer.status == 1
    assert answer.json["error"]["code"] == "bad_configuration"
    assert answer.complains("error:", "camera.source", source, what)


def test_a_camera_that_is_not_there_is_explained(run):
    answer = run("bench", "97", "--json")
    assert answer.status == 1
    assert answer.json["error"]["code"] == "camera"
    assert answer.complains("camera 97", "check its cable")
