"""The capture thread's loop: source to slot, over and over, through the loss of the camera."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from edge.camera.slot import Slot
from edge.camera.source import Source
from edge.errors import CameraLost
from edge.types import Frame

State = Literal["starting", "ok", "lost", "ended"]

# After so many frames a reopened camera counts as steady; before, one that comes and goes keeps its long waits.
_STEADY_FRAMES = 30
_LONGEST_SILENCE_S = 1.0

log = logging.getLogger(__name__)


class Capture:
    """Reads a source into a slot. Written by the capture thread alone; any thread may read its attributes.

    Attributes:
        state: "starting" until the first frame, "ok", "lost" while the camera is gone, "ended" after `run`.
        frames: how many were read, over all reopenings; also the next frame's `seq`.
        error: what the camera was last lost for; None where it never was.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        slot: Slot,
        *,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 30.0,
    ) -> None:
        """`open_source` opens the camera, at the start and after each loss; waits between double up to the longest."""
        self.state: State = "starting"
        self.frames = 0
        self.error: str | None = None
        self._open_source = open_source
        self._slot = slot
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self._wait_s = first_wait_s

    def run(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        """Runs until `stop` is set or a finite source ends; then the slot is closed, whatever happened.

        `beat` is called at each frame, and each second while the camera is lost. A camera that hangs is seen by the
        beats that stay away. A fault other than CameraLost is raised.
        """
        try:
            while not stop.is_set():
                beat()
                try:
                    with self._open_source() as source:
                        self._read(source, stop, beat)
                        return
                except CameraLost as fault:
                    self._lose(fault)
                self._wait(stop, beat)
        finally:
            self.state = "ended"
            self._slot.close()

    def _read(self, source: Source, stop: threading.Event, beat: Callable[[], None]) -> None:
        steady_at = self.frames + _STEADY_FRAMES
        while not stop.is_set():
            frame = source.read()
            beat()
            if frame is None:
                log.info("%s has ended after %d frames", source.name, self.frames)
                return
            self._pass_on(frame, source.name)
            if self.frames == steady_at:
                self._wait_s = self._first_wait_s

    def _pass_on(self, frame: Frame, name: str) -> None:
        if self.state != "ok":
            log.info("%s is back" if self.state == "lost" else "%s gives frames", name)
            self.state = "ok"
        # A source that was opened anew counts from 0 again; the frames that leave here never do.
        self._slot.put(replace(frame, seq=self.frames))
        self.frames += 1

    def _lose(self, fault: CameraLost) -> None:
        self.error = str(fault)
        if self.state != "lost":
            log.error("%s. Trying again until it comes back", fault)
            self.state = "lost"

    def _wait(self, stop: threading.Event, beat: Callable[[], None]) -> None:
        left = self._wait_s
        self._wait_s = min(self._wait_s * 2, self._longest_wait_s)
        while left > 0 and not stop.wait(min(left, _LONGEST_SILENCE_S)):
            beat()
            left -= _LONGEST_SILENCE_S
