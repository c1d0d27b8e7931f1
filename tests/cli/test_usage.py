"""The installed command, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge import __version__

from .command import Answer

SCRIPT = Path(sys.executable).with_name("siamese-edge")
ROOT = Path(__file__).parents[2]


def started(command: list[str], *words: object) -> Answer:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*command, *map(str, words)], capture_output=True, text=True, env=environment, timeout=100, check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("command", [[sys.executable, "-m", "edge"], [str(SCRIPT)]], ids=["module", "script"])
def test_the_version_is_told(command):
    assert started(command, "--version").out.split() == ["siamese-edge", __version__]


@pytest.mark.parametrize("words", [[], ["no-such-command"], ["verify", "a.jpg"], ["check", "--no-such-option"]])
def test_wrong_usage_is_told_on_standard_error_with_status_2(run, words):
    answer = run(*words)
    assert (answer.status, answer.out) == (2, "")
    assert answer.complains("siamese-edge", "error:")


@pytest.mark.parametrize(
    ("option", "value"), [("--threads", "0"), ("--threads", "17"), ("--frames", "0"), ("--frames", "-1")]
)
def test_a_number_out_of_range_is_wrong_usage(run, option, value):
    answer = run("bench", "clip.avi", option, value)
    assert answer.status == 2
    assert answer.complains(option, value, "from 1 to")


COMMANDS = ["run", "demo", "enrol", "people", "verify", "identify", "embed", "bench", "check"]


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)], ids=["all", *COMMANDS])
def test_every_command_explains_itself(run, words):
    answer = run(*words, "--help")
    assert answer.status == 0
    assert answer.out.startswith("usage: siamese-edge")
    assert "argparse.SUPPRESS" not in answer.out


def test_standard_output_holds_the_json_alone_even_of_the_libraries(tmp_path):
    answer = started([str(SCRIPT)], "check", "--json", "--state", tmp_path)
    assert {finding["what"] for finding in json.loads(answer.out)} > {"embedder", "gallery"}


def test_a_fault_is_one_line_and_never_a_traceback(tmp_path):
    answer = started([str(SCRIPT)], "enrol", "anna", tmp_path / "missing.jpg", "--state", tmp_path)
    assert (answer.status, answer.out) == (1, "")
    assert answer.complains("error:", "missing.jpg", "no such file", "check the path")


@pytest.mark.parametrize("place", ["before", "after"])
def test_an_option_counts_before_and_after_the_verb(run, tmp_path, place):
    options = ["--json", "--state", tmp_path / "mine"]
    answer = run("people", *options, "list") if place == "before" else run("people", "list", *options)
    assert (answer.status, answer.json) == (0, [])
    assert (tmp_path / "mine" / "gallery.db").exists()


def test_the_configuration_is_found_in_the_working_directory_and_by_environment(run, tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text(f"state: {tmp_path}/here\n")
    assert run("people").status == 0
    assert (tmp_path / "here" / "gallery.db").exists()
    (tmp_path / "other.yaml").write_text(f"state: {tmp_path}/there\n")
    monkeypatch.setenv("SIAMESE_EDGE_CONFIG", str(tmp_path / "other.yaml"))
    assert run("people").status == 0
    assert (tmp_path / "there" / "gallery.db").exists()
