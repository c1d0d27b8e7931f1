"""Gives back what only the start needed: most of a library's code runs once, and then counts as resident for ever."""

import ctypes
import re
from pathlib import Path

_CODE = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) r-xp \S+ \S+ [1-9]\d* +/", re.MULTILINE)
_MADV_DONTNEED = 4


def forget_start(maps: Path = Path("/proc/self/maps")) -> None:
    """Drops the pages of program code that are mapped from files; the next use of a page maps it again.

    Code alone: it is never written to, so nothing can be lost. Where the system has no such call, nothing happens.
    """
    try:
        advise = ctypes.CDLL(None, use_errno=True).madvise
        found = _CODE.findall(maps.read_text(encoding="utf-8"))
    except (OSError, AttributeError):
        return
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in ((int(low, 16), int(high, 16)) for low, high in found):
        advise(start, end - start, _MADV_DONTNEED)
