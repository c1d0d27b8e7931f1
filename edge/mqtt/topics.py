"""Where each message goes. Every topic of the contract begins with `siamese-edge/1/{site}/{device}/`."""

import re
from dataclasses import dataclass

ROOT = "siamese-edge/1"
_SEGMENT = re.compile(r"[a-z0-9-]{1,32}")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one terminal.

    Raises:
        ValueError: `site`, `device` or a leaf is not `[a-z0-9-]{1,32}`; MQTT's wildcards could otherwise get in.
    """

    site: str
    device: str

    def __post_init__(self) -> None:
        _checked("site", self.site)
        _checked("device", self.device)

    @property
    def root(self) -> str:
        return f"{ROOT}/{self.site}/{self.device}"

    @property
    def availability(self) -> str:
        return f"{self.root}/availability"

    @property
    def info(self) -> str:
        return f"{self.root}/info"

    def event(self, leaf: str) -> str:
        """Where what happens now goes."""
        return f"{self.root}/event/{_checked('leaf', leaf)}"

    def replay(self, leaf: str) -> str:
        """Where what happened earlier goes, so that a backlog never opens a door."""
        return f"{self.root}/replay/{_checked('leaf', leaf)}"


def _checked(what: str, segment: str) -> str:
    if _SEGMENT.fullmatch(segment) is None:
        raise ValueError(f"{what} is {segment!r}; allowed are 1 to 32 of a-z, 0-9 and -; choose another in config.yaml")
    return segment
