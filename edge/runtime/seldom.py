"""Says the same thing at once, and then ever more seldom."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Seldom:
    """For warnings about a state that lasts: due at once when the state changes, then at growing intervals."""

    first_s: float = 60.0
    longest_s: float = 3600.0
    _state: str = field(default="", init=False)
    _next_at: float = field(default=0.0, init=False)
    _wait_s: float = field(default=0.0, init=False)

    def due(self, state: str, now: float) -> bool:
        """Whether to speak of `state` at `now`, monotonic seconds. A yes counts as spoken."""
        if state == self._state and now < self._next_at:
            return False
        self._wait_s = min(self._wait_s * 2, self.longest_s) if state == self._state else self.first_s
        self._state = state
        self._next_at = now + self._wait_s
        return True

    def over(self) -> bool:
        """Ends the state; whether there was one."""
        was, self._state = self._state, ""
        return bool(was)
