"""What people can use is written down: commands, options, configuration keys, topics."""

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
import yaml

from edge.config import Configuration
from edge.mqtt.messages import SCHEMAS
from edge.mqtt.topics import Topics

ROOT = Path(__file__).parents[1]
PROGRAMS = {"siamese-edge": "edge.__main__", "siamese-convert": "converter.__main__"}


def pages() -> str:
    """All that people are given to read."""
    return "\n".join(page.read_text() for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))])


def page(name: str) -> str:
    file = ROOT / "docs" / name
    return file.read_text() if file.exists() else ""


def parsers(program: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """A program and all its subcommands, by what one types."""
    yield program, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for verb, nested in action.choices.items():
                yield from parsers(f"{program} {verb}", nested)


def commands() -> list[tuple[str, argparse.ArgumentParser]]:
    return [
        found for program, module in PROGRAMS.items() for found in parsers(program, import_module(module)._parser())
    ]


def keys(tree: dict[str, object], path: str = "") -> Iterator[str]:
    """The configuration's keys with their sections: `camera.source`."""
    for key, value in tree.items():
        yield from keys(value, f"{path}{key}.") if isinstance(value, dict) else [f"{path}{key}"]


def commented_keys(text: str) -> set[str]:
    """The keys in config.yaml that a comment directly above them, or above the keys they stand with, explains."""
    found, section, explained = set(), "", False
    for line in text.splitlines():
        key = re.match(r"( *)([a-z_]+):(.*)", line)
        if line.lstrip().startswith("#"):
            explained = True
        elif not line.strip():
            explained = False
        elif key:
            indent, name, value = key.groups()
            if not indent and not value.strip():
                section, explained = f"{name}.", False
            elif explained:
                found.add(f"{section if indent else ''}{name}")
    return found


def test_every_command_is_described():
    text = pages()
    missing = [words for words, _ in commands() if words not in text]
    assert not missing, f"in neither README.md nor docs/: {missing}"


def test_every_option_is_described():
    text = pages()
    options = {
        (words, option)
        for words, parser in commands()
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    missing = sorted({option for _, option in options if not re.search(rf"{re.escape(option)}(?![a-z-])", text)})
    assert not missing, f"in neither README.md nor docs/: {missing}"


def test_every_configuration_key_is_explained():
    known = set(keys(msgspec.to_builtins(Configuration())))
    text = page("configuration.md")
    missing = sorted(known - commented_keys((ROOT / "config.yaml").read_text()) - {key for key in known if key in text})
    assert not missing, f"neither in docs/configuration.md nor explained in config.yaml: {missing}"


def test_config_yaml_holds_every_key_with_its_default():
    written = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert sorted(keys(written)) == sorted(keys(msgspec.to_builtins(Configuration())))
    assert msgspec.convert(written, Configuration) == Configuration()


def test_every_topic_is_described():
    topics, text = Topics("home", "door"), page("mqtt.md")
    kinds = [file.stem.removesuffix("-event") for file in SCHEMAS.glob("*-event.json")]
    in_use = [
        topics.availability,
        topics.info,
        *map(topics.event, kinds),
        *map(topics.replay, kinds),
    ]
    leaves = [topic.removeprefix(f"{topics.root}/") for topic in in_use]
    missing = [leaf for leaf in leaves if leaf not in text]
    assert kinds
    assert not missing, f"not in docs/mqtt.md: {missing}"


@pytest.mark.parametrize("file", [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md"], ids=lambda file: file.name)
def test_links_to_files_of_the_project_lead_somewhere(file: Path):
    targets = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", file.read_text())
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in local if not (file.parent / target).exists()]
    assert not missing, f"{file.name} links to what is not there: {missing}"
