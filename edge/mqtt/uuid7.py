"""Identifiers that sort by the time they were made (RFC 9562, version 7)."""

import os
from uuid import UUID


def uuid7(unix_ms: int, entropy: bytes | None = None) -> UUID:
    """A UUIDv7 for `unix_ms`, milliseconds since 1970 (0..2^48-1), with 10 bytes of `entropy`, the system's if None.

    Raises:
        ValueError: `unix_ms` or the length of `entropy` is out of range.
    """
    noise = os.urandom(10) if entropy is None else entropy
    if not 0 <= unix_ms < 1 << 48:
        raise ValueError(f"unix_ms is {unix_ms}; allowed is 0 to 2^48-1; give milliseconds since 1970")
    if len(noise) != 10:  # noqa: PLR2004 - 74 random bits are cut out of 80
        raise ValueError(f"entropy has {len(noise)} bytes; allowed are exactly 10")
    high = int.from_bytes(noise[:2]) & 0xFFF
    low = int.from_bytes(noise[2:]) & (1 << 62) - 1
    return UUID(int=unix_ms << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
