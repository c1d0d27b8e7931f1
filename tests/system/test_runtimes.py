"""The terminal alone, as its wheel installs it, on every Python that it supports and that this machine has."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edge.vision.bundle import SHIPPED, read_card
from tests.cli.command import called

from .pythons import VERSIONS, clean_environment, found

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
MOST_SCORE_DIFFERENCE = 0.02


class Environment:
    """A virtual environment that holds siamese-edge without extras."""

    def __init__(self, version: str, folder: Path) -> None:
        self.version = version
        self._bin = folder / "bin"

    def run(self, program: str, *words: object, status: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [str(self._bin / program), *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=clean_environment(),
        )
        assert done.returncode in status, f"{program} {words} on Python {self.version}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, program: str, *words: object, status: tuple[int, ...] = (0,)) -> Any:
        return json.loads(self.run(program, *words, status=status))


@pytest.fixture(scope="module", params=VERSIONS)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    version = request.param
    python = found(version)
    if python is None:
        pytest.skip(f"PYTHON {version} IS NOT FOUND on the PATH nor in ~/.pyenv/versions: not tested on it")
    folder = tmp_path_factory.mktemp(f"python-{version}") / "venv"
    subprocess.run([str(python), "-m", "venv", str(folder)], check=True, env=clean_environment())
    made = Environment(version, folder)
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, str(ROOT)], capture_output=True, text=True, check=False, env=clean_environment())
    if done.returncode != 0 and any(word in done.stderr for word in ("Temporary failure", "NewConnectionError")):
        pytest.skip(f"PYPI CANNOT BE REACHED, so nothing is tested on Python {version}: {done.stderr.strip()[-300:]}")
    assert done.returncode == 0, done.stderr
    return made


def test_it_holds_the_terminal_and_the_right_interpreter_and_no_tensorflow(environment: Environment):
    listed = environment.json("python", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
    packages = {package["name"].lower(): package["version"] for package in listed}
    assert "siamese-edge" in packages
    assert not {"tensorflow", "keras", "scikit-learn", "matplotlib"} & set(packages)
    if environment.version == "3.11":
        assert packages["tflite-runtime"].startswith("2.14.")
        assert "ai-edge-litert" not in packages
    else:
        assert "ai-edge-litert" in packages
        assert "tflite-runtime" not in packages


@pytest.mark.parametrize("name", ["face", "detector", "landmarks"])
def test_the_shipped_bundle_computes_the_same_there(environment: Environment, name: str):
    where = environment.run("python", "-c", "import edge.vision.bundle as b; print(b.SHIPPED)").strip()
    assert Path(where) != SHIPPED  # what was installed is looked at, not the sources
    found = environment.json("python", "-m", "edge.vision.proof", f"{where}/{name}")
    assert found["cosine"] >= read_card(SHIPPED / name).golden.min_cosine
    assert found["python"].startswith(environment.version)


@pytest.mark.parametrize("name", ["face", "detector", "landmarks"])
def test_the_shipped_bundle_is_accelerated_there_unless_tflite_runtime_has_no_such_kernels(
    environment: Environment, name: str
):
    found = environment.json("python", "-m", "edge.vision.proof", SHIPPED / name)
    assert found["accelerated"] is not (name == "face" and found["runtime"] == "tflite-runtime")


def test_check_finds_the_models_in_order_and_names_the_faster_runtime(environment: Environment, tmp_path: Path):
    # There is neither camera nor broker, so it may end with status 1.
    found = environment.json("siamese-edge", "check", "--json", "--state", tmp_path, status=(0, 1))
    status = {finding["what"]: finding["status"] for finding in found}
    assert {status[what] for what in ("runtime", "detector", "landmarks")} == {"ok"}
    said = next(finding["message"] for finding in found if finding["what"] == "embedder")
    assert status["embedder"] == ("warning" if environment.version == "3.11" else "ok")
    assert ("ai-edge-litert" in said) == (environment.version == "3.11")


@pytest.mark.data
def test_verification_says_there_what_it_says_here(
    environment: Environment, data: Path, capfd: pytest.CaptureFixture[str]
):
    faces = data / "faces-london"
    first, other = sorted(photo.name for photo in (faces / "neutral").glob("*.jpg"))[:2]
    pairs = {
        "same": (faces / "neutral" / first, faces / "smiling" / first),
        "different": (faces / "neutral" / first, faces / "smiling" / other),
    }
    for verdict, pair in pairs.items():
        there = environment.json("siamese-edge", "verify", *pair, "--json", status=(0, 1))
        capfd.readouterr()
        called("verify", *pair, "--json")
        here = json.loads(capfd.readouterr().out)
        assert (there["verdict"], here["verdict"]) == (verdict, verdict)
        assert there["score"] == pytest.approx(here["score"], abs=MOST_SCORE_DIFFERENCE)
