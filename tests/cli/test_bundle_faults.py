"""A bundle or a configuration that cannot be used: every command that needs it says so, and does nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vision.bundles import copied, edit_card, flip_byte

Breakage = Callable[[Path], Path]


def missing(folder: Path) -> Path:
    return folder / "nowhere"


def without_model(folder: Path) -> Path:
    bundle = copied("face", folder)
    (bundle / "model.tflite").unlink()
    return bundle


def damaged(folder: Path) -> Path:
    bundle = copied("face", folder)
    flip_byte(bundle / "model.tflite")
    return bundle


def of_a_newer_format(folder: Path) -> Path:
    bundle = copied("face", folder)
    edit_card(bundle, lambda card: card.update(format=99, something_new=True))
    return bundle


def of_another_kind(folder: Path) -> Path:
    return copied("detector", folder)


FAULTS: list[tuple[Breakage, str, tuple[str, ...]]] = [
    (missing, "bundle_missing", ("nowhere/card.json", "No such file", "name a folder with a card.json, or a shipped")),
    (without_model, "bundle_missing", ("model.tflite", "No such file", "copy the whole folder")),
    (damaged, "bundle_damaged", ("model.tflite", "sha256", "copy the bundle again")),
    (of_a_newer_format, "bundle_too_new", ("card.json", "format 99", "update siamese-edge")),
    (of_another_kind, "bundle_foreign", ("detector-copy", "of the kind detector", "config.yaml")),
]
COMMANDS = {
    "verify": ["a.jpg", "b.jpg"],
    "identify": ["a.jpg"],
    "embed": ["a.jpg", "--out", "out.npz"],
    "enrol": ["anna", "a.jpg"],
    "people": [],
    "bench": ["clip.avi"],
    "run": [],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("breakage", "code", "words"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
def test_a_bundle_fault_stops_the_command(run, configure, tmp_path: Path, command, breakage, code, words):
    config = configure(f"state: {tmp_path}/state\nvision: {{bundle: {breakage(tmp_path)}}}\n")
    answer = run(command, *COMMANDS[command], "--config", config)
    assert (answer.status, answer.out) == (2 if command == "verify" else 1, "")
    assert answer.complains("error:", *words)
    if command != "run":
        assert run(command, *COMMANDS[command], "--config", config, "--json").json["error"]["code"] == code


@pytest.mark.parametrize(("breakage", "code", "words"), FAULTS, ids=[fault[0].__name__ for fault in FAULTS])
def test_check_finds_the_bundle_fault_and_goes_on(run, configure, tmp_path: Path, breakage, code, words):
    config = configure(f"state: {tmp_path}/state\nvision: {{bundle: {breakage(tmp_path)}}}\n")
    answer = run("check", "--config", config, "--json")
    assert answer.status == 1
    (found,) = [finding for finding in answer.json if finding["what"] == "models"]
    assert found["status"] == "fault"
    assert all(word in found["message"] for word in words)
    assert {"broker", "clock"} <= {finding["what"] for finding in answer.json}


CONFIGURATIONS = {
    "decision: {treshold: 0.5}": ("unknown key decision.treshold", "did you mean threshold"),
    "sight: home": ("unknown key sight", "did you mean site"),
    "camera: {fps: fast}": ("camera.fps is 'fast'", "expected"),
    "mqtt: {port: 70000}": ("mqtt.port is 70000", "65535"),
    "site: Front Door": ("site is 'Front Door'", "a-z0-9-"),
    "decision: {agreeing_frames: 6}": ("decision.agreeing_frames is 6", "lower the first or raise the second"),
    "camera: [": ("not valid YAML",),
}


@pytest.mark.parametrize("command", [*COMMANDS, "check"])
@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_fault_names_file_key_and_value(run, configure, command, text):
    answer = run(command, *COMMANDS.get(command, []), "--config", configure(text))
    assert (answer.status, answer.out) == (2 if command == "verify" else 1, "")
    # What YAML itself says has several lines.
    assert answer.complains("error:", "my-config.yaml", *CONFIGURATIONS[text])


def test_a_configuration_that_is_not_there_is_a_fault(run, tmp_path: Path):
    answer = run("people", "--config", tmp_path / "missing.yaml", "--json")
    assert answer.status == 1
    assert answer.json["error"]["code"] == "bad_configuration"
    assert answer.complains("error:", "missing.yaml", "no such file", "--config")


def test_a_runtime_that_is_not_known_is_a_fault(run, configure):
    answer = run("people", "--config", configure("vision: {runtime: onnx}"))
    assert answer.status == 1
    assert answer.complains("error:", "vision.runtime is 'onnx'")
