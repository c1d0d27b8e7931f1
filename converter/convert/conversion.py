"""From a trained model and pictures to a proved bundle: one path, from top to bottom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from converter.convert import album, card_of, crops, framing, pairing
from converter.convert.album import Album
from converter.convert.bundle_writer import check_place, write_bundle
from converter.convert.card_of import NOTHING_WRITTEN
from converter.convert.crops import Crops
from converter.convert.framing import Crop
from converter.convert.order import Order
from converter.convert.pairing import Pairing
from converter.convert.prove import Parity, Trial, Vectors
from converter.convert.recipe import RECIPES
from converter.convert.running import Bench, Run
from converter.convert.scoring import Scoring, scored
from converter.convert.source import AS_IT_CAME, Attempt, Source
from converter.convert.tflite_source import TfliteSource
from converter.errors import NotProved, WrongUsage
from converter.evaluate.embeddings import Embedded
from converter.evaluate.pairs import Pair, read_pairs
from edge.vision.card import EmbedderCard

_PATIENCE_S = 15.0  # for each runtime with a recipe that was not chosen

T = TypeVar("T")


class Watch(Protocol):
    """Who wants to know how far the work is."""

    def tell(self, step: str) -> None:
        """A step begins."""

    def track(self, items: Sequence[T], what: str) -> Iterable[T]:
        """As `converter.progress.Track`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What every recipe gave, and what the chosen one promises."""

    source: Source
    recipe: str  # the chosen one
    album: Album
    crops: Crops
    pairing: Pairing
    attempts: list[Attempt]
    runs: list[Run]
    embedded: Embedded  # by the chosen recipe
    scoring: Scoring
    parities: list[Parity]  # on `pairing.all`
    card: EmbedderCard  # a draft, if no bundle was written
    refusal: str  # why none was written; empty if one was

    @property
    def measured_pairs(self) -> list[Pair]:
        """Those that figures are of: where a score was fitted, not the ones that it was fitted on."""
        return self.pairing.test if self.scoring.fitted else self.pairing.all


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """All recipes on all runtimes, before anything is concluded."""

    attempts: list[Attempt]
    runs: list[Run]
    reference: Vectors | None


def convert(order: Order, watch: Watch) -> Proof:
    """Writes the bundle if it decides as the trained model does; whether it did stands in the proof's `refusal`.

    Raises:
        WrongUsage, DataUnusable, PairsUnreadable, NothingLearned, NotProved, NotABundle, OSError, and the faults of
        reading a model: then nothing was written.
    """
    check_place(order.out)
    words, pictures = _crop_words(order), _album(order)
    watch.tell(f"opening {order.model}")
    source = _source(order)
    crop = framing.crop(words, source.feed.width, source.feed.height)
    draft = card_of.draft(order, source, crop)
    found = crops.cut(crops.reader(draft), pictures, order.most, watch.track)
    if chosen_recipe(order, source) != AS_IT_CAME:
        crops.check_enough(found, order.recipe)
    pairs = pairing.paired(pictures, found.photos)
    tried = _tried(order, source, found, watch)
    chosen = chosen_recipe(order, source)
    run = _chosen_run(order, chosen, tried)
    embedded = _embedded(found, run)
    head = None if order.recalibrate else source.score
    scoring = scored(embedded, crops.names(found.photos), pairs, source.distance, head, data_name(order))
    trial = _trial(found, pairs, tried, run, scoring, source)
    parities = [parity for one in tried.runs if (parity := trial.parity(one))]
    return _written(
        order,
        Proof(
            source, chosen, pictures, found, pairs, tried.attempts, tried.runs, embedded, scoring, parities, draft, ""
        ),
        crop,
    )


def chosen_recipe(order: Order, source: Source) -> str:
    """The recipe whose file becomes the bundle's; a TFLite file is used as it is."""
    return AS_IT_CAME if source.format == TfliteSource.format else order.recipe.name


def _album(order: Order) -> Album:
    if order.data:
        return album.read(order.data)
    assert order.pairs
    assert order.images
    return album.listed(read_pairs(order.pairs, order.images), order.images, order.most)


def _source(order: Order) -> Source:
    if order.model.suffix == ".tflite":
        return TfliteSource(order)
    from converter.convert.keras_source import KerasSource  # noqa: PLC0415 - importing it is what starts TensorFlow

    return KerasSource(order)


