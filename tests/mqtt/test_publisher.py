"""What the publisher decides, against a broker that does as the test says."""

import threading
from collections.abc import Callable

import pytest

from edge import config
from edge.errors import StorageFault
from edge.mqtt.broker import Listener, NoBroker, Outgoing, Token
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import Publisher
from edge.runtime.workers import Worker

from .brokers import eventually
from .terminal import QUICK, TOPICS, event

BOOT = "11111111-2222-3333-4444-555555555555"


class ScriptedBroker:
    """Keeps what it is given; the test acknowledges."""

    def __init__(self, window: int = 4) -> None:
        self.connected = True
        self.window = window
        self.sent: list[Outgoing] = []
        self.listener: Listener | None = None

    def watch(self, listener: Listener) -> None:
        self.listener = listener

    def send(self, message: Outgoing) -> Token | None:
        if not self.connected:
            return None
        self.sent.append(message)
        return (1, len(self.sent))

    def announce(self) -> None: ...

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None: ...

    def acknowledge(self, *numbers: int, reason: int = 0) -> None:
        assert self.listener
        for number in numbers:
            self.listener.acknowledged((1, number), reason)


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "outbox.db", config.Outbox())


@pytest.fixture
def broker():
    return ScriptedBroker()


@pytest.fixture
def started(outbox, broker):
    """Starts a publisher at second 1000 of its boot."""
    publisher = Publisher(outbox, broker, TOPICS, live_for_s=10, boot=BOOT, clock=lambda: 1000.0, backoff=QUICK)
    worker = Worker("publisher", publisher.run)
    worker.start(lambda: None)
    yield publisher
    broker.connected = False
    worker.stop()
    assert worker.join(10)
    assert worker.fault is None


def _put(outbox: Outbox, at: float = 999.0, boot: str = BOOT) -> None:
    outbox.append(lambda stream, seq: event(stream, seq, at=at, boot=boot))


@pytest.mark.parametrize(
    ("at", "boot", "leaf"),
    [
        (999.0, BOOT, "event"),
        (990.5, BOOT, "event"),
        (990.0, BOOT, "replay"),  # ten seconds old is not younger than ten seconds
        (1.0, BOOT, "replay"),
        (999.0, BOOT.replace("1", "2"), "replay"),
        (5000.0, BOOT.replace("1", "2"), "replay"),  # an earlier boot that lasted longer
    ],
)
@pytest.mark.usefixtures("started")
def test_live_or_late(outbox, broker, at, boot, leaf):
    _put(outbox, at, boot)
    (sent,) = eventually(lambda: broker.sent)
    assert sent.topic == f"siamese-edge/1/home/door/{leaf}/verification"
    assert (b'"replayed":true' in sent.payload) == (leaf == "replay")


def test_no_more_than_a_window_is_on_its_way(outbox, broker, started):
    for _ in range(10):
        _put(outbox)
    eventually(lambda: len(broker.sent) == 4)
    broker.acknowledge(2)
    eventually(lambda: len(broker.sent) == 5)
    eventually(lambda: outbox.depth() == 9)
    assert outbox.pending(2)[0].seq == 1  # acknowledged out of order: only that one is gone


def test_no_subscribers_is_success(outbox, broker, started):
    _put(outbox)
    eventually(lambda: broker.sent)
    broker.acknowledge(1, reason=16)
    eventually(lambda: outbox.depth() == 0)


def test_a_new_connection_sends_again_what_was_on_its_way_and_nothing_else(outbox, broker, started):
    for _ in range(3):
        _put(outbox)
    eventually(lambda: len(broker.sent) == 3)
    broker.acknowledge(1)
    started.connected()
    eventually(lambda: len(broker.sent) == 5)
    assert [message.payload for message in broker.sent[3:]] == [message.payload for message in broker.sent[1:3]]


def test_an_answer_to_something_else_is_ignored(outbox, broker, started):
    started.acknowledged((7, 7), 135)
    started.acknowledged((7, 7), 0)
    _put(outbox)
    eventually(lambda: broker.sent)
    assert outbox.depth() == 1


def test_what_is_delivered_is_not_sent_again_because_the_disk_is_full(outbox, broker, started, monkeypatch, caplog):
    faults = ["outbox.db: full; free some space"]

    def delivered(*seqs: int, real: Callable[..., None] = outbox.delivered) -> None:
        if faults:
            raise StorageFault(faults[0])
        real(*seqs)

    monkeypatch.setattr(outbox, "delivered", delivered)
    _put(outbox)
    eventually(lambda: broker.sent)
    broker.acknowledge(1)
    eventually(lambda: "free some space" in caplog.text)
    started.connected()
    _put(outbox)
    faults.clear()
    started.wake()
    eventually(lambda: len(broker.sent) == 2)
    eventually(lambda: outbox.depth() == 1)
    assert b'"seq":2' in broker.sent[1].payload


def test_without_a_broker_events_stay(outbox):
    broker = NoBroker()
    publisher = Publisher(outbox, broker, TOPICS, live_for_s=10, boot=BOOT)
    workers = [Worker("publisher", publisher.run), Worker("broker", broker.run)]
    for worker in workers:
        worker.start(lambda: None)
    _put(outbox)
    for worker in workers:
        worker.stop()
    assert all(worker.join(10) and worker.fault is None for worker in workers)
    assert outbox.depth() == 1
