"""When the next frame is due."""

import time
from collections.abc import Callable


class Pace:
    """Spaces frames so that no more than `fps` a second come. `clock` gives seconds; `sleep` takes them."""

    def __init__(
        self,
        fps: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / fps
        # A camera's frames jitter: without this slack one that comes a moment early is dropped, and the rate halves.
        self._slack = self._interval / 4
        self._clock = clock
        self._sleep = sleep
        self._next: float | None = None

    def due(self) -> bool:
        """Whether a frame that comes now is to be kept. If so, it counts."""
        now = self._clock()
        if self._next is not None and now < self._next - self._slack:
            return False
        self._schedule(now)
        return True

    def wait(self) -> None:
        """Sleeps until the next frame is due, and counts it."""
        now = self._clock()
        if self._next is not None and now < self._next:
            self._sleep(self._next - now)
            now = self._next
        self._schedule(now)

    def _schedule(self, now: float) -> None:
        last = now if self._next is None else max(self._next, now - self._slack)
        self._next = last + self._interval
