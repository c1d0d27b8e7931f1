from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import config

from .brokers import MOSQUITTO, Amqtt, Mosquitto, Proxy


@pytest.fixture
def broker_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "broker"
    folder.mkdir()
    return folder


@pytest.fixture
def mosquitto(broker_folder: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that is configured but not started."""
    if MOSQUITTO is None:
        pytest.skip("MOSQUITTO IS NOT INSTALLED: delivery over MQTT 5 is not tested here (apt install mosquitto)")
    broker = Mosquitto(broker_folder)
    yield broker
    broker.stop()


@pytest.fixture
def amqtt(broker_folder: Path) -> Iterator[Amqtt]:
    """An amqtt that is configured but not started."""
    broker = Amqtt(broker_folder)
    yield broker
    broker.stop()


@pytest.fixture
def any_broker(broker_folder: Path) -> Iterator[Mosquitto | Amqtt]:
    """Whichever broker this machine has, running."""
    broker = Mosquitto(broker_folder) if MOSQUITTO else Amqtt(broker_folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def wire(any_broker: Mosquitto | Amqtt) -> Iterator[Proxy]:
    """A wire to a running broker."""
    proxy = Proxy(any_broker.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def settings_for():  # type: ignore[no-untyped-def]
    def settings(broker: Mosquitto | Amqtt | Proxy, **more: object) -> config.Mqtt:
        return config.Mqtt(**{"host": "127.0.0.1", "port": broker.port, **more})  # type: ignore[arg-type]

    return settings
