import sqlite3

import pytest

pytestmark = pytest.mark.data


def people(run, state):
    return {person["id"]: person for person in run("people", "list", "--state", state, "--json").json}


def test_enrolment_answers_with_what_is_in_the_gallery_now(run, stills, tmp_path):
    answer = run("enrol", "p-1", stills / "obama.jpg", stills / "obama2.jpg", "--state", tmp_path / "new", "--json")
    assert answer.status == 0
    assert answer.json == {"person": "p-1", "references": 2, "people": 1, "gallery_version": 1}


def test_everybody_is_listed_with_name_and_references(run, state):
    answer = run("people", "--state", state, "--json")
    assert answer.status == 0
    biden, obama = answer.json
    assert biden == {
        "id": "biden",
        "name": None,
        "added": biden["added"],
        "references": 1,
        "foreign_references": 0,
        "must_re_enrol": False,
    }
    assert obama["name"] == "Barack O."
    assert "T" in biden["added"]


def test_the_list_for_people_shows_the_same(run, state):
    answer = run("people", "list", "--state", state)
    assert answer.status == 0
    assert "obama" in answer.out
    assert "Barack O." in answer.out


def test_references_of_another_model_are_marked(run, state):
    with sqlite3.connect(state / "gallery.db") as db:
        db.execute("UPDATE reference SET model = 'another' WHERE person = 'biden'")
    db.close()
    found = people(run, state)
    assert (found["biden"]["references"], found["biden"]["foreign_references"]) == (0, 1)
    assert (found["biden"]["must_re_enrol"], found["obama"]["must_re_enrol"]) == (True, False)
    assert "must be re-enrolled" in " ".join(run("people", "--state", state).out.split())


def test_further_photos_are_added_and_the_name_stays(run, state, stills):
    answer = run("enrol", "obama", stills / "obama2.jpg", "--state", state, "--json")
    assert answer.json["people"] == 2
    found = people(run, state)["obama"]
    assert (found["references"], found["name"]) == (2, "Barack O.")


def test_replace_drops_the_earlier_references(run, state, stills):
    assert run("enrol", "obama", stills / "obama2.jpg", "--state", state, "--replace", "--name", "B.").status == 0
    found = people(run, state)["obama"]
    assert (found["references"], found["name"]) == (1, "B.")


def test_a_face_that_is_enrolled_already_is_refused_unless_it_is_a_look_alike(run, state, stills):
    words = ["enrol", "barry", stills / "obama2.jpg", "--state", state]
    refused = run(*words)
    assert refused.status == 1
    assert refused.complains("obama2.jpg", "matches 'obama'", "--look-alike")
    assert "barry" not in people(run, state)
    assert run(*words, "--json").json["error"]["code"] == "duplicate_person"
    assert run(*words, "--look-alike").status == 0
    assert "barry" in people(run, state)


def test_all_photos_are_good_or_nothing_changes(run, state, stills, tmp_path):
    before = people(run, state)
    answer = run("enrol", "lin", stills / "lin-manuel-miranda.png", tmp_path / "missing.jpg", "--state", state)
    assert answer.status == 1
    assert people(run, state) == before


def test_a_full_gallery_takes_nobody_but_photos_of_those_in_it(run, configure, state, stills):
    config = configure(f"state: {state}\ngallery: {{max_people: 2}}\n")
    answer = run("enrol", "lin", stills / "lin-manuel-miranda.png", "--config", config)
    assert answer.status == 1
    assert answer.complains("2 people", "gallery.max_people", "remove somebody or raise it")
    assert run("enrol", "obama", stills / "obama2.jpg", "--config", config).status == 0


def test_a_removed_person_leaves_nothing_in_the_file(run, state):
    with sqlite3.connect(state / "gallery.db") as db:
        (vector,) = db.execute("SELECT vector FROM reference WHERE person = 'obama'").fetchone()
    db.close()
    assert vector in (state / "gallery.db").read_bytes()
    answer = run("people", "remove", "obama", "--state", state, "--json")
    assert answer.status == 0
    assert answer.json == {"person": "obama", "removed": True, "gallery_version": 3}
    assert list(people(run, state)) == ["biden"]
    content = b"".join(file.read_bytes() for file in state.iterdir())
    assert vector not in content
    assert b"Barack" not in content


def test_the_gallery_is_readable_for_its_owner_only(state):
    assert (state / "gallery.db").stat().st_mode & 0o077 == 0
