"""A gallery that cannot be read or written, and people who cannot be."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .test_photo_faults import wall


@pytest.fixture
def wall_photo(tmp_path: Path) -> Path:
    (tmp_path / "wall.png").write_bytes(wall())
    return tmp_path / "wall.png"


USES = ["people", "remove", "enrol", "identify"]


def words(command: str, photo: Path) -> list[object]:
    return {
        "people": ["people", "list"],
        "remove": ["people", "remove", "anna"],
        "enrol": ["enrol", "anna", photo],
        "identify": ["identify", photo],
    }[command]


@pytest.mark.parametrize("command", USES)
def test_a_file_in_the_place_of_the_state_folder(run, tmp_path: Path, wall_photo: Path, command: str):
    (tmp_path / "state").write_text("not a folder")
    answer = run(*words(command, wall_photo), "--state", tmp_path / "state")
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", f"{tmp_path}/state", "set `state` in config.yaml to another folder")


@pytest.mark.parametrize("place", [".", "state"])
def test_a_state_folder_of_another_user(run, foreign_folder: Path, place: str):
    answer = run("people", "list", "--state", foreign_folder / place)
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", str(foreign_folder), "another ")


def test_check_finds_a_state_folder_of_another_user(run, foreign_folder: Path):
    answer = run("check", "--json", "--state", foreign_folder / "state")
    assert answer.status == 1
    found = [finding for finding in answer.json if finding["what"] == "disk" and finding["status"] == "fault"]
    assert len(found) == 1
    assert "cannot be written to by this user" in found[0]["message"]
    assert "another folder" in found[0]["message"]


def test_a_folder_that_may_not_even_be_looked_into(run, foreign_folder: Path, as_root):
    with as_root():
        foreign_folder.chmod(0o000)
    words = ["--state", foreign_folder / "state"]
    assert run("people", "list", *words).complains("error:", str(foreign_folder), "Permission denied")
    checked = run("check", "--json", *words)
    assert checked.status == 1
    faults = {finding["what"]: finding["message"] for finding in checked.json if finding["status"] == "fault"}
    assert "Permission denied" in faults["gallery"]
    assert "cannot be written to by this user" in faults["disk"]
    photo = foreign_folder / "me.jpg"
    assert run("identify", photo, *words).complains("error:", str(foreign_folder), "Permission denied")
    verified = run("verify", photo, photo, "--json")
    assert (verified.status, verified.json["reason"]) == (2, "bad_image")


def test_check_finds_a_file_in_the_place_of_the_state_folder(run, tmp_path: Path):
    (tmp_path / "state").write_text("not a folder")
    answer = run("check", "--json", "--state", tmp_path / "state")
    found = [finding for finding in answer.json if finding["what"] == "disk" and finding["status"] == "fault"]
    assert answer.status == 1
    assert "is no folder" in found[0]["message"]


@pytest.mark.parametrize("command", USES)
def test_a_damaged_gallery(run, tmp_path: Path, wall_photo: Path, command: str):
    (tmp_path / "gallery.db").write_bytes(b"SQLite format 2, or so" * 500)
    answer = run(*words(command, wall_photo), "--state", tmp_path)
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", "gallery.db", "put a backup in its place", "enrol everybody again")


def test_check_finds_a_damaged_gallery(run, tmp_path: Path):
    (tmp_path / "gallery.db").write_bytes(b"\xff" * 5000)
    answer = run("check", "--state", tmp_path, "--json")
    assert answer.status == 1
    (found,) = [finding for finding in answer.json if finding["what"] == "gallery"]
    assert found["status"] == "fault"
    assert "put a backup in its place" in found["message"]


@pytest.mark.parametrize("command", USES)
def test_a_gallery_of_a_newer_version(run, tmp_path: Path, wall_photo: Path, command: str):
    assert run("people", "--state", tmp_path).status == 0
    with closing(sqlite3.connect(tmp_path / "gallery.db")) as db:
        db.execute("PRAGMA user_version = 99")
    answer = run(*words(command, wall_photo), "--state", tmp_path)
    assert answer.status == 1
    assert answer.complains("error:", "gallery.db", "format 99", "update this one")


def test_a_person_who_is_not_enrolled_cannot_be_removed(run, tmp_path: Path):
    answer = run("people", "remove", "nobody", "--state", tmp_path, "--json")
    assert answer.status == 1
    assert answer.json["error"]["code"] == "not_found"
    assert answer.complains("error:", "'nobody'", "siamese-edge people")


@pytest.mark.parametrize("person", ["Anna Schmidt", "anna_s", "änna", "", "a" * 65, "anna\n", "../anna"])
def test_an_identifier_that_is_none(run, tmp_path: Path, wall_photo: Path, person: str):
    answer = run("enrol", person, wall_photo, "--state", tmp_path, "--json")
    assert answer.status == 1
    assert answer.json["error"]["code"] == "bad_schema"
    assert answer.complains("error:", "lower-case letters, digits and dashes, at most 64", "--name")
