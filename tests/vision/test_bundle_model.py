"""A model with the right digest can still be the wrong model."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from edge import config
from edge.errors import BundleDamaged, BundleForeign, GoldenMismatch, SiameseEdgeError
from edge.vision import bundle
from edge.vision import stack as vision_stack
from edge.vision.bundle import SHIPPED
from edge.vision.card import DetectorCard, EmbedderCard, LandmarksCard

from .bundles import Tree, copied, edit_card, replace_golden, replace_model, save_golden


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return copied("detector", tmp_path)


@pytest.fixture
def face(tmp_path: Path) -> Path:
    return copied("face", tmp_path)


def refusal(folder: Path, fault: type[SiameseEdgeError], kind: Any = DetectorCard) -> str:
    """What is said when the model is started, after all digests were found right."""
    found = bundle.load(str(folder), kind)
    with pytest.raises(fault) as caught:
        found.interpreter()
    return str(caught.value)


def golden(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(folder / "golden.npz") as file:
        return file["input"], file["output"]


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\0\0\0\0TFL3" + bytes(100)])
def test_a_file_that_is_no_model_is_refused_by_name(detector: Path, content: bytes) -> None:
    replace_model(detector, content)
    message = refusal(detector, BundleForeign)
    assert str(detector / "model.tflite") in message
    assert "cannot run the model" in message


def test_half_a_model_is_refused_and_does_not_crash(detector: Path) -> None:
    whole = (detector / "model.tflite").read_bytes()
    replace_model(detector, whole[: len(whole) // 2])
    assert "cannot run the model" in refusal(detector, BundleForeign)


def test_a_model_with_another_input_size_than_the_card_says_is_refused_with_both(detector: Path) -> None:
    edit_card(detector, lambda card: card["input"].update(width=64))
    message = refusal(detector, BundleForeign)
    assert "(1, 128, 64, 3)" in message
    assert "(1, 128, 128, 3)" in message


def test_a_model_of_another_colour_space_than_the_card_says_is_refused(detector: Path) -> None:
    edit_card(detector, lambda card: card["input"].update(channels="grey"))
    assert "(1, 128, 128, 1)" in refusal(detector, BundleForeign)


def test_embeddings_of_another_length_than_the_card_says_are_refused_with_both(face: Path) -> None:
    edit_card(face, lambda card: card.update(dimensions=256))
    message = refusal(face, BundleForeign, EmbedderCard)
    assert "embeddings of 256 numbers" in message
    assert "[128]" in message


def test_weights_that_are_not_one_for_each_dimension_are_refused(face: Path) -> None:
    edit_card(face, lambda card: card.update(distance={"kind": "weighted_l1", "weights": [1.0] * 127}))
    message = refusal(face, BundleForeign, EmbedderCard)
    assert "127 weights" in message


def test_a_model_of_the_same_shape_but_other_numbers_is_refused(detector: Path) -> None:
    pixels, output = golden(detector)
    save_golden(detector, input=pixels, output=-output)
    message = refusal(detector, GoldenMismatch)
    assert str(detector) in message
    assert "cosine -1.0000, at least 0.999 expected" in message
    assert "vision.runtime" in message
    assert "convert the model again" in message


def test_a_golden_output_slightly_below_the_limit_is_refused_and_one_above_it_is_not(detector: Path) -> None:
    pixels, output = golden(detector)
    noise = np.random.default_rng(0).normal(size=output.shape).astype(np.float32)
    noise *= np.linalg.norm(output) / np.linalg.norm(noise)
    save_golden(detector, input=pixels, output=output + 0.06 * noise)  # cosine 0.998
    assert "0.998" in refusal(detector, GoldenMismatch)
    save_golden(detector, input=pixels, output=output + 0.03 * noise)  # cosine 0.9995
    bundle.load(str(detector), DetectorCard).interpreter()


def test_a_golden_output_that_is_no_number_is_refused(detector: Path) -> None:
    pixels, output = golden(detector)
    save_golden(detector, input=pixels, output=np.full_like(output, np.nan))
    refusal(detector, GoldenMismatch)


def test_a_golden_file_without_its_arrays_is_refused_by_name(detector: Path) -> None:
    pixels, output = golden(detector)
    save_golden(detector, input=pixels)
    assert str(detector / "golden.npz") in refusal(detector, BundleDamaged)
    save_golden(detector, input=pixels[:-1], output=output)
    assert str(detector / "golden.npz") in refusal(detector, BundleDamaged)
    save_golden(detector, input=pixels.astype(np.float32), output=output)
    assert str(detector / "golden.npz") in refusal(detector, BundleDamaged)
    save_golden(detector, input=pixels, output=output[:-1])
    assert str(detector / "golden.npz") in refusal(detector, BundleDamaged)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + bytes(64), b"\x93NUMPY\x01\x00"])
def test_a_golden_file_that_is_no_npz_is_refused_by_name(detector: Path, content: bytes) -> None:
    replace_golden(detector, content)
    assert str(detector / "golden.npz") in refusal(detector, BundleDamaged)


def test_a_golden_file_cannot_make_python_objects(detector: Path) -> None:
    pixels, _ = golden(detector)
    save_golden(detector, input=pixels, output=np.array([{"any": "object"}], dtype=object))
    assert "not an .npz" in refusal(detector, BundleDamaged)


def test_a_terminal_refuses_an_embedder_whose_template_names_landmarks_that_the_mesh_lacks(face: Path) -> None:
    def beyond(card: Tree) -> None:
        card["crop"]["template"][0]["landmark"] = 468

    edit_card(face, beyond)
    with pytest.raises(BundleForeign, match="468"):
        vision_stack.build(config.Vision(bundle=str(face), threads=1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"mirror": true', '"mirror": false'),
        ('"x": 113.4', '"x": 113.5'),
        ('"offset": 0.0', '"offset": 0.5'),
        ('"unit_length": true', '"unit_length": false'),
    ],
)
def test_embeddings_are_not_comparable_once_anything_that_shapes_them_has_changed(old: str, new: str) -> None:
    text = (SHIPPED / "face" / "card.json").read_text()
    assert old in text
    changed = msgspec.json.decode(text.replace(old, new, 1), type=EmbedderCard)
    assert changed.digest != bundle.load("face", EmbedderCard).card.digest


def test_embeddings_stay_comparable_when_only_limits_or_words_change() -> None:
    text = (SHIPPED / "face" / "card.json").read_text()
    reworded = text.replace('"version": "1"', '"version": "2"').replace('"min_size": ', '"min_size": 1')
    assert reworded != text
    assert msgspec.json.decode(reworded, type=EmbedderCard).digest == bundle.load("face", EmbedderCard).card.digest


def test_a_landmarks_card_that_names_a_point_that_its_mesh_lacks_is_refused(tmp_path: Path) -> None:
    mesh = copied("landmarks", tmp_path)
    edit_card(mesh, lambda card: card["named"].update(nose=468))
    assert "nose" in refusal(mesh, BundleForeign, LandmarksCard)
    edit_card(mesh, lambda card: card["named"].pop("nose"))
    assert "nose" in refusal(mesh, BundleForeign, LandmarksCard)
