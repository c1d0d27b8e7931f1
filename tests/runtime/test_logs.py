"""Lines of the log, and what must never be in one."""

import io
import logging
import re

import numpy as np
import pytest

from edge.runtime import logs
from edge.types import Embedding, Frame


@pytest.fixture
def lines():
    """Returns a function that sets the log up and gives what was written."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()

    def written(environment=None, level="info"):
        logs.setup(level, environment or {}, stream)
        return stream

    # basicConfig(force=True) closes what it replaces; pytest's own handlers must live on
    root.handlers = []
    yield written
    root.handlers, root.level = before, level


def test_a_line_is_time_level_place_message_and_pairs(lines):
    stream = lines()
    logging.getLogger("edge.test").info("enrolled %s", "p-17", extra={"took_ms": 12.5, "why": 'a "b" c', "none": None})
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info edge\.test: enrolled p-17 took_ms=12\.5 "
        r'why="a \\"b\\" c" none=None\n',
        stream.getvalue(),
    )


@pytest.mark.parametrize(
    ("level", "number"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3), ("critical", 2)]
)
def test_the_journal_gets_priorities(lines, level, number):
    stream = lines({"JOURNAL_STREAM": "8:1"}, "debug")
    getattr(logging.getLogger("edge"), level)("hello")
    assert stream.getvalue() == f"<{number}>{level} edge: hello\n"


def test_levels_below_are_left_out(lines):
    stream = lines(level="warning")
    logging.getLogger("edge").info("hello")
    assert not stream.getvalue()


def test_a_message_cannot_forge_a_line(lines):
    stream = lines()
    logging.getLogger("edge").info("person %s", "x\n2026 error edge: forged", extra={"why": "a\nb"})
    assert len(stream.getvalue().splitlines()) == 1


def test_each_line_of_a_traceback_has_the_priority(lines):
    stream = lines({"JOURNAL_STREAM": "8:1"})
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logging.getLogger("edge").exception("failed")
    written = stream.getvalue().splitlines()
    assert len(written) > 3
    assert all(line.startswith("<3>") for line in written)


ARRAY = np.full((2, 3, 3), 77, np.uint8)


class Person:
    person, name = "p-17", "Alice 77"

    def __repr__(self) -> str:
        return self.name


@pytest.mark.parametrize(
    "value",
    [ARRAY, b"\x4d 77", Frame(ARRAY, 0.0, 1), Embedding(np.full(3, 77, np.float32), "m"), Person()],
    ids=lambda value: type(value).__name__,
)
def test_pictures_embeddings_and_names_never_get_in(lines, value):
    stream = lines()
    log = logging.getLogger("edge")
    log.info("value %s", value)
    log.info("value %(it)s", {"it": value})
    log.info(value)
    log.info("value", extra={"it": value})
    assert "77" not in stream.getvalue()
    assert stream.getvalue().count("hidden") == 4


def test_secrets_never_get_in(lines):
    stream = lines()
    logging.getLogger("edge").info("signed in", extra={"password": "hunter2", "user": "door"})
    logging.getLogger("edge").info("signed in %(password)s", {"password": "hunter2"})
    assert "hunter2" not in stream.getvalue()
    assert "user=door" in stream.getvalue()


def test_single_numbers_of_numpy_may_pass(lines):
    stream = lines()
    logging.getLogger("edge").info("score %.2f", np.float32(0.5), extra={"threshold": np.float32(0.25)})
    assert "score 0.50 threshold=0.25" in stream.getvalue()
