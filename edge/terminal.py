"""The composition root: every part is built here, started in order, and stopped in reverse."""

import logging
import platform
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge import __version__, config
from edge.camera.capture import Capture
from edge.camera.slot import Slot
from edge.camera.source import open_source
from edge.decision import threshold
from edge.decision.session import Session
from edge.decision.threshold import Threshold
from edge.errors import StorageFault
from edge.gallery.store import Store
from edge.gallery.view import GalleryView
from edge.mqtt.broker import Broker, NoBroker
from edge.mqtt.connection import MqttBroker
from edge.mqtt.messages import GalleryState, Info, ModelName, VerificationEvent, rfc3339
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import Publisher
from edge.mqtt.topics import Topics
from edge.mqtt.uuid7 import uuid7
from edge.mqtt.verification import Circumstances, Origin, verification
from edge.pipeline import Pipeline
from edge.runtime.health import Systemd, boot_id, clock_source
from edge.runtime.memory import forget_start
from edge.runtime.seldom import Seldom
from edge.runtime.workers import Supervisor, Worker
from edge.types import Decision
from edge.vision import stack as vision
from edge.vision.card import EmbedderCard

log = logging.getLogger(__name__)

# Seconds without a beat that are no sign of trouble: a camera may take 10 to open, a name server longer to answer.
_CAPTURE_PATIENCE_S = 30.0
_NETWORK_PATIENCE_S = 120.0
_PUBLISHER_PATIENCE_S = 60.0
_FRAME_WAIT_S = 0.5


def threshold_rule(settings: config.Decision, card: EmbedderCard) -> Callable[[int], Threshold]:
    """The threshold for a number of people, by configuration and card."""
    if settings.threshold is not None:
        fixed = threshold.fixed(settings.threshold, card.score)
        return lambda _: fixed
    rate, points, calibration = settings.false_accept_rate, card.operating_points, card.score
    return lambda size: threshold.for_gallery(size, rate, points, calibration)


def gallery_file(settings: config.Configuration) -> Path:
    """Where the gallery lies."""
    return Path(settings.state) / "gallery.db"


class Terminal:
    """One terminal, ready to run."""

    def __init__(self, settings: config.Configuration, systemd: Systemd) -> None:
        """Builds every part.

        Raises:
            the bundle faults; StorageFault, GalleryDamaged where the state cannot be opened.
        """
        self._boot, self._started = boot_id(), datetime.now(UTC)
        self._origin = Origin(settings.site, settings.device, self._boot)
        self._names = settings.mqtt.names
        self._storage = Seldom()
        topics = Topics(settings.site, settings.device)

        self._stack = vision.build(settings.vision)
        card = self._stack.card
        self._store = Store(gallery_file(settings), settings.gallery.max_people)
        self._gallery = GalleryView(self._store, card, threshold_rule(settings.decision, card))
        self._outbox = Outbox(Path(settings.state) / "outbox.db", settings.outbox)
        self._broker: Broker = MqttBroker(settings.mqtt, topics, self._info) if settings.mqtt.enabled else NoBroker()
        session = Session(settings.decision)
        self._pipeline = Pipeline(self._stack, self._gallery, session, self._broker.announce)
        publisher = Publisher(self._outbox, self._broker, topics, live_for_s=settings.mqtt.live_for_s, boot=self._boot)

        self._slot = Slot()
        self._capture = Capture(partial(open_source, settings.camera), self._slot)
        self._supervisor = Supervisor(
            [
                Worker("network", self._broker.run, patience_s=_NETWORK_PATIENCE_S),
                Worker("publisher", publisher.run, patience_s=_PUBLISHER_PATIENCE_S),
                Worker("vision", self._look),
                Worker("capture", self._watch, patience_s=_CAPTURE_PATIENCE_S),
            ],
            systemd,
        )

    def run(self) -> int:
        """Runs until `stop`, or to the end of a clip; the process's exit status."""
        forget_start()
        try:
            return self._supervisor.run()
        finally:
            self._outbox.close()
            self._store.close()

    def stop(self) -> None:
        """Ends `run`; may be called from a signal handler."""
        self._supervisor.stop()

    def _watch(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """The capture thread. After the end of a clip it waits, while vision looks at the last frame."""
        self._capture.run(stop, beat)
        _idle(stop, beat)

    def _look(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """The vision thread."""
        while not stop.is_set():
            beat()
            frame = self._slot.take(_FRAME_WAIT_S)
            if frame is not None:
                for decision in self._pipeline.step(frame):
                    self._record(decision)
            elif self._slot.closed:
                self.stop()
                _idle(stop, beat)

    def _record(self, decision: Decision) -> None:
        """Makes the decision durable. A full disk loses events, and says so, but the door goes on."""
        match = decision.match
        log.info(
            "decision",
            extra={
                "verdict": decision.verdict,
                "person": match.person if match and decision.verdict == "accepted" else "-",
                "score": f"{match.score:.4f}" if match else "-",
                "threshold": f"{decision.threshold:.4f}",
                "reason": decision.reason,
                "frames": decision.frames,
            },
        )
        try:
            self._outbox.append(partial(self._event, decision))
        except StorageFault as fault:
            if self._storage.due(str(fault), time.monotonic()):
                log.error("this event is lost: %s", fault)  # noqa: TRY400 - the fault tells all

    def _event(self, decision: Decision, stream: str, seq: int) -> VerificationEvent:
        now = datetime.now(UTC)
        name = self._store.name_of(decision.match.person) if self._names and decision.match else None
        around = Circumstances(
            gallery=GalleryState(version=self._gallery.version, size=self._gallery.size),
            model=self._stack.card.digest,
            time=now,
            time_src=clock_source(),
            name=name,
        )
        event_id = uuid7(int(now.timestamp() * 1000))
        return verification(decision, self._origin, around, stream=stream, seq=seq, event_id=event_id)

    def _info(self) -> Info:
        """What this terminal is; asked for on the network's thread."""
        interpreter = self._stack.interpreters["embedder"]
        return Info(
            site=self._origin.site,
            device=self._origin.device,
            versions={
                "siamese-edge": __version__,
                "interpreter": interpreter.runtime,
                "python": platform.python_version(),
                "system": platform.platform(),
            },
            boot=self._boot,
            started=rfc3339(self._started),
            model=ModelName(digest=self._stack.card.digest, name=self._stack.card.name),
            gallery=GalleryState(version=self._gallery.version, size=self._gallery.size),
            time_src=clock_source(),
        )


def _idle(stop: threading.Event, beat: Callable[[], None]) -> None:
    while not stop.wait(1):
        beat()
