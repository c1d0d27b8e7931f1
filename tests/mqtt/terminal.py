"""The delivering half of a terminal: outbox, publisher and broker, in this process or (as a program) in a child."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge import config
from edge.mqtt.connection import MqttBroker
from edge.mqtt.messages import GalleryState, Info, ModelName, VerificationEvent, rfc3339
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import Publisher
from edge.mqtt.topics import Topics
from edge.mqtt.uuid7 import uuid7
from edge.mqtt.verification import Circumstances, Origin, verification
from edge.runtime.backoff import Backoff
from edge.runtime.health import Systemd, boot_id
from edge.runtime.workers import Supervisor, Worker
from edge.types import Decision, Match, PersonId, Quality

TOPICS = Topics("home", "door")
QUICK = Backoff(first_s=0.05, longest_s=0.2)
GALLERY = GalleryState(version=3, size=2)


def decision(verdict: Any = "accepted", *, at: float | None = None, score: float = 0.97) -> Decision:
    now = time.monotonic() if at is None else at
    second = Match(PersonId("bob"), 0.21, 0.9)
    return Decision(
        verdict=verdict,
        match=Match(PersonId("alice"), score, 0.3, second),
        reason="agreed",
        frames=5,
        threshold=0.8,
        quality=Quality(size=61.3, sharpness=120.5, light=131.0, contrast=44.2, yaw=-0.05, pitch=0.1),
        first_seen=now - 0.42,
        decided_at=now,
    )


def event(stream: str, seq: int, *, at: float | None = None, boot: str | None = None) -> VerificationEvent:
    moment = datetime.now(UTC)
    return verification(
        decision(at=at),
        Origin("home", "door", boot or boot_id()),
        Circumstances(gallery=GALLERY, model="sha256:1234", time=moment, time_src="ntp"),
        stream=stream,
        seq=seq,
        event_id=uuid7(int(moment.timestamp() * 1000)),
    )


def info() -> Info:
    return Info(
        site="home",
        device="door",
        versions={"siamese-edge": "0.1.0"},
        boot=boot_id(),
        started=rfc3339(datetime.now(UTC)),
        model=ModelName(digest="sha256:1234", name="face"),
        gallery=GALLERY,
        time_src="ntp",
    )


@dataclass
class Running:
    outbox: Outbox
    broker: MqttBroker
    publisher: Publisher
    workers: list[Worker]

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            self.outbox.append(event)


def built(folder: Path, settings: config.Mqtt) -> Running:
    outbox = Outbox(folder / "outbox.db", config.Outbox())
    broker = MqttBroker(settings, TOPICS, info, QUICK)
    publisher = Publisher(outbox, broker, TOPICS, live_for_s=settings.live_for_s, boot=boot_id(), backoff=QUICK)
    return Running(outbox, broker, publisher, [Worker("publisher", publisher.run), Worker("broker", broker.run)])


@contextmanager
def running(folder: Path, settings: config.Mqtt) -> Iterator[Running]:
    """Runs the worker threads; stops them as the supervisor does, and fails if one of them failed."""
    terminal = built(folder, settings)
    for worker in terminal.workers:
        worker.start(lambda: None)
    try:
        yield terminal
    finally:
        for worker in terminal.workers:
            worker.stop()
        stuck = [worker.name for worker in terminal.workers if not worker.join(10)]
        terminal.outbox.close()
    assert not stuck
    assert not [worker.fault for worker in terminal.workers if worker.fault]


def main(folder: str, port: str, count: str) -> int:
    """Appends `count` events and prints each number once it is committed; with a port, delivers them and runs on."""
    if port == "-":
        outbox = Outbox(Path(folder) / "outbox.db", config.Outbox())
        for _ in range(int(count)):
            print(outbox.append(event), flush=True)
        return 0
    terminal = built(Path(folder), config.Mqtt(host="127.0.0.1", port=int(port)))
    supervisor = Supervisor(terminal.workers, Systemd.of(os.environ))
    signal.signal(signal.SIGTERM, lambda *_: supervisor.stop())
    terminal.append(int(count))
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
