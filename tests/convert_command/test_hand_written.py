"""The card and the script of docs/bundles.md make a bundle that the terminal takes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.vision import bundle
from edge.vision.card import EmbedderCard
from tests.cli.command import called

ROOT = Path(__file__).parents[2]


def block(language: str) -> str:
    text = (ROOT / "docs" / "bundles.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text[text.index("### A card written by hand") :], re.M | re.S)[0]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The tower of the shipped bundle, described by the documented card."""
    folder = tmp_path / "mine"
    folder.mkdir()
    shutil.copy(bundle.SHIPPED / "face" / "model.tflite", folder)
    card = json.loads(block("json"))
    card["input"] = {"width": 150, "height": 150}
    (folder / "card.json").write_text(json.dumps(card))
    (tmp_path / "finish.py").write_text(block("python"))
    script = [sys.executable, tmp_path / "finish.py", folder]
    done = subprocess.run(
        list(map(str, script)), cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_it_loads_and_claims_nothing(written):
    loaded = bundle.load(str(written), EmbedderCard)
    assert loaded.interpreter().inputs
    assert [point.false_match_rate for point in loaded.card.operating_points] == [1.0]


def test_the_terminal_takes_it(written, data, tmp_path, capfd):
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps({"vision": {"bundle": str(written)}, "state": str(tmp_path / "state")}))
    photo = next((data / "faces-london" / "neutral").glob("*.jpg"))
    assert called("verify", photo, photo, "--config", config, "--json") == 0
    assert json.loads(capfd.readouterr().out)["distance"] == pytest.approx(0, abs=1e-6)
