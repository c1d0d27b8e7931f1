"""A converted twin runs in the terminal unchanged, and says what `model.predict` says."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.vision import bundle
from edge.vision.card import EmbedderCard
from tests.cli.command import called
from tests.mqtt.brokers import MOSQUITTO, Mosquitto, Recorder, eventually
from tests.terminal.daemon import Daemon, running

from .conftest import SIDE, framed, scored

pytestmark = [pytest.mark.convert, pytest.mark.data, pytest.mark.slow]


@pytest.fixture
def config(float32: Path, tmp_path: Path) -> Path:
    """The terminal with the converted bundle."""
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps({"state": str(tmp_path / "state"), "vision": {"bundle": str(float32)}}))
    return file


@pytest.fixture
def frames(trained, tmp_path):
    """Camera pictures, NUMBER of a person, as the tutorial's webcam gives them."""

    def make(person: str, number: int) -> Path:
        return framed(trained.people / person / f"{number}.png", tmp_path / f"{person}-{number}.png")

    return make


def asked(capfd, *words: object) -> dict:
    """What a command of siamese-edge answers for machines."""
    capfd.readouterr()
    called(*words, "--json")
    return json.loads(capfd.readouterr().out)


def test_verify_says_what_the_twin_predicts(trained, config, frames, tmp_path, capfd):
    pairs = [("0001", 0, "0001", 5), ("0001", 0, "0002", 3), ("0003", 1, "0003", 2), ("0004", 1, "0007", 2)]
    shown = [place for a, m, b, n in pairs for place in ((a, m), (b, n))]
    small = [cv2.resize(cv2.imread(str(trained.people / who / f"{n}.png")), (SIDE, SIDE)) for who, n in shown]
    wanted = scored(trained.twin, np.stack([cv2.cvtColor(one, cv2.COLOR_BGR2RGB) for one in small]), tmp_path)
    assert wanted.max() - wanted.min() > 0.5
    for (a, m, b, n), score in zip(pairs, wanted, strict=True):
        answer = asked(capfd, "verify", frames(a, m), frames(b, n), "--config", config)
        assert answer["score"] == pytest.approx(float(score), abs=1e-4)


def test_identical_pictures_score_the_sigmoid_of_the_bias(float32, config, frames, capfd):
    photo = frames("0002", 4)
    card = bundle.load(str(float32), EmbedderCard).card
    assert card.score.slope == 1
    answer = asked(capfd, "verify", photo, photo, "--config", config)
    assert answer["distance"] == 0
    assert answer["score"] == pytest.approx(1 / (1 + np.exp(-card.score.intercept)), abs=1e-9)
    assert answer["verdict"] == "same"


def test_a_picture_that_was_cut_before_is_not_cut_again(trained, config, frames, capfd):
    cut = trained.people / "0005" / "7.png"
    answer = asked(capfd, "verify", cut, frames("0005", 7), "--config", config)
    assert answer["distance"] == 0


def test_people_are_enrolled_and_identified(trained, config, frames, capfd):
    for person in ("0001", "0003", "0006"):
        assert called("enrol", person, *(frames(person, n) for n in (0, 8, 16)), "--config", config) == 0
    answers = asked(capfd, "identify", *(frames(p, 11) for p in ("0001", "0003", "0006")), "--config", config)
    assert [answer["person"] for answer in answers] == ["0001", "0003", "0006"]
    (stranger,) = asked(capfd, "identify", frames("0008", 11), "--config", config)
    assert stranger["verdict"] == "unknown"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    if MOSQUITTO is None:
        pytest.skip("MOSQUITTO IS NOT INSTALLED: the converted model is not tested with a broker")
    (tmp_path / "broker").mkdir()
    mosquitto = Mosquitto(tmp_path / "broker")
    mosquitto.start()
    yield mosquitto
    mosquitto.stop()


def test_the_terminal_runs_it_and_tells_over_mqtt(trained, int8, frames, broker, tmp_path):
    (tmp_path / "photos").mkdir()
    for n in range(10, 30):
        framed(trained.people / "0009" / f"{n}.png", tmp_path / "photos" / f"{n}.png")
    daemon = Daemon(tmp_path, tmp_path / "photos", broker.port, vision={"bundle": str(int8[0])})
    daemon.enrol("nina", *(frames("0009", n) for n in (0, 2, 4)))
    daemon.enrol("otto", *(frames("0002", n) for n in (0, 2, 4)))
    with Recorder(broker.port) as recorder, running(daemon):
        assert daemon.wait() == 0
        eventually(lambda: "stopped" in recorder.texts("availability"))
    (event,) = recorder.events()
    assert (event["event_type"], event["person"]) == ("accepted", "nina")
    assert daemon.committed() == []
