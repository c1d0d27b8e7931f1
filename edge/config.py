"""config.yaml, typed and checked as a whole. What each key means stands in config.yaml itself, beside the key."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
import yaml
from msgspec import Meta, Struct

from edge.errors import ConfigurationError

Segment = Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Share = Annotated[float, Meta(gt=0, lt=1)]
Seconds = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]


class _Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Camera(_Section, frozen=True):
    source: str = "0"
    width: Annotated[int, Meta(ge=160, le=4096)] = 640
    height: Annotated[int, Meta(ge=120, le=4096)] = 480
    fps: Annotated[float, Meta(gt=0, le=120)] = 15
    rotate: Literal[0, 90, 180, 270] = 0
    mirror: bool = False


class Vision(_Section, frozen=True):
    bundle: str = "face"
    detector: str = "detector"
    landmarks: str = "landmarks"
    runtime: Literal["auto", "ai-edge-litert", "tflite-runtime"] = "auto"
    threads: Annotated[int, Meta(ge=1, le=16)] = 2


class Decision(_Section, frozen=True):
    agreeing_frames: Count = 3
    of_frames: Count = 5
    margin: Annotated[float, Meta(ge=1)] = 3
    false_accept_rate: Share = 0.0008
    threshold: Annotated[float, Meta(gt=0, lt=1)] | None = None
    cooldown_s: Seconds = 10
    unknown_after_frames: Count = 10
    lost_after_s: Seconds = 1
    same_face_overlap: Share = 0.3


class Gallery(_Section, frozen=True):
    max_people: Annotated[int, Meta(ge=1, le=100_000)] = 1000


class Mqtt(_Section, frozen=True):
    enabled: bool = True
    host: Annotated[str, Meta(min_length=1)] = "localhost"
    port: Port = 1883
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    user: str | None = None
    password_file: str | None = None
    keepalive_s: Annotated[int, Meta(ge=5, le=3600)] = 30
    live_for_s: Seconds = 10
    names: bool = False


class Outbox(_Section, frozen=True):
    max_events: Annotated[int, Meta(ge=100)] = 100_000


class Log(_Section, frozen=True):
    level: Literal["debug", "info", "warning", "error"] = "info"


class Configuration(_Section, frozen=True):
    """The whole of config.yaml; every key has a default, so an empty file is valid."""

    site: Segment = "home"
    device: Segment = "door"
    state: str = "/var/lib/siamese-edge"
    camera: Camera = Camera()
    vision: Vision = Vision()
    decision: Decision = Decision()
    gallery: Gallery = Gallery()
    mqtt: Mqtt = Mqtt()
    outbox: Outbox = Outbox()
    log: Log = Log()


def load(file: Path) -> Configuration:
    """The configuration in `file`.

    Raises:
        ConfigurationError: with the file, the key, its value, and what is allowed.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise ConfigurationError(f"{file}: no such file; give its place with --config FILE") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(f"{file}: cannot be read: {fault}") from fault
    return parse(text, str(file))


def parse(text: str, origin: str = "config.yaml") -> Configuration:
    """The configuration that YAML `text` spells; `origin` names it in errors."""
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as fault:  # ValueError: it looks like a date or a number, but is none
        raise ConfigurationError(f"{origin}: not valid YAML: {fault}") from fault
    try:
        found = msgspec.convert(tree if tree is not None else {}, Configuration)
    except msgspec.ValidationError as fault:
        raise ConfigurationError(f"{origin}: {_explained(str(fault), tree)}") from fault
    _check_whole(found, origin)
    return found


def _check_whole(found: Configuration, origin: str) -> None:
    if found.decision.agreeing_frames > found.decision.of_frames:
        raise ConfigurationError(
            f"{origin}: decision.agreeing_frames is {found.decision.agreeing_frames}, "
            f"more than decision.of_frames, which is {found.decision.of_frames}; lower the first or raise the second"
        )


def _explained(message: str, tree: Any) -> str:
    """msgspec's message with the key's name, its value, and for an unknown key the nearest one that exists."""
    place = re.search(r" - at `\$\.?(.*)`$", message)
    path = place[1].split(".") if place and place[1] else []
    what = message[: place.start()] if place else message
    unknown = re.search(r"unknown field `(.+)`", what)
    if unknown:
        return _unknown_key([*path, unknown[1]])
    if what.startswith("Invalid enum value"):
        what = f"allowed are {', '.join(map(str, _choices(path)))}"
    value = tree
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return f"{'.'.join(path) or 'the file'} is {value!r}: {what[0].lower() + what[1:]}"


def _choices(path: list[str]) -> tuple[object, ...]:
    return get_args(get_type_hints(type(_section(path)))[path[-1]])


def _section(path: list[str]) -> Any:
    """The section with its defaults that holds the last key of `path`."""
    section: Any = Configuration()
    for key in path[:-1]:
        section = getattr(section, key)
    return section


def _unknown_key(path: list[str]) -> str:
    allowed = _section(path).__struct_fields__
    near = difflib.get_close_matches(path[-1], allowed, 1)
    hint = f"did you mean {near[0]}?" if near else f"allowed here: {', '.join(allowed)}"
    return f"unknown key {'.'.join(path)}; {hint}"
