"""The way to the broker, kept open by a worker that never gives up."""

import logging
import threading
import time
from collections.abc import Callable

from edge import config
from edge.errors import BrokerUnreachable
from edge.mqtt import messages
from edge.mqtt.broker import Listener, Outgoing, Token
from edge.mqtt.client import Link, OtherVersion, Version
from edge.mqtt.messages import Info
from edge.mqtt.topics import Topics
from edge.runtime.backoff import Backoff
from edge.runtime.seldom import Seldom

log = logging.getLogger(__name__)

# A 3.1.1 broker may wait for ever for the rest of a CONNECT that it misreads (amqtt does): the first try is short.
_FIRST_ANSWER_S = 3.0
_ANSWER_S = 10.0
_BACKOFF = Backoff(first_s=1, longest_s=60)


class MqttBroker:
    """A `Broker` over the network. `info` is asked for at every connect, on the network's thread."""

    def __init__(
        self, settings: config.Mqtt, topics: Topics, info: Callable[[], Info], backoff: Backoff = _BACKOFF
    ) -> None:
        self._settings = settings
        self._topics = topics
        self._info = info
        self._backoff = backoff
        self._version: Version = "5" if settings.protocol == "auto" else settings.protocol
        self._proven = settings.protocol != "auto"
        self._listeners: list[Listener] = []
        self._connections = 0
        self._link: tuple[int, Link] | None = None
        self._announce = threading.Event()
        self._outage = Seldom()

    @property
    def connected(self) -> bool:
        return self._link is not None

    @property
    def window(self) -> int:
        """How many messages may wait for their acknowledgement at the same time; the broker may allow fewer."""
        link = self._link
        return link[1].window if link else 0

    @property
    def protocol(self) -> Version:
        """The version of MQTT that is spoken, or tried first."""
        return self._version

    def watch(self, listener: Listener) -> None:
        """Tells `listener` of connections and acknowledgements; to be called before `run`."""
        self._listeners.append(listener)

    def send(self, message: Outgoing) -> Token | None:
        """Sends at QoS 1, from any thread; None, and nothing sent, without a connection."""
        link = self._link
        return (link[0], link[1].send(message)) if link else None

    def announce(self) -> None:
        """Publishes `online` and the info again within a second; for when the gallery or the model has changed."""
        self._announce.set()

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Connects, serves, and connects again, until `stop`; then says `stopped`."""
        failures = 0
        while not stop.is_set():
            beat()
            started = time.monotonic()
            try:
                self._live(stop, beat)
            except BrokerUnreachable as fault:
                # Terminals that throw each other out connect well each time: only a lasting connection is a success.
                lasted = time.monotonic() - started > self._backoff.longest_s
                failures = 1 if lasted else failures + 1
                if lasted:
                    self._outage.over()
                self._complain(fault)
                stop.wait(self._backoff.delay(failures))

    def _live(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        number, link = self._connect(stop)
        try:
            if not stop.is_set():
                self._serve(number, link, stop, beat)
        finally:
            self._link = None
            link.close()

    def _connect(self, stop: threading.Event) -> tuple[int, Link]:
        try:
            return self._open(self._version, stop, _ANSWER_S if self._proven else _FIRST_ANSWER_S)
        except OtherVersion:
            if self._settings.protocol != "auto":
                raise
        other: Version = "3.1.1" if self._version == "5" else "5"
        opened = self._open(other, stop, _ANSWER_S)
        log.info("broker %s does not speak MQTT %s; using %s", self._settings.host, self._version, other)
        self._version = other
        return opened

    def _open(self, version: Version, stop: threading.Event, answer_within_s: float) -> tuple[int, Link]:
        self._connections += 1
        number = self._connections
        link = Link(
            self._settings, self._topics, version, lambda mid, reason: self._acknowledged((number, mid), reason)
        )
        try:
            link.open(stop, answer_within_s)
        except BaseException:
            link.close()
            raise
        return number, link

    def _serve(self, number: int, link: Link, stop: threading.Event, beat: Callable[[], None]) -> None:
        log.info("broker %s:%d connected, MQTT %s", self._settings.host, self._settings.port, self._version)
        self._proven = True
        self._present(link)  # before any event, so that nobody hears of one from a terminal that is `offline`
        self._link = (number, link)
        for listener in self._listeners:
            listener.connected()
        while not stop.is_set():
            beat()
            if self._announce.is_set():
                self._present(link)
            link.turn()
        link.farewell(self._topics.availability)

    def _present(self, link: Link) -> None:
        self._announce.clear()
        link.retain(self._topics.availability, b"online")
        link.retain(self._topics.info, messages.encode(self._info()))

    def _acknowledged(self, token: Token, reason: int) -> None:
        for listener in self._listeners:
            listener.acknowledged(token, reason)

    def _complain(self, fault: BrokerUnreachable) -> None:
        if self._outage.due(str(fault), time.monotonic()):
            log.warning("%s; events are kept, and I go on trying", fault)
