"""What the process knows of itself and its machine, and how it tells systemd."""

import ctypes
import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

log = logging.getLogger(__name__)

ClockSource = Literal["ntp", "rtc", "unsynced"]
_STA_UNSYNC = 0x40
_TICK_S = 5.0


class Systemd:
    """Talks to systemd over NOTIFY_SOCKET. Without one (not started by systemd) it says nothing. Never raises."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address
        self._watchdog_s = watchdog_s

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Systemd":
        """As systemd has told this process in its environment variables."""
        microseconds = environment.get("WATCHDOG_USEC", "")
        watched = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog_s = int(microseconds) / 1e6 if microseconds.isdigit() and watched else None
        return cls(environment.get("NOTIFY_SOCKET") or None, watchdog_s)

    @property
    def interval_s(self) -> float:
        """How often to call `alive`, in seconds: thrice within the watchdog's time."""
        return min(_TICK_S, self._watchdog_s / 3) if self._watchdog_s else _TICK_S

    def ready(self) -> None:
        """All workers run."""
        self._say("READY=1")

    def stopping(self) -> None:
        """The end has begun."""
        self._say("STOPPING=1")

    def alive(self) -> None:
        """Feeds the watchdog."""
        self._say("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._say("STATUS=" + " ".join(text.splitlines()))

    def _say(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.settimeout(1)
                sock.sendto(message.encode(), self._address)
        except OSError as fault:
            log.warning("systemd cannot be told %s: %s", message, fault)


def boot_id(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """The kernel's identifier of this boot; monotonic times are comparable within it only."""
    return file.read_text(encoding="ascii").strip()


def resident_bytes(file: Path = Path("/proc/self/status")) -> int:
    """The memory that this process occupies now, in bytes; 0 where the kernel does not tell."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def clock_source(root: Path = Path("/")) -> ClockSource:
    """Where wall time comes from: `ntp`, `rtc` (a clock with a battery set it), or `unsynced` (not to be trusted)."""
    if _kernel_synchronised() or (root / "run/systemd/timesync/synchronized").exists():
        return "ntp"
    try:
        set_by_rtc = (root / "sys/class/rtc/rtc0/hctosys").read_text(encoding="ascii").strip() == "1"
    except OSError:
        set_by_rtc = False
    return "rtc" if set_by_rtc else "unsynced"


class _Timex(ctypes.Structure):
    """The head of the kernel's struct timex; the rest is only room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _kernel_synchronised() -> bool:
    found = _Timex()  # modes 0: only reads
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        return False
    return bool(state >= 0 and not found.status & _STA_UNSYNC)
