"""One line for each thing that happened: a message, and `key=value` pairs out of logging's own `extra`.

    log.info("enrolled", extra={"person": "p-17", "took_ms": 120})

Pictures, embeddings, secrets and names never get into a line, whoever passes them.
"""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any, Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
HIDDEN = "[hidden]"
_SECRET = {"password", "secret", "token", "person_name", "full_name"} | {
    "image",
    "photo",
    "pixels",
    "crop",
    "embedding",
    "vector",
    "payload",
}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PRIORITY = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def setup(level: Level, environment: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Sends all log lines of `level` and above to `stream` (standard error if None), and replaces earlier set-ups.

    Under systemd (JOURNAL_STREAM is set) a line begins with its priority instead of the time, which the journal has.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(journal="JOURNAL_STREAM" in environment))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class LineFormatter(logging.Formatter):
    """Formats a record as one line; a traceback follows in lines of its own, each with the priority."""

    def __init__(self, journal: bool) -> None:
        super().__init__()
        self.converter = time.gmtime
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        pairs = (f"{key}={_value(key, value)}" for key, value in vars(record).items() if key not in _STANDARD)
        line = " ".join([f"{record.levelname.lower()} {record.name}: {_message(record)}", *pairs])
        lines = [line, *(self.formatException(record.exc_info).splitlines() if record.exc_info else ())]
        return "\n".join(self._head(record) + part for part in lines)

    def _head(self, record: logging.LogRecord) -> str:
        if self._journal:
            return f"<{next((number for level, number in _PRIORITY if record.levelno >= level), 7)}>"
        return f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z "


def _message(record: logging.LogRecord) -> str:
    args = record.args
    if isinstance(args, Mapping):
        args = {key: HIDDEN if key in _SECRET else _bare(value) for key, value in args.items()}
    elif args:
        args = tuple(_bare(value) for value in args)
    text = str(record.msg) % args if args else str(_bare(record.msg))
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _value(key: str, value: Any) -> str:
    text = HIDDEN if key in _SECRET else str(_bare(value))
    plain = text and not any(sign.isspace() or sign in '"=' for sign in text)
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _bare(value: Any) -> Any:
    """The value, or in the place of one that carries pixels, numbers of a face, or raw bytes, only its kind."""
    if isinstance(value, bytes | bytearray | memoryview) or _tells_of_a_person(value):
        return f"[{type(value).__name__} hidden]"
    return value


def _tells_of_a_person(value: Any) -> bool:
    array = hasattr(value, "__array__") and getattr(value, "ndim", 1) != 0  # NumPy's single numbers may pass
    holds = any(hasattr(value, sign) for sign in ("pixels", "vector", "crop", "keypoints"))
    return array or holds or (hasattr(value, "person") and hasattr(value, "name"))
