"""config.yaml is complete and commented, and a mistake in it is explained."""

from pathlib import Path

import msgspec
import pytest
import yaml

from edge import config
from edge.errors import ConfigurationError

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "config.yaml"


def complaint(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        config.parse(text, "door.yaml")
    return str(caught.value)


def test_the_shipped_file_spells_the_defaults() -> None:
    assert config.load(SHIPPED) == config.Configuration()


def test_the_shipped_file_has_every_key_and_no_other() -> None:
    written = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    known = msgspec.to_builtins(config.Configuration())
    assert {key: sorted(value) if isinstance(value, dict) else None for key, value in written.items()} == {
        key: sorted(value) if isinstance(value, dict) else None for key, value in known.items()
    }


def test_every_key_has_a_comment_of_its_own_or_shares_that_of_its_pair() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    keys = [(n, line) for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")]
    inner = [(n, line) for n, line in keys if line.startswith(" ") or not line.endswith(":")]
    uncommented = {line.split(":")[0].strip() for n, line in inner if not lines[n - 1].lstrip().startswith("#")}
    assert uncommented == {"device", "height", "landmarks", "of_frames", "port", "password_file"}


def test_an_empty_file_means_the_defaults() -> None:
    assert config.parse("") == config.Configuration()
    assert config.parse("# only a comment\n") == config.Configuration()


def test_a_key_that_is_left_out_keeps_its_default() -> None:
    found = config.parse("camera: {fps: 5}")
    assert found.camera == config.Camera(fps=5)
    assert found.decision == config.Decision()


def test_a_misspelt_key_is_answered_with_the_nearest_one() -> None:
    assert "unknown key camera.witdh; did you mean width?" in complaint("camera: {witdh: 640}")
    assert "unknown key mqt; did you mean mqtt?" in complaint("mqt: {}")


def test_a_key_like_no_other_is_answered_with_all_that_are_allowed() -> None:
    message = complaint("outbox: {zzz: 1}")
    assert "unknown key outbox.zzz" in message
    assert "max_events" in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("camera: {fps: fast}", ("camera.fps is 'fast'", "float", "str")),
        ("camera: {source: 0}", ("camera.source is 0", "str", "int")),
        ("mqtt: {enabled: 1}", ("mqtt.enabled is 1", "bool")),
        ("camera: 3", ("camera is 3", "object")),
        ("- a list", ("the file is", "object", "array")),
        ("camera:", ("camera is None", "object", "null")),
    ],
)
def test_a_wrong_type_is_named_with_key_and_value(text: str, parts: tuple[str, ...]) -> None:
    message = complaint(text)
    assert message.startswith("door.yaml: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mqtt: {port: 70000}", ("mqtt.port is 70000", "<= 65535")),
        ("camera: {fps: 0}", ("camera.fps is 0", "> 0")),
        ("camera: {width: 159}", ("camera.width is 159", ">= 160")),
        ("decision: {false_accept_rate: 1}", ("decision.false_accept_rate is 1", "< 1")),
        ("decision: {false_accept_rate: .nan}", ("decision.false_accept_rate is nan",)),
        ("decision: {threshold: 0}", ("decision.threshold is 0", "> 0")),
        ("decision: {threshold: .nan}", ("decision.threshold is nan",)),
        ("decision: {margin: 0.5}", ("decision.margin is 0.5", ">= 1")),
        ("decision: {agreeing_frames: 0}", ("decision.agreeing_frames is 0", ">= 1")),
        ("gallery: {max_people: 0}", ("gallery.max_people is 0", ">= 1")),
        ("outbox: {max_events: 99}", ("outbox.max_events is 99", ">= 100")),
        ("site: Main Hall", ("site is 'Main Hall'", "a-z0-9-")),
        ("device: a/b", ("device is 'a/b'", "a-z0-9-")),
    ],
)
def test_a_value_out_of_range_is_named_with_the_limit(text: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        assert part in complaint(text)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("camera: {rotate: 45}", "0, 90, 180, 270"),
        ("vision: {runtime: torch}", "auto, ai-edge-litert, tflite-runtime"),
        ("log: {level: loud}", "debug, info, warning, error"),
        ("mqtt: {protocol: '4'}", "auto, 5, 3.1.1"),
    ],
)
def test_a_choice_that_does_not_exist_is_answered_with_those_that_do(text: str, allowed: str) -> None:
    assert f"allowed are {allowed}" in complaint(text)


def test_no_more_frames_can_agree_than_are_looked_at() -> None:
    message = complaint("decision: {agreeing_frames: 6, of_frames: 5}")
    assert "decision.agreeing_frames is 6" in message
    assert "decision.of_frames, which is 5" in message
    assert config.parse("decision: {agreeing_frames: 5, of_frames: 5}").decision.agreeing_frames == 5


@pytest.mark.parametrize("text", ["camera: {", "a: b: c", "\tsite: x", "site: 2024-13-45", "x: !!int abc", "a: \x00"])
def test_what_is_no_yaml_is_refused_with_the_files_name(text: str) -> None:
    assert complaint(text).startswith("door.yaml: not valid YAML: ")


def test_yaml_cannot_make_python_objects() -> None:
    assert "not valid YAML" in complaint("site: !!python/object/apply:os.getcwd []")


def test_a_missing_file_is_named_and_so_is_the_option(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: no such file; give its place with --config"):
        config.load(tmp_path / "nowhere.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"site: \xff\xfe")
    for path in (tmp_path, tmp_path / "binary.yaml"):
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            config.load(path)
        assert str(path) in str(caught.value)
