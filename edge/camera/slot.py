"""The newest frame, and no other: a mailbox with room for one."""

import threading

from edge.types import Frame


class Slot:
    """Hands frames from the capture thread to the vision thread. Looking at an old frame is worse than missing one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closed = False
        self._dropped = 0

    def put(self, frame: Frame) -> None:
        """Leaves `frame`, over one that nobody took. On a closed slot it is dropped."""
        with self._changed:
            if self._closed:
                self._dropped += 1
                return
            self._dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def take(self, timeout: float | None = None) -> Frame | None:
        """The frame, taken out; waits for a fresh one for up to `timeout` seconds, or for ever where it is None.

        None after the time-out, and at once on a closed slot that is empty; `closed` tells them apart.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Wakes all who wait. A frame that is still there can be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether no further frame will come."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """How many frames nobody took."""
        with self._changed:
            return self._dropped
