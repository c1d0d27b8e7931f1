"""inspect: the card for people and machines, and every fault in one line."""

import json

import pytest

from converter.__main__ import main


def told(capsys, *arguments):
    status = main([*map(str, arguments)])
    return status, *capsys.readouterr()


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("face", ["Score calibration", "Operating points", "Quality limits", "Evaluation"]),
        ("detector", ["Detection"]),
        ("landmarks", ["Landmarks"]),
    ],
)
def test_prints_every_card_for_people(capsys, monkeypatch, name, titles):
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = told(capsys, "inspect", name)
    assert (status, err) == (0, "")
    for title in ["Bundle", "Input", "Runtimes", "Provenance and licence", "Digests checked", *titles]:
        assert title in out
    assert "Apache-2.0" in out or "CC0-1.0" in out


def test_prints_the_card_for_machines(capsys):
    status, out, _ = told(capsys, "inspect", "face", "--json")
    assert status == 0
    assert json.loads(out)["kind"] == "embedder"


def test_takes_a_folder(capsys, other_bundle):
    assert told(capsys, "inspect", other_bundle("detector"))[0] == 0


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.tflite").write_bytes(b"x"), "sha256"),
        (lambda folder: (folder / "model.tflite").unlink(), "No such file"),
        (lambda folder: (folder / "golden.npz").unlink(), "golden.npz"),
        (lambda folder: (folder / "card.json").write_text("{"), "not a card"),
        (lambda folder: (folder / "card.json").write_text('{"format": 99}'), "format 99"),
        (lambda folder: (folder / "card.json").unlink(), "shipped bundle"),
    ],
)
def test_says_what_is_wrong_with_a_bundle(capsys, other_bundle, damage, message):
    folder = other_bundle("detector")
    damage(folder)
    status, out, err = told(capsys, "inspect", folder)
    assert (status, out) == (1, "")
    assert message in err
    assert len(err.splitlines()) == 1
    status, out, _ = told(capsys, "inspect", folder, "--json")
    assert json.loads(out)["error"]["code"].startswith("bundle_")


def test_an_unknown_bundle(capsys):
    status, _, err = told(capsys, "inspect", "no-such")
    assert status == 1
    assert "face" in err
