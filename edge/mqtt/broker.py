"""What the publisher needs of a broker, and the broker that is not there."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Token = tuple[int, int]
"""A message on its way: the number of the connection, and the message's own within it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event ready to go: MQTT 5 carries the attributes as user properties too."""

    topic: str
    payload: bytes
    attributes: tuple[tuple[str, str], ...] = ()


class Listener(Protocol):
    """Hears of a broker. Called on the network's thread: must return at once, and not raise."""

    def connected(self) -> None:
        """A new connection is up; nothing that was sent over an earlier one will be acknowledged any more."""

    def acknowledged(self, token: Token, reason: int) -> None:
        """The broker has answered; from 128 on, `reason` is a refusal."""


class Broker(Protocol):
    """A way to get messages out. `MqttBroker` is the real one."""

    @property
    def connected(self) -> bool: ...

    @property
    def window(self) -> int:
        """How many messages may wait for their acknowledgement at the same time."""

    def watch(self, listener: Listener) -> None: ...

    def send(self, message: Outgoing) -> Token | None:
        """Sends at QoS 1; None, and nothing sent, without a connection."""

    def announce(self) -> None:
        """Publishes the retained state again, soon."""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Keeps the connection until `stop`; the body of a worker."""


class NoBroker:
    """For `mqtt.enabled: false`: events stay in the outbox."""

    connected = False
    window = 0

    def watch(self, listener: Listener) -> None:
        """Nothing will ever be heard."""

    def send(self, message: Outgoing) -> Token | None:  # noqa: ARG002
        return None

    def announce(self) -> None:
        """Nobody listens."""

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Waits for `stop`."""
        while not stop.wait(1):
            beat()
