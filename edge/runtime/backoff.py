"""How long to wait before trying again."""

import random
from dataclasses import dataclass

_random = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Doubling waits with jitter, so that a hundred terminals do not come back in the same second."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row (1..): between half of the doubled wait and the whole."""
        whole = min(self.longest_s, self.first_s * 2.0 ** min(max(failures, 1) - 1, 32))
        return _random.uniform(whole / 2, whole)
