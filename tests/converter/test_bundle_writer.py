"""Bundles are written whole or not at all, and the same each time."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from converter.convert import bundle_writer
from converter.convert.bundle_writer import golden_pixels, write_bundle
from converter.errors import NotABundle, NotProved
from edge.vision import bundle
from edge.vision.card import DetectorCard, RuntimeProof

SHIPPED = bundle.SHIPPED / "detector"


def describe(written):
    card = bundle.read_card(SHIPPED)
    return msgspec.structs.replace(card, model=written.model, golden=written.golden, runtimes=written.runtimes)


@pytest.fixture
def model() -> bytes:
    return (SHIPPED / "model.tflite").read_bytes()


@pytest.fixture
def quick(monkeypatch):
    """One proof in place of one for each runtime."""
    proof = RuntimeProof("ai-edge-litert", "2", "3", "x", 1.0)
    monkeypatch.setattr(bundle_writer, "_proof", lambda place, runtime: proof)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_written_bundle_loads_and_runs(tmp_path, model):
    card = write_bundle(tmp_path / "new" / "mine", model, 0.999, describe)
    loaded = bundle.load(str(tmp_path / "new" / "mine"), DetectorCard)
    assert loaded.card == card
    assert loaded.interpreter().inputs
    assert {proof.runtime for proof in card.runtimes} <= {"ai-edge-litert", "tflite-runtime"}
    assert card.runtimes
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mine"]


def test_writing_again_gives_the_same_bytes(tmp_path, model, quick):
    write_bundle(tmp_path / "a", model, 0.999, describe)
    write_bundle(tmp_path / "b", model, 0.999, describe)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_an_older_bundle_is_replaced_as_a_whole(tmp_path, model, quick):
    write_bundle(tmp_path / "mine", model, 0.999, describe)
    (tmp_path / "mine" / "stale.txt").touch()
    write_bundle(tmp_path / "mine", model, 0.5, describe)
    assert sorted(contents(tmp_path / "mine")) == ["card.json", "golden.npz", "model.tflite"]
    assert bundle.read_card(tmp_path / "mine").golden.min_cosine == 0.5


@pytest.mark.parametrize("fault", ["proof", "describe", "model", "rename"])
def test_a_failure_leaves_the_old_bundle(tmp_path, model, quick, monkeypatch, fault):
    write_bundle(tmp_path / "mine", model, 0.999, describe)
    before = contents(tmp_path / "mine")
    raised = {"proof": NotProved, "describe": KeyError, "model": ValueError, "rename": OSError}[fault]
    if fault == "proof":
        monkeypatch.setattr(bundle_writer, "_proof", lambda place, runtime: None)
    if fault == "rename":
        monkeypatch.setattr(Path, "rename", _second_rename_fails())
    with pytest.raises(raised):
        write_bundle(
            tmp_path / "mine",
            b"no model" if fault == "model" else model,
            0.999,
            forgets if fault == "describe" else describe,
        )
    assert contents(tmp_path / "mine") == before
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def forgets(written):
    raise KeyError("golden")


def _second_rename_fails():
    real, calls = Path.rename, []

    def rename(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(self, target)

    return rename


def test_a_low_cosine_is_no_proof(tmp_path, model, monkeypatch):
    proof = RuntimeProof("ai-edge-litert", "2", "3", "x", 0.9)
    monkeypatch.setattr(bundle_writer, "_proof", lambda place, runtime: proof)
    with pytest.raises(NotProved, match=r"0\.999"):
        write_bundle(tmp_path / "mine", model, 0.999, describe)
    assert not list(tmp_path.iterdir())


def test_never_replaces_what_is_no_bundle(tmp_path, model):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").touch()
    with pytest.raises(NotABundle, match="choose another place"):
        write_bundle(tmp_path / "photos", model, 0.999, describe)
    assert (tmp_path / "photos" / "1.jpg").exists()


def test_the_golden_picture_is_always_the_same_and_not_flat():
    card = bundle.read_card(SHIPPED).input
    np.testing.assert_array_equal(golden_pixels(card), golden_pixels(card))
    assert golden_pixels(card).std() > 20