def _crop_words(order: Order) -> str:
    if order.crop:
        framing.crop(order.crop, 1, 1)  # a slip is told before the model is opened
        return order.crop
    raise WrongUsage(
        f"{order.model}: the file does not say what of a picture it was trained to see; give --crop face (found, "
        "turned and scaled), --crop whole, or a fixed part of the camera's picture, such as the tutorial's --crop "
        "centre:200,120,250,250@640x480"
    )


def _tried(order: Order, source: Source, found: Crops, watch: Watch) -> _Tried:
    chosen = chosen_recipe(order, source)
    tried = _Tried([], [], source.reference(found.pixels, watch.track))
    with Bench(found.pixels, source.feed, order.threads) as bench:
        wanted = [chosen] if order.quick else list(RECIPES)
        for attempt in source.attempts(found.pixels, wanted, watch.track):
            tried.attempts.append(attempt)
            watch.tell(f"{attempt.recipe}: {attempt.fault or f'{len(attempt.content) / 1e6:.1f} MB'}")
            if not attempt.fault:
                patience = float("inf") if attempt.recipe == chosen else _PATIENCE_S
                tried.runs.extend(bench.runs(attempt.recipe, attempt.content, patience))
        watch.tell("timing all of them in turns")
        return replace(tried, runs=bench.timed(tried.runs))


def _chosen_run(order: Order, chosen: str, tried: _Tried) -> Run:
    """The chosen recipe on the runtime that is preferred of those that run it."""
    for run in tried.runs:
        if run.recipe == chosen and run.vectors is not None:
            return run
    faults = [attempt.fault for attempt in tried.attempts if attempt.recipe == chosen and attempt.fault]
    faults += [f"{run.runtime}: {run.fault}" for run in tried.runs if run.recipe == chosen]
    raise NotProved(
        f"{order.model}: {chosen} runs on no runtime that is installed here ({'; '.join(faults)}); take another "
        "--recipe"
    )


def _embedded(found: Crops, run: Run) -> Embedded:
    assert run.vectors is not None
    vectors = {photo.path: vector for photo, vector in zip(found.photos, run.vectors, strict=True)}
    return Embedded(vectors, [photo.path for photo in found.failures])


def _trial(found: Crops, pairs: Pairing, tried: _Tried, run: Run, scoring: Scoring, source: Source) -> Trial:
    """Against the trained tower; where there is only a TFLite file, against what the preferred runtime gives."""
    number = {photo.path: n for n, photo in enumerate(found.photos)}
    rows = np.array([(number[pair.first], number[pair.second]) for pair in pairs.all], np.intp)
    reference = run.vectors if tried.reference is None else tried.reference
    assert reference is not None
    return Trial(reference, rows, source.distance, scoring.calibration, scoring.rules)


def _written(order: Order, proof: Proof, crop: Crop) -> Proof:
    """The proof with the written card, or with the reason why there is none."""
    of_chosen = [parity for parity in proof.parities if parity.run.recipe == proof.recipe]
    proved = {parity.run.runtime for parity in of_chosen if parity.decided_differently <= order.max_flips}
    describe = card_of.describer(order, proof.source, crop, proof.scoring, data_name(order), proved)
    if not proved:
        return replace(proof, card=describe(NOTHING_WRITTEN), refusal=_refusal(order, proof.recipe, of_chosen))
    (content,) = (attempt.content for attempt in proof.attempts if attempt.recipe == proof.recipe)
    card = write_bundle(order.out, content, order.recipe.min_cosine, describe)
    return replace(proof, card=card)


def _refusal(order: Order, chosen: str, parities: list[Parity]) -> str:
    found = "; ".join(
        f"{parity.decided_differently:.2%} of {parity.pairs:,} pairs on {parity.run.runtime}" for parity in parities
    )
    return (
        f"{chosen} decides otherwise than the trained model: {found}; at most {order.max_flips:.2%} are allowed "
        "(--max-flips). No bundle was written; take --recipe float16, or give more and more varied --data"
    )


def data_name(order: Order) -> str:
    """The pictures, as the card names them."""
    if order.data:
        return order.data.resolve().name
    assert order.pairs
    return order.pairs.name
