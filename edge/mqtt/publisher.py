"""Drains the outbox: each event goes to the broker in its order, and leaves the disk once the broker has it."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from edge.errors import StorageFault
from edge.mqtt import messages, reasons
from edge.mqtt.broker import Broker, Outgoing, Token
from edge.mqtt.messages import Envelope
from edge.mqtt.outbox import Outbox, Row
from edge.mqtt.topics import Topics
from edge.runtime.backoff import Backoff
from edge.runtime.seldom import Seldom

log = logging.getLogger(__name__)

_TICK_S = 0.25  # how soon a stop is seen; events do not wait for it
_MEND_S = 5.0
_BACKOFF = Backoff(first_s=1, longest_s=300)
_LAST_ACKS_S = 1.0


@dataclass(frozen=True, slots=True)
class _Ack:
    token: Token
    reason: int


_WAKE = "wake"
_CONNECTED = "connected"
_News = _Ack | str


@dataclass(slots=True)
class _Hold:
    """A topic that the broker refuses: left alone until a time, monotonic seconds."""

    failures: int = 0
    until: float = 0.0
    notice: Seldom = field(default_factory=Seldom)


class Publisher:
    """Sends what is in the outbox. An event that is younger than `live_for_s` goes to `event/`, any other to `replay/`.

    Age is measured in monotonic time, so only within one boot: the clock of a terminal may be wrong. All state belongs
    to the thread of `run`; the others only put news into its inbox.
    """

    def __init__(
        self,
        outbox: Outbox,
        broker: Broker,
        topics: Topics,
        *,
        live_for_s: float,
        boot: str,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff = _BACKOFF,
    ) -> None:
        self._outbox = outbox
        self._broker = broker
        self._topics = topics
        self._live_for_s = live_for_s
        self._boot = boot
        self._clock = clock
        self._backoff = backoff
        self._inbox: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._in_flight: dict[Token, tuple[int, str]] = {}
        self._settled: set[int] = set()  # the broker has them, but the disk does not know yet
        self._cursor = 0
        self._rewind_at: float | None = None
        self._holds: dict[str, _Hold] = {}
        self._fault = Seldom()
        outbox.watch(self.wake)
        broker.watch(self)

    def wake(self) -> None:
        """Something was added to the outbox."""
        self._inbox.put(_WAKE)

    def connected(self) -> None:
        """A new connection is up."""
        self._inbox.put(_CONNECTED)

    def acknowledged(self, token: Token, reason: int) -> None:
        """The broker has answered."""
        self._inbox.put(_Ack(token, reason))

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Publishes until `stop`, then waits a moment for the last acknowledgements; the body of a worker."""
        while not stop.is_set():
            beat()
            if self._hear(_TICK_S) or self._rewound():
                self._work()
        deadline = time.monotonic() + _LAST_ACKS_S
        while self._in_flight and self._broker.connected and time.monotonic() < deadline:
            self._hear(0.05)
        self._hear(0)
        self._guarded(self._settle)

    def _rewound(self) -> bool:
        if self._rewind_at is None or self._clock() < self._rewind_at:
            return False
        self._cursor, self._rewind_at = 0, None
        return True

    def _work(self) -> None:
        if self._guarded(self._settle) and self._guarded(self._fill) and self._fault.over():
            log.info("the outbox works again")

    def _hear(self, timeout_s: float) -> bool:
        """Takes in all news, after waiting for the first at most `timeout_s`; whether there was any."""
        heard = False
        try:
            self._take(self._inbox.get(timeout=timeout_s))
            heard = True
            while True:
                self._take(self._inbox.get_nowait())
        except queue.Empty:
            return heard

    def _take(self, news: _News) -> None:
        if isinstance(news, _Ack):
            self._take_ack(news)
        elif news == _CONNECTED:
            self._in_flight.clear()
            self._cursor, self._rewind_at = 0, None

    def _take_ack(self, ack: _Ack) -> None:
        sent = self._in_flight.pop(ack.token, None)
        if sent is None:
            return
        seq, topic = sent
        if ack.reason < reasons.REFUSED:
            self._settled.add(seq)
            self._holds.pop(topic, None)
        else:
            self._hold(topic, ack.reason)

    def _hold(self, topic: str, reason: int) -> None:
        hold, now = self._holds.setdefault(topic, _Hold()), self._clock()
        if now >= hold.until:  # a whole window is refused at a time, and counts once
            hold.failures += 1
            hold.until = now + self._backoff.delay(hold.failures)
        self._rewind_by(hold.until)
        if hold.notice.due(str(reason), now):
            log.error("%s; the events are kept, and sent again later", reasons.refused_message(topic, reason))

    def _rewind_by(self, moment: float) -> None:
        self._rewind_at = moment if self._rewind_at is None else min(self._rewind_at, moment)

    def _guarded(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except StorageFault as fault:
            self._rewind_by(self._clock() + _MEND_S)
            if self._fault.due(str(fault), time.monotonic()):
                log.error("%s; delivery goes on when that is mended", fault)  # noqa: TRY400 - the text says it all
            return False
        return True

    def _settle(self) -> None:
        if self._settled:
            self._outbox.delivered(*self._settled)
            self._settled.clear()

    def _fill(self) -> None:
        while self._broker.connected and (room := self._broker.window - len(self._in_flight)) > 0:
            rows = self._outbox.pending(room, self._cursor)
            if not rows or not all(self._hand_over(row) for row in rows):
                return

    def _hand_over(self, row: Row) -> bool:
        """False when the connection went away, so that the row is still to be sent."""
        if not self._sent(row.seq):
            try:
                found = messages.envelope(row.payload)
            except msgspec.DecodeError as fault:
                self._outbox.discard(row.seq, f"its payload cannot be read: {fault}")
            else:
                if not self._send(row, found):
                    return False
        self._cursor = row.seq
        return True

    def _sent(self, seq: int) -> bool:
        return seq in self._settled or any(seq == flying for flying, _ in self._in_flight.values())

    def _send(self, row: Row, found: Envelope) -> bool:
        live = found.boot == self._boot and self._clock() - found.mono_ms / 1000 < self._live_for_s
        topic = self._topics.event(found.type) if live else self._topics.replay(found.type)
        hold = self._holds.get(topic)
        if hold and self._clock() < hold.until:
            self._rewind_by(hold.until)
            return True
        payload = row.payload if live else messages.replayed(row.payload)
        token = self._broker.send(Outgoing(topic, payload, _attributes(found, self._topics.root)))
        if token is not None:
            self._in_flight[token] = (row.seq, topic)
        return token is not None


def _attributes(found: Envelope, source: str) -> tuple[tuple[str, str], ...]:
    """As CloudEvents binds them to MQTT 5."""
    return (("id", found.id), ("source", source), ("type", found.type), ("time", found.time))
