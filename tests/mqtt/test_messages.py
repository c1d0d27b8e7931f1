"""Payloads against their schemas."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.mqtt import messages
from edge.mqtt.messages import Info, Message, VerificationEvent
from edge.mqtt.topics import Topics
from edge.mqtt.uuid7 import uuid7
from edge.mqtt.verification import Circumstances, Origin, verification

from .terminal import GALLERY, decision, event, info

STREAM = "0f0e0d0c-0b0a-4908-8706-050403020100"
EXAMPLES: dict[type[Message], Message] = {VerificationEvent: event(STREAM, 7), Info: info()}
KINDS = pytest.mark.parametrize("kind", messages.kinds(), ids=lambda kind: kind.__name__)


@KINDS
def test_every_message_comes_back_as_it_went_and_follows_its_schema(kind):
    assert kind in EXAMPLES, f"add an example of {kind.__name__} to this test"
    payload = messages.encode(EXAMPLES[kind])
    assert messages.decode(payload, kind) == EXAMPLES[kind]
    jsonschema.validate(json.loads(payload), messages.schema(kind))


@KINDS
def test_every_message_refuses_a_field_that_it_does_not_know(kind):
    payload = {**json.loads(messages.encode(EXAMPLES[kind])), "extra": 1}
    with pytest.raises(msgspec.ValidationError, match="extra"):
        messages.decode(json.dumps(payload).encode(), kind)
    with pytest.raises(jsonschema.ValidationError, match="extra"):
        jsonschema.validate(payload, messages.schema(kind))


def test_the_committed_schemas_are_up_to_date(tmp_path):
    made = {file.name: file.read_text() for file in messages.write_schemas(tmp_path)}
    kept = {file.name: file.read_text() for file in messages.SCHEMAS.glob("*.json")}
    assert made == kept, "run: python -m edge.mqtt.messages"


def _event(verdict: str, **more: Any) -> dict[str, Any]:
    now = Circumstances(
        gallery=GALLERY, model="sha256:1", time=datetime(2026, 3, 1, 6, 59, 30, 125400, UTC), time_src="rtc", **more
    )
    made = verification(
        decision(verdict, at=12.3456),
        Origin("home", "door", STREAM),
        now,
        stream=STREAM,
        seq=9,
        event_id=uuid7(1),
    )
    payload: dict[str, Any] = json.loads(messages.encode(made))
    jsonschema.validate(payload, messages.schema(VerificationEvent))
    return payload


CONTRACT = """
v id type event_type site device stream seq boot time time_src mono_ms person name score threshold second gallery model
quality liveness frames latency_ms replayed
"""


def test_all_fields_of_the_contract_are_there():
    assert list(_event("accepted", name="Alice")) == CONTRACT.split()
    assert "name" not in _event("accepted")


def test_an_accepted_person():
    payload = _event("accepted")
    assert payload["person"] == "alice"
    assert payload["second"] == {"person": "bob", "score": 0.21}
    assert payload["time"] == "2026-03-01T06:59:30.125Z"
    assert (payload["mono_ms"], payload["latency_ms"], payload["replayed"]) == (12346, 420, False)
    assert payload["liveness"] == {"decision": "not-checked", "score": None}


@pytest.mark.parametrize("verdict", ["unknown", "spoof"])
def test_nobody_is_named_who_was_not_recognised(verdict):
    payload = _event(verdict, name="Alice")
    assert payload["person"] is None
    assert payload["second"] is None
    assert "name" not in payload
    assert payload["score"] == 0.97


def test_a_replay_keeps_all_else_even_of_another_version():
    payload = messages.encode(event(STREAM, 7))
    changed = json.loads(messages.replayed(payload))
    assert changed == {**json.loads(payload), "replayed": True}
    older = (
        b'{"v":0,"id":"x","type":"verification","site":"a","device":"b","boot":"c","time":"t","mono_ms":1,"old":[1]}'
    )
    assert messages.envelope(older).mono_ms == 1
    assert json.loads(messages.replayed(older))["old"] == [1]


def test_time_is_utc_with_milliseconds():
    east = datetime(2026, 3, 1, 8, 0, 0, 999999, timezone(timedelta(hours=2)))
    assert messages.rfc3339(east) == "2026-03-01T06:00:00.999Z"
    with pytest.raises(ValueError, match="no time zone"):
        messages.rfc3339(datetime(2026, 3, 1))


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_uuid7_is_one_and_sorts_by_time(moment, entropy):
    made = uuid7(moment, entropy)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == moment
    assert uuid7(moment).int >> 80 == moment


@pytest.mark.parametrize(("moment", "entropy"), [(-1, None), (1 << 48, None), (0, b"short")])
def test_uuid7_refuses_what_does_not_fit(moment, entropy):
    with pytest.raises(ValueError, match="allowed"):
        uuid7(moment, entropy)


def test_topics():
    topics = Topics("home", "front-door")
    assert topics.availability == "siamese-edge/1/home/front-door/availability"
    assert topics.info == "siamese-edge/1/home/front-door/info"
    assert topics.event("verification") == "siamese-edge/1/home/front-door/event/verification"
    assert topics.replay("verification") == "siamese-edge/1/home/front-door/replay/verification"


@pytest.mark.parametrize("segment", ["", "A", "a/b", "+", "#", "a" * 33, "ä", "a\n"])
def test_topics_let_no_wildcard_in(segment):
    for make in (
        lambda: Topics(segment, "door"),
        lambda: Topics("home", segment),
        lambda: Topics("a", "b").event(segment),
    ):
        with pytest.raises(ValueError, match="allowed"):
            make()
