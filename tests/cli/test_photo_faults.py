"""A photo that cannot be used: every command says which, what is wrong with it, and what to do."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.photos import read_photo
from tests.camera.pictures import encoded, huge_jpeg, huge_png, noise

# What is wrong: its code, and words that the message must hold.
CUT_OFF = ("bad_image", "cut off or damaged", "copy or save it again")
TEXT = ("bad_image", "found text", "give JPEG, PNG")
HUGE = ("too_large", "20000x20000 pixels", "scale it down")
WITHOUT_FACE = ("no_face", "no face found", "take a photo that shows the face")
MISSING = ("bad_image", "no such file", "check the path")
FOLDER = ("bad_image", "is a folder", "name one picture in it")

Fault = tuple[str, str, str]


def wall(shade: int = 128) -> bytes:
    return encoded(".png", np.full((480, 640, 3), shade, np.uint8))


def photo(folder: Path, kind: str) -> Path:
    """Makes a photo with something wrong."""
    broken = encoded(".jpg", noise())
    content = {
        "broken.jpg": broken[: len(broken) // 2],
        "text.jpg": b"Dear Sir or Madam,\n",
        "huge.jpg": huge_jpeg(20_000, 20_000),
        "huge.png": huge_png(20_000, 20_000),
        "wall.png": wall(),
    }
    if kind == "folder.jpg":
        (folder / kind).mkdir()
    elif kind in content:
        (folder / kind).write_bytes(content[kind])
    return folder / kind


unusable = pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("broken.jpg", CUT_OFF),
        ("text.jpg", TEXT),
        ("huge.jpg", HUGE),
        ("huge.png", HUGE),
        ("wall.png", WITHOUT_FACE),
        ("missing.jpg", MISSING),
        ("folder.jpg", FOLDER),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)


@unusable
def test_it_is_not_enrolled(run, tmp_path: Path, kind: str, fault: Fault):
    words = ["enrol", "anna", photo(tmp_path, kind), "--state", tmp_path / "state"]
    answer = run(*words)
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", kind, *fault[1:])
    assert run(*words, "--json").json["error"]["code"] == fault[0]
    assert run("people", "--state", tmp_path / "state", "--json").json == []


@unusable
def test_it_is_neither_the_same_nor_different(run, tmp_path: Path, kind: str, fault: Fault):
    words = ["verify", photo(tmp_path, kind), tmp_path / "other.jpg"]
    answer = run(*words)
    assert (answer.status, answer.out) == (2, "")
    assert answer.complains("could not tell", kind, *fault[1:])
    found = run(*words, "--json")
    assert found.status == 2
    assert (found.json["verdict"], found.json["reason"]) == ("could_not_tell", fault[0])
    assert all(word in found.json["detail"] for word in (kind, *fault[1:]))


@pytest.mark.parametrize(
    ("kind", "fault"), [("broken.jpg", CUT_OFF), ("huge.png", HUGE), ("wall.png", WITHOUT_FACE), ("no.jpg", MISSING)]
)
def test_it_is_not_identified(run, tmp_path: Path, kind: str, fault: Fault):
    answer = run("identify", photo(tmp_path, kind), "--state", tmp_path / "state", "--json")
    assert answer.status == 1
    (found,) = answer.json
    assert (found["verdict"], found["reason"]) == ("failed", fault[0])
    assert all(word in found["detail"] for word in (kind, *fault[1:]))


@pytest.mark.parametrize(
    ("kind", "words"), [("text.jpg", TEXT[1:]), ("huge.jpg", HUGE[1:]), ("wall.png", ("no face found",))]
)
def test_it_gives_no_embedding(run, tmp_path: Path, kind: str, words: tuple[str, ...]):
    answer = run("embed", photo(tmp_path, kind), "--out", tmp_path / "out.npz", "--json")
    assert answer.status == 1
    assert (answer.json["embedded"], answer.json["failed"]) == (0, 1)
    assert answer.complains(kind, *words)
    with np.load(tmp_path / "out.npz") as found:
        assert found["embeddings"].shape[0] == 0


@pytest.fixture
def face_of_40_pixels(stack, stills: Path, tmp_path: Path) -> Path:
    portrait = read_photo(stills / "biden.jpg")
    width = stack.reader.central(portrait).box.width
    small = cv2.resize(portrait, None, fx=40 / width, fy=40 / width, interpolation=cv2.INTER_AREA)
    (tmp_path / "far-away.png").write_bytes(encoded(".png", small))
    return tmp_path / "far-away.png"


@pytest.mark.data
def test_a_small_face_is_too_small_to_enrol_and_to_verify(run, face_of_40_pixels: Path, stills: Path, tmp_path: Path):
    enrolled = run("enrol", "anna", face_of_40_pixels, "--state", tmp_path / "state")
    assert enrolled.status == 1
    assert enrolled.complains("error:", "far-away.png", "too small", "come nearer")
    verified = run("verify", face_of_40_pixels, stills / "biden.jpg", "--json")
    assert (verified.status, verified.json["reason"]) == (2, "low_quality")
    assert "far-away.png" in verified.json["detail"]


@pytest.mark.data
@pytest.mark.parametrize("command", ["enrol", "verify", "identify"])
def test_two_faces_do_not_say_whose_photo_it_is(run: Callable, stills: Path, tmp_path: Path, command: str):
    two = stills / "two_people.jpg"
    words = {"enrol": ["anna", two], "verify": [two, stills / "biden.jpg"], "identify": [two]}[command]
    answer = run(command, *words, "--state", tmp_path / "state", "--json")
    assert answer.status == (2 if command == "verify" else 1)
    assert "many_faces" in answer.out
    assert "take a photo of one person" in answer.out


@pytest.mark.parametrize("command", ["identify", "embed"])
def test_a_folder_without_photos_is_a_fault(run, tmp_path: Path, command: str):
    folder = tmp_path / "holiday"
    folder.mkdir()
    (folder / "notes.txt").write_text("none yet")
    more = ["--out", tmp_path / "out.npz"] if command == "embed" else []
    answer = run(command, folder, "--state", tmp_path / "state", *more)
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", "holiday", "no photos", "name another")


def test_embeddings_that_cannot_be_written_are_a_fault(run, tmp_path: Path):
    answer = run("embed", photo(tmp_path, "wall.png"), "--out", tmp_path / "missing" / "out.npz")
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", "missing/out.npz", "No such file or directory", "--out")


def test_the_embeddings_get_the_name_that_was_asked_for(run, tmp_path: Path):
    answer = run("embed", photo(tmp_path, "wall.png"), "--out", tmp_path / "out", "--json")
    assert answer.json["out"] == str(tmp_path / "out")
    assert (tmp_path / "out").is_file()
    assert not (tmp_path / "out.npz").exists()
