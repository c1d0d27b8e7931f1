"""What the terminal says over MQTT, one class a message. The JSON Schemas in `schemas/` are made from these classes."""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Segment = Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$")]
Person = Annotated[str, Meta(pattern="^[a-z0-9-]{1,64}$")]
Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Uuid7 = Annotated[str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Time = Annotated[
    str,
    Meta(
        description="RFC 3339, UTC, milliseconds",
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
        examples=["2026-03-01T06:59:30.125Z"],
    ),
]
Share = Annotated[float, Meta(ge=0, le=1)]
Natural = Annotated[int, Meta(ge=0)]
ClockSource = Literal["ntp", "rtc", "unsynced"]

SCHEMAS = Path(__file__).parent / "schemas"


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A value inside a message."""


class Message(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole payload. Every subclass has a schema of its own."""


class RunnerUp(Part, frozen=True, kw_only=True):
    person: Person
    score: Share


class GalleryState(Part, frozen=True, kw_only=True):
    """The gallery that a decision was made against."""

    version: Natural
    size: Annotated[int, Meta(ge=0, description="people")]


class SampleQuality(Part, frozen=True, kw_only=True):
    size: Annotated[float, Meta(description="pixels between the outer eye corners")]
    sharpness: Annotated[float, Meta(description="variance of the Laplacian")]
    light: Annotated[float, Meta(ge=0, le=255, description="mean luminance")]
    contrast: Annotated[float, Meta(ge=0, description="standard deviation of the luminance")]
    yaw: Annotated[float, Meta(description="0 looks straight, +-1 is a profile")]
    pitch: Annotated[float, Meta(description="0 looks straight, positive looks down")]


class Liveness(Part, frozen=True, kw_only=True):
    decision: Literal["pass", "fail", "not-checked"] = "not-checked"
    score: Share | None = None


class VerificationEvent(Message, frozen=True, kw_only=True):
    """One decision about one face. Deduplicate on (stream, seq), and order by seq: the clock may have been wrong."""

    v: Literal[1] = 1
    id: Uuid7
    type: Literal["verification"] = "verification"
    event_type: Literal["accepted", "rejected", "unknown", "spoof"]
    site: Segment
    device: Segment
    stream: Annotated[Uuid, Meta(description="made with the terminal's database")]
    seq: Annotated[int, Meta(ge=1, description="strictly increasing within the stream; a gap is a loss")]
    boot: Annotated[Uuid, Meta(description="the kernel's boot id, to which mono_ms belongs")]
    time: Time
    time_src: ClockSource
    mono_ms: Annotated[int, Meta(ge=0, description="monotonic milliseconds at the decision")]
    person: Person | None
    name: Annotated[str, Meta(description="only where mqtt.names is true")] | UnsetType = UNSET
    score: Annotated[float, Meta(ge=0, le=1, description="the chance that both are the same person")] | None
    threshold: Share
    second: RunnerUp | None
    gallery: GalleryState
    model: Annotated[str, Meta(description="the model's digest")]
    quality: SampleQuality
    liveness: Liveness
    frames: Natural
    latency_ms: Annotated[int, Meta(ge=0, description="from the first sight of the face to the decision")]
    replayed: Annotated[bool, Meta(description="true when delivered late, on a replay topic")] = False


class ModelName(Part, frozen=True, kw_only=True):
    digest: str
    name: str


class Info(Message, frozen=True, kw_only=True):
    """What this terminal is; retained, and published on every connect."""

    v: Literal[1] = 1
    site: Segment
    device: Segment
    versions: Annotated[dict[str, str], Meta(description="of the program, the interpreter and the system")]
    boot: Uuid
    started: Time
    model: ModelName
    gallery: GalleryState
    schema_version: Annotated[int, Meta(ge=1)] = 1
    time_src: ClockSource


class Envelope(Struct, frozen=True):
    """The part of any stored event that delivery needs. Lenient, so that an upgrade can deliver an old backlog."""

    id: str
    type: str
    site: str
    device: str
    boot: str
    time: str
    mono_ms: int


M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """`message` as JSON in UTF-8."""
    return msgspec.json.encode(message)


def decode(payload: bytes, kind: type[M]) -> M:
    """`payload` as a `kind`.

    Raises:
        msgspec.ValidationError: a field is missing, unknown, of another type or out of range.
        msgspec.DecodeError: it is not JSON.
    """
    return msgspec.json.decode(payload, type=kind)


def envelope(payload: bytes) -> Envelope:
    """The part of a stored event that delivery needs.

    Raises:
        msgspec.DecodeError: it is not JSON, or lacks one of the fields.
    """
    return msgspec.json.decode(payload, type=Envelope)


def replayed(payload: bytes) -> bytes:
    """The same event, marked as delivered late. Works on the bare JSON, so that older events pass through whole."""
    return msgspec.json.encode({**msgspec.json.decode(payload), "replayed": True})


def rfc3339(moment: datetime) -> str:
    """`moment` in UTC with milliseconds.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; use datetime.now(UTC)")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def kinds() -> list[type[Message]]:
    """Every message class."""
    return Message.__subclasses__()


def schema_name(kind: type[Message]) -> str:
    """`VerificationEvent` -> `verification-event.json`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower() + ".json"


def schema(kind: type[Message]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a message class."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def write_schemas(folder: Path) -> list[Path]:
    """Writes one file a message class into `folder`, and returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in kinds():
        file = folder / schema_name(kind)
        file.write_text(json.dumps(schema(kind), indent=2) + "\n", encoding="utf-8")
        files.append(file)
    return files


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m edge.mqtt.messages", description="Writes the JSON Schemas.")
    parser.add_argument("--schemas", type=Path, default=SCHEMAS, metavar="DIR", help="default: %(default)s")
    for file in write_schemas(parser.parse_args().schemas):
        print(file)


if __name__ == "__main__":
    _main()
