"""A bundle is used only if every file is what the card says, and the card is one that this program understands."""

from pathlib import Path
from typing import Any

import pytest

from edge.errors import BundleDamaged, BundleForeign, BundleMissing, BundleTooNew, SiameseEdgeError
from edge.vision import bundle
from edge.vision.card import FORMAT, Card, DetectorCard, EmbedderCard, LandmarksCard

from .bundles import Tree, copied, edit_card, flip_byte

KINDS: dict[str, Any] = {"face": EmbedderCard, "detector": DetectorCard, "landmarks": LandmarksCard}


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return copied("detector", tmp_path)


def refusal(folder: Path, fault: type[SiameseEdgeError], kind: Any = DetectorCard) -> str:
    with pytest.raises(fault) as caught:
        bundle.load(str(folder), kind)
    return str(caught.value)


@pytest.mark.parametrize("name", KINDS)
def test_a_shipped_bundle_loads_and_gives_its_golden_output(name: str) -> None:
    found = bundle.load(name, KINDS[name])
    interpreter = found.interpreter()
    assert bundle.golden_cosine(found, interpreter) >= found.card.golden.min_cosine


@pytest.mark.parametrize("name", KINDS)
def test_a_shipped_card_says_where_weights_come_from_and_on_which_runtimes_they_were_proved(name: str) -> None:
    card: Card = bundle.read_card(bundle.SHIPPED / name)
    assert card.name == name
    assert card.provenance.licence
    assert card.provenance.trained_on
    assert {proof.runtime for proof in card.runtimes} == {"ai-edge-litert", "tflite-runtime"}
    assert all(proof.cosine >= card.golden.min_cosine for proof in card.runtimes)


def test_a_copy_elsewhere_loads_by_its_path(detector: Path) -> None:
    assert bundle.load(str(detector), DetectorCard).model == detector / "model.tflite"


@pytest.mark.parametrize("file", ["model.tflite", "golden.npz"])
def test_a_damaged_byte_is_found_before_the_file_is_used(detector: Path, file: str) -> None:
    flip_byte(detector / file)
    message = refusal(detector, BundleDamaged)
    assert str(detector / file) in message
    assert "copy the bundle again" in message


@pytest.mark.parametrize("file", ["model.tflite", "golden.npz"])
def test_a_file_that_is_not_there_is_named(detector: Path, file: str) -> None:
    (detector / file).unlink()
    message = refusal(detector, BundleMissing)
    assert str(detector / file) in message
    assert "copy the whole folder" in message


def test_a_digest_of_another_file_is_refused(detector: Path) -> None:
    edit_card(detector, lambda card: card["model"].update(sha256="0" * 64))
    assert "the card says 000000000000" in refusal(detector, BundleDamaged)


def test_a_name_that_is_no_bundle_is_answered_with_the_shipped_ones() -> None:
    message = refusal(Path("nobody"), BundleMissing)
    assert "detector, face, landmarks" in message


def test_a_folder_without_a_card_is_named(tmp_path: Path) -> None:
    message = refusal(tmp_path, BundleMissing)
    assert str(tmp_path / "card.json") in message
    assert "name a folder with a card.json" in message


@pytest.mark.parametrize(
    ("name", "wanted"), [("detector", "embedder"), ("face", "landmarks"), ("landmarks", "detector")]
)
def test_a_bundle_of_another_kind_is_refused_with_both_kinds(name: str, wanted: str) -> None:
    kind = {"embedder": EmbedderCard, "landmarks": LandmarksCard, "detector": DetectorCard}[wanted]
    message = refusal(bundle.SHIPPED / name, BundleForeign, kind)
    assert f"of the kind {bundle.read_card(bundle.SHIPPED / name).__struct_config__.tag}" in message
    assert f"of the kind {wanted}" in message
    assert "config.yaml" in message


def test_a_newer_format_asks_for_an_update_even_if_its_keys_are_unknown(detector: Path) -> None:
    edit_card(detector, lambda card: card.update(format=FORMAT + 1, never_heard_of=True))
    message = refusal(detector, BundleTooNew)
    assert f"format {FORMAT + 1}" in message
    assert "update siamese-edge" in message


def _wrong_window(card: Tree) -> None:
    card["windows"] = [1.5]


def _escaping_name(card: Tree) -> None:
    card["model"]["name"] = "../model.tflite"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda card: card.update(colour="red"), "colour"),
        (lambda card: card.update(keypoints="six"), "keypoints"),
        (lambda card: card.pop("strides"), "strides"),
        (lambda card: card.update(kind="oracle"), "oracle"),
        (lambda card: card["input"].update(width=0), "input.width"),
        (_wrong_window, "windows"),
        (_escaping_name, "model.name"),
    ],
)
def test_a_card_that_does_not_follow_its_schema_is_refused_with_the_key(detector: Path, change: Any, part: str) -> None:
    edit_card(detector, change)
    message = refusal(detector, BundleDamaged)
    assert str(detector / "card.json") in message
    assert part in message
    assert "convert the model again" in message


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": "1"}', b'{"kind": "detector"}']
)
def test_a_card_that_is_no_card_is_refused_with_its_name(detector: Path, content: bytes) -> None:
    (detector / "card.json").write_bytes(content)
    message = refusal(detector, BundleDamaged)
    assert str(detector / "card.json") in message


def test_no_single_damaged_byte_of_a_card_makes_anything_but_a_named_fault(detector: Path) -> None:
    card = detector / "card.json"
    whole = card.read_bytes()
    for at in range(0, len(whole), 7):
        card.write_bytes(whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :])
        with pytest.raises(BundleDamaged):
            bundle.read_card(detector)
