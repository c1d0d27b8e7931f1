"""The card of a converted model."""

import platform
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from converter.convert import framing
from converter.convert.bundle_writer import Written
from converter.convert.framing import Crop
from converter.convert.order import Order
from converter.convert.scoring import Scoring
from converter.convert.source import Source
from converter.errors import NotProved, WrongUsage
from edge.vision.card import FORMAT, Calibration, EmbedderCard, File, Golden, Provenance

MOST_DIMENSIONS = 4096

NOTHING_WRITTEN = Written(File("model.tflite", "0" * 64), Golden(File("golden.npz", "0" * 64), 0), [])
"""In place of files that are not there yet."""


def draft(order: Order, source: Source, crop: Crop) -> EmbedderCard:
    """The card before anything is measured: enough to cut crops by, never written.

    Raises:
        WrongUsage: the embedding is longer than a card allows.
    """
    if source.dimensions > MOST_DIMENSIONS:
        raise WrongUsage(
            f"{order.model}: the tower gives {source.dimensions} numbers, a card allows {MOST_DIMENSIONS}; name a "
            "smaller part of the model with --tower, one that ends in a dense layer or in pooling"
        )
    return EmbedderCard(
        format=FORMAT,
        name=order.name,
        version="1",
        description="",
        model=NOTHING_WRITTEN.model,
        input=source.feed,
        golden=NOTHING_WRITTEN.golden,
        runtimes=[],
        provenance=Provenance("", "", "", "0" * 64, "", "", ""),
        evaluation=[],
        dimensions=source.dimensions,
        crop=crop,
        mirror=False,  # neither does the trained twin
        unit_length=False,
        distance=source.distance,
        score=Calibration(1, 0, 0.5, "", 0, 0, 0),
        operating_points=[],
        quality=framing.limits(crop),
    )


def describer(
    order: Order, source: Source, crop: Crop, scoring: Scoring, data: str, proved: set[str]
) -> Callable[[Written], EmbedderCard]:
    """Makes the card once the files are written; of the runtimes, those on which decisions were proved."""
    plain, provenance = draft(order, source, crop), _provenance(order, source, data)

    def describe(written: Written) -> EmbedderCard:
        runtimes = [proof for proof in written.runtimes if proof.runtime in proved]
        if written.runtimes and not runtimes:
            raise NotProved(f"the golden output is right only where decisions are not: {written.runtimes}")
        fields = {name: getattr(plain, name) for name in EmbedderCard.__struct_fields__}
        fields |= {
            "description": f"{order.model.name} ({source.format}), {order.recipe.name}",
            "model": written.model,
            "golden": written.golden,
            "runtimes": runtimes,
            "provenance": provenance,
            "evaluation": [scoring.evaluation],
            "score": scoring.calibration,
            "operating_points": scoring.claims.points,
        }
        return EmbedderCard(**fields)

    return describe


def _provenance(order: Order, source: Source, data: str) -> Provenance:
    tools = [f"{name} {found}" for name in ("tensorflow", "keras") if (found := _version(name))]
    return Provenance(
        origin=f"your own model, {order.model.name}",
        package="your own file",
        version=source.format,
        source_sha256=digest(order.model),
        licence=order.licence,
        trained_on=order.trained_on,
        made_with=", ".join(["siamese-convert convert", *tools, platform.machine()]),
        calibrated_on=data,
    )


def digest(model: Path) -> str:
    """The sha256 of a file; of a folder, over the names and contents of all files in it."""
    if model.is_file():
        return sha256(model.read_bytes()).hexdigest()
    whole = sha256()
    for file in sorted(path for path in model.rglob("*") if path.is_file()):
        whole.update(f"{file.relative_to(model)}\0".encode() + sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
