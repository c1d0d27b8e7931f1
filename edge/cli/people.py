"""enrol, people list, people remove: who is in the gallery."""

import argparse
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from edge import commands
from edge.cli.context import OK, configuration, opened, print_json
from edge.gallery.store import Person, Store
from edge.terminal import gallery_file
from edge.vision import bundle
from edge.vision.card import EmbedderCard


def enrol(arguments: argparse.Namespace) -> int:
    """Enrols a person from photos; a running terminal knows them from its next frame on."""
    with opened(arguments) as terminal:
        count = commands.enrol(
            terminal.stack,
            terminal.store,
            terminal.gallery,
            arguments.person,
            arguments.photos,
            arguments.name,
            replace=arguments.replace,
            look_alike=arguments.look_alike,
        )
        terminal.gallery.refresh()
        people, version = terminal.gallery.size, terminal.gallery.version
    answer = {"person": arguments.person, "references": count, "people": people, "gallery_version": version}
    if arguments.json:
        print_json(answer)
    else:
        Console(highlight=False).print(
            f"[bold]{arguments.person}[/] enrolled from {count} photo(s); {people} people in the gallery"
        )
    return OK


def list_people(arguments: argparse.Namespace) -> int:
    """Lists everybody who is enrolled, and who must be re-enrolled after a change of the model."""
    settings = configuration(arguments)
    digest = bundle.load(settings.vision.bundle, EmbedderCard).card.digest
    with Store(gallery_file(settings), settings.gallery.max_people) as store:
        people = store.people(digest)
    if arguments.json:
        print_json([asdict(person) | {"must_re_enrol": person.must_re_enrol} for person in people])
    else:
        _show(people)
    return OK


def remove(arguments: argparse.Namespace) -> int:
    """Removes a person, and overwrites what was kept of them."""
    settings = configuration(arguments)
    with Store(gallery_file(settings), settings.gallery.max_people) as store:
        commands.remove(store, arguments.person)
        version = store.version
    if arguments.json:
        print_json({"person": arguments.person, "removed": True, "gallery_version": version})
    else:
        Console(highlight=False).print(f"[bold]{arguments.person}[/] removed, with all references")
    return OK


def _show(people: list[Person]) -> None:
    if not people:
        Console().print("nobody is enrolled; `siamese-edge enrol PERSON PHOTO` adds somebody")
        return
    table = Table("person", "name", "references", "enrolled", "")
    for person in people:
        note = "must be re-enrolled: the references are of another model" if person.must_re_enrol else ""
        table.add_row(person.id, person.name or "-", str(person.references), person.added, note)
    Console(highlight=False).print(table)
