"""Real brokers on free loopback ports, and a subscriber that remembers what it saw."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def eventually(happens: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """Waits until `happens()` is true, and returns it."""
    deadline = time.monotonic() + timeout_s
    while not (found := happens()):
        assert time.monotonic() < deadline, f"{happens} did not become true in {timeout_s} s"
        time.sleep(0.01)
    return found


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class _Process:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        eventually(lambda: _listens(self.port))

    def send(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process:
            self.send(number)
            self.send(signal.SIGCONT)
            self._process.wait(10)
            self._process = None


class Mosquitto(_Process):
    """`settings` are further lines of mosquitto.conf."""

    def __init__(self, folder: Path, settings: str = "allow_anonymous true") -> None:
        super().__init__(folder)
        self.configure(settings)

    def configure(self, settings: str) -> None:
        user = "user root\n" if os.geteuid() == 0 else ""  # otherwise it could not read this folder
        text = f"listener {self.port} 127.0.0.1\npersistence true\npersistence_location {self.folder}/\n"
        (self.folder / "mosquitto.conf").write_text(f"{text}{user}{settings}\n")

    def command(self) -> list[str]:
        assert MOSQUITTO
        return [MOSQUITTO, "-c", str(self.folder / "mosquitto.conf"), "-v"]


class Amqtt(_Process):
    """Speaks MQTT 3.1.1 only."""

    def command(self) -> list[str]:
        script = (
            "import asyncio; from amqtt.broker import Broker\n"
            "async def main():\n"
            f"    broker = Broker({{'listeners': {{'default': {{'type': 'tcp', 'bind': '127.0.0.1:{self.port}'}}}},\n"
            "        'plugins': {'amqtt.plugins.authentication.AnonymousAuthPlugin': {'allow_anonymous': True}}})\n"
            "    await broker.start(); await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        return [sys.executable, "-c", script]


class Proxy:
    """A wire to a broker that can swallow what goes through it in one direction, and can be cut."""

    def __init__(self, target: int) -> None:
        self.swallow_up = self.swallow_down = False
        self.swallowed = 0
        self._target = target
        self._pairs: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        for sock in self._pairs:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def stop(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                broker = socket.create_connection(("127.0.0.1", self._target))
                self._pairs += [client, broker]
                for args in ((client, broker, "swallow_up"), (broker, client, "swallow_down")):
                    threading.Thread(target=self._pump, args=args, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, swallow: str) -> None:
        with contextlib.suppress(OSError), source:
            while data := source.recv(65536):
                if getattr(self, swallow):
                    self.swallowed += len(data)
                else:
                    sink.sendall(data)


@dataclass(frozen=True)
class Seen:
    topic: str
    payload: bytes
    retain: bool
    properties: Any = None

    @property
    def leaf(self) -> str:
        return self.topic.split("/", 4)[-1]

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.payload))


@dataclass
class Recorder:
    """Subscribes to all topics of the project at QoS 1, with a session that outlives a restart of the broker."""

    port: int
    protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        clean = {} if self.protocol == MQTTProtocolVersion.MQTTv5 else {"clean_session": False}
        self._paho = paho.Client(CallbackAPIVersion.VERSION2, "recorder", protocol=self.protocol, **clean)
        self._subscribed = False
        self._paho.on_connect = lambda client, *_: client.subscribe("siamese-edge/#", qos=1)
        self._paho.on_subscribe = lambda *_: setattr(self, "_subscribed", True)
        self._paho.on_message = lambda _c, _u, m: self.seen.append(
            Seen(m.topic, m.payload, m.retain, getattr(m, "properties", None))
        )

    def __enter__(self) -> "Recorder":
        self._paho.connect("127.0.0.1", self.port)
        self._paho.loop_start()
        eventually(lambda: self._subscribed)
        return self

    def __exit__(self, *_: object) -> None:
        self._paho.disconnect()
        self._paho.loop_stop()

    def on(self, leaf: str) -> list[Seen]:
        return [found for found in list(self.seen) if found.leaf == leaf]

    def texts(self, leaf: str) -> list[str]:
        return [found.payload.decode() for found in self.on(leaf)]

    def events(self) -> list[dict[str, Any]]:
        return [found.event for found in list(self.seen) if found.leaf.startswith(("event/", "replay/"))]

    def numbers(self) -> list[int]:
        """The sequence numbers in the order that they came, each once."""
        return list(dict.fromkeys(found["seq"] for found in self.events()))
