"""verify, identify, embed: still photos, without a camera."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from edge.camera.photos import photo_paths, read_photo
from edge.cli.context import FAULT, OK, Opened, configuration, opened, print_json, progress, warn
from edge.decision.session import judged
from edge.errors import LowQuality, PhotoUnreadable, SiameseEdgeError, StorageFault
from edge.terminal import threshold_rule
from edge.types import Embedding, Match
from edge.vision import stack as vision
from edge.vision.similarity import distances, score
from edge.vision.stack import Stack

SAME, DIFFERENT, COULD_NOT_TELL = 0, 1, 2


def verify(arguments: argparse.Namespace) -> int:
    """Compares two photos. Exit status: 0 same, 1 different, 2 could not tell."""
    settings = configuration(arguments)
    stack = vision.build(settings.vision)
    threshold = threshold_rule(settings.decision, stack.card)(1)
    answer: dict[str, Any] = {"score": None, "verdict": "could_not_tell", "reason": "", "threshold": threshold.score}
    try:
        first, second = (_probe(stack, photo) for photo in (arguments.first, arguments.second))
    except SiameseEdgeError as fault:
        answer |= {"reason": fault.code, "detail": str(fault)}
        _show_verification(arguments, answer)
        return COULD_NOT_TELL
    distance = float(distances(first.vector, second.vector[np.newaxis], stack.card.distance)[0])
    found = float(score(distance, stack.card.score))
    same = threshold.met_by(found, distance)
    verdict, reason = ("same", "match") if same else ("different", "below_threshold")
    answer |= {"score": found, "distance": distance, "verdict": verdict, "reason": reason}
    _show_verification(arguments, answer)
    return SAME if same else DIFFERENT


def identify(arguments: argparse.Namespace) -> int:
    """Finds out whom each photo shows. Exit status: 0, or 1 if a photo could not be judged."""
    with opened(arguments) as terminal:
        answers = [_identified(terminal, photo) for photo in progress(_photos(arguments.photos), "identifying")]
    if arguments.json:
        print_json(answers)
    else:
        _show_identifications(answers)
    return FAULT if any(answer["verdict"] == "failed" for answer in answers) else OK


def embed(arguments: argparse.Namespace) -> int:
    """Writes the embedding of each photo's central face. Exit status: 0, or 1 if a photo gave none."""
    stack = vision.build(configuration(arguments).vision)
    vectors, paths, photos = [], [], _photos(arguments.photos)
    for photo in progress(photos, "embedding"):
        try:
            sample = stack.reader.central(read_photo(photo))
        except SiameseEdgeError as fault:
            warn(fault)
            continue
        if sample is None:
            warn(f"{photo}: no face found; left out")
            continue
        vectors.append(stack.embedder.embed(sample.crop).vector)
        paths.append(str(photo))
    embeddings = np.stack(vectors) if vectors else np.empty((0, stack.card.dimensions), np.float32)
    _save(arguments.out, embeddings=embeddings, paths=np.array(paths), model=np.array(stack.card.digest))
    answer = {"out": str(arguments.out), "embedded": len(paths), "failed": len(photos) - len(paths)}
    if arguments.json:
        print_json(answer)
    else:
        Console(highlight=False).print(
            f"{len(paths)} embeddings in {arguments.out}, {answer['failed']} photos gave none"
        )
    return FAULT if answer["failed"] else OK


def _photos(named: Sequence[Path]) -> list[Path]:
    """The photos named, a folder standing for those in it.

    Raises:
        PhotoUnreadable: a folder holds none.
    """
    return [photo for path in named for photo in (_in_folder(path) if path.is_dir() else [path])]


def _in_folder(folder: Path) -> list[Path]:
    found = photo_paths(folder)
    if not found:
        raise PhotoUnreadable(f"{folder}: no photos in this folder; name another, or put JPEG or PNG files into it")
    return found


def _save(file: Path, **arrays: NDArray[Any]) -> None:
    try:
        with file.open("wb") as out:  # given a name, NumPy would hang .npz onto one that lacks it
            np.savez(out, **arrays)
    except OSError as fault:
        raise StorageFault(f"{file}: {fault.strerror}; choose another place with --out") from fault


def _probe(stack: Stack, photo: Path) -> Embedding:
    sample = stack.probe_portrait(read_photo(photo), str(photo))
    if not sample.quality.sufficient:
        raise LowQuality(f"{photo}: the face is {'; '.join(sample.quality.reasons)}")
    return stack.embedder.embed(sample.crop)


def _identified(terminal: Opened, photo: Path) -> dict[str, Any]:
    answer = {"photo": str(photo), "verdict": "failed", "person": None, "score": None, "second": None}
    try:
        match = terminal.gallery.index.nearest(_probe(terminal.stack, photo))
    except SiameseEdgeError as fault:
        return answer | {"reason": fault.code, "detail": str(fault)}
    person, reason = judged(match, terminal.gallery.threshold, terminal.settings.decision.margin)
    return answer | {
        "verdict": "accepted" if person else "unknown",
        "person": person,
        "score": match.score if match else None,
        "second": _second(match),
        "reason": reason,
    }


def _second(match: Match | None) -> dict[str, Any] | None:
    if match is None or match.runner_up is None:
        return None
    return {"person": match.runner_up.person, "score": match.runner_up.score}


def _show_verification(arguments: argparse.Namespace, answer: dict[str, Any]) -> None:
    if arguments.json:
        print_json(answer)
        return
    if answer["verdict"] == "could_not_tell":
        warn(f"could not tell: {answer['detail']}")
        return
    Console(highlight=False).print(
        f"[bold]{answer['verdict']}[/]: score {answer['score']:.4f}, threshold {answer['threshold']:.4f}"
    )


def _show_identifications(answers: list[dict[str, Any]]) -> None:
    table = Table("photo", "verdict", "person", "score", "second best", "reason")
    for answer in answers:
        second = answer["second"]
        table.add_row(
            answer["photo"],
            answer["verdict"],
            answer["person"] or "-",
            f"{answer['score']:.4f}" if answer["score"] is not None else "-",
            f"{second['person']} {second['score']:.4f}" if second else "-",
            answer.get("detail", answer["reason"]),
        )
    Console(highlight=False).print(table)
