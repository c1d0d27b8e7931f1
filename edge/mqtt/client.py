"""One connection to the broker. The only file that knows paho.

Every connection has a paho client of its own. paho would otherwise send again, after a reconnect, what it kept from
before: an hour-old event on the topic that opens the door. So it never keeps anything; the outbox does.
"""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge import config
from edge.errors import BrokerUnreachable
from edge.mqtt import reasons
from edge.mqtt.broker import Outgoing
from edge.mqtt.topics import Topics

log = logging.getLogger(__name__)

WINDOW = 16
_TURN_S = 0.2
_FAREWELL_S = 2.0
_ANNOUNCEMENTS = 2  # messages of its own that are in flight beside the window
Version = Literal["5", "3.1.1"]
_VERSIONS: dict[Version, MQTTProtocolVersion] = {"5": MQTTProtocolVersion.MQTTv5, "3.1.1": MQTTProtocolVersion.MQTTv311}


class OtherVersion(BrokerUnreachable):
    """The broker took the connection, but not this version of MQTT."""


class Link:
    """One connection, from CONNECT to its end. All but `send` belongs to the network's thread."""

    def __init__(
        self, settings: config.Mqtt, topics: Topics, version: Version, acked: Callable[[int, int], None]
    ) -> None:
        self._settings = settings
        self._address = f"{settings.host}:{settings.port}"
        self._version = version
        self._acked = acked
        self._own: dict[int, str] = {}
        self._answer: tuple[ReasonCode, Properties | None] | None = None
        self._end: ReasonCode | None = None
        self._paho = _paho(settings, topics, version)
        self._paho.on_connect = self._on_connect
        self._paho.on_publish = self._on_publish
        self._paho.on_disconnect = self._on_disconnect

    def open(self, stop: threading.Event, answer_within_s: float) -> None:
        """Connects, and waits for the broker's answer; returns early, and without a connection, at `stop`.

        Raises:
            OtherVersion: the broker said so, hung up, or gave no answer.
            BrokerUnreachable: no connection, or refused.
        """
        settings = self._settings
        try:
            self._paho.connect(settings.host, settings.port, settings.keepalive_s)
        except (OSError, ValueError) as fault:  # ValueError: a host name that cannot be one
            raise BrokerUnreachable(reasons.unreachable(settings.host, settings.port, fault)) from fault
        deadline = time.monotonic() + answer_within_s
        while self._answer is None and not stop.is_set() and time.monotonic() < deadline and self._loop():
            pass
        if not stop.is_set():
            self._check_answer()

    def _check_answer(self) -> None:
        if self._answer is None:
            raise OtherVersion(
                f"broker {self._address} hung up on MQTT {self._version}, or gave no answer; check that it is an MQTT "
                'broker, and set mqtt.protocol to "auto"'
            )
        reason = self._answer[0]
        if reason.is_failure:
            kind = OtherVersion if reason.getName() == "Unsupported protocol version" else BrokerUnreachable
            raise kind(f"broker {self._address} {reasons.refused_connection(reason.value, reason.getName())}")

    @property
    def window(self) -> int:
        limit = getattr(self._answer and self._answer[1], "ReceiveMaximum", 65535)
        return max(1, min(WINDOW, limit - _ANNOUNCEMENTS))

    def turn(self) -> None:
        """Lets the network work for a moment.

        Raises:
            BrokerUnreachable: the connection is lost.
        """
        if not self._loop():
            code, name = (self._end.value, self._end.getName()) if self._end else (0, "closed")
            raise BrokerUnreachable(f"broker {self._address}: {reasons.lost_connection(code, name)}")

    def retain(self, topic: str, payload: bytes) -> None:
        """Publishes retained state."""
        self._own[self._paho.publish(topic, payload, qos=1, retain=True).mid] = topic

    def send(self, message: Outgoing) -> int:
        """Publishes an event, from any thread, and returns its number within this connection."""
        properties = _properties(message) if self._version == "5" else None
        return self._paho.publish(message.topic, message.payload, qos=1, properties=properties).mid

    def farewell(self, topic: str) -> None:
        """Says `stopped`, and ends the connection so that the broker forgets the last will."""
        self.retain(topic, b"stopped")
        deadline = time.monotonic() + _FAREWELL_S
        while self._own and time.monotonic() < deadline and self._loop():
            pass
        self._paho.disconnect()
        while time.monotonic() < deadline and self._loop():
            pass

    def close(self) -> None:
        """Drops the socket; the broker publishes the last will unless there was a farewell."""
        if sock := self._paho.socket():
            sock.close()
        # Unties the circle of references, so that the client's other descriptors are closed now and not at some time.
        self._paho.on_connect = self._paho.on_publish = self._paho.on_disconnect = None

    def _loop(self) -> bool:
        try:
            return self._paho.loop(_TURN_S) == MQTTErrorCode.MQTT_ERR_SUCCESS
        except Exception as fault:  # noqa: BLE001 - paho raises all kinds of errors at a malformed packet
            log.warning("broker %s sent something that is not MQTT: %r", self._address, fault)
            return False

    def _on_connect(self, _c: Client, _u: Any, _f: Any, reason: ReasonCode, properties: Properties | None) -> None:
        self._answer = (reason, properties)

    def _on_disconnect(self, _c: Client, _u: Any, _f: Any, reason: ReasonCode, _p: Properties | None) -> None:
        self._end = reason

    def _on_publish(self, _c: Client, _u: Any, mid: int, reason: ReasonCode, _p: Properties | None) -> None:
        topic = self._own.pop(mid, None)
        if topic is None:
            self._acked(mid, reason.value)
        elif reason.value >= reasons.REFUSED:
            log.error("%s", reasons.refused_message(topic, reason.value))


def _paho(settings: config.Mqtt, topics: Topics, version: Version) -> Client:
    paho = Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"siamese-edge-{topics.site}-{topics.device}",
        protocol=_VERSIONS[version],
        reconnect_on_failure=False,
    )
    if settings.user is not None:
        paho.username_pw_set(settings.user, _password(settings.password_file))
    paho.will_set(topics.availability, b"offline", qos=1, retain=True)
    paho.suppress_exceptions = True
    paho.on_log = _on_log
    paho.on_socket_open = lambda _c, _u, sock: _tune(sock, settings)
    # Leaves all writing to the network's thread: without it, paho writes in the sender's thread too, unguarded.
    paho.on_socket_register_write = lambda _c, _u, _s: None
    return paho


def _password(file: str | None) -> str | None:
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise BrokerUnreachable(
            f"the password cannot be read from {file}: {fault}; make it readable for the service's user, or correct "
            "mqtt.password_file"
        ) from fault


def _tune(sock: Any, settings: config.Mqtt) -> None:
    """Sends small messages at once, and ends a connection whose other end is silent before a live event turns stale."""
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(max(settings.live_for_s, 5) * 1000))


def _properties(message: Outgoing) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call] # paho leaves it untyped
    properties.ContentType = "application/json"
    properties.PayloadFormatIndicator = 1
    properties.UserProperty = [("specversion", "1.0"), *message.attributes]
    return properties


def _on_log(_c: Client, _u: Any, level: int, text: str) -> None:
    if level == LogLevel.MQTT_LOG_ERR and "exception" in text:
        log.error("paho: %s", text)
