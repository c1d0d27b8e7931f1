"""Measures what the quality limits in the face bundle's card rest on, and prints it as Markdown tables.

    python tests/measure/quality_limits.py [--probes 1100] [--only NAME ...]

1. How each quality measure is distributed over good portraits, over pictures of people in public, and over clips.
2. How the true match rate falls, at the distance that the card gives for a false match rate of 1e-3, when the probe of
   a mated pair is made smaller, blurred, darker, brighter or flatter, or looks away. The reference stays as it is.
   A picture in which no face is found counts as not matched. The false match rate beside it is that of the same
   probes against the references of all other people.

It reads LFW View 1, the London set and the clips from the folder that SIAMESE_EDGE_DATA names.
"""

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice, pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from converter.evaluate.pairs import read_pairs
from edge import config
from edge.camera.photos import photo_paths, read_photo
from edge.types import Pixels, Quality, Sample
from edge.vision import stack
from edge.vision.quality import judged
from edge.vision.similarity import distances

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SIAMESE_EDGE_DATA", ROOT / "../shared/data"))
MEASURES = ("size", "sharpness", "light", "contrast", "yaw", "pitch")
PERCENTILES = (1, 5, 50, 95, 99)
RATE = 1e-3

Degrade = Callable[[Pixels, float, float], Pixels]
"""Takes a picture, the size of the face in it, and how much."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture's subject, as far as one was found."""

    quality: Quality
    vector: NDArray[np.float32]


@cache
def _stack() -> stack.Stack:
    cv2.setNumThreads(1)
    return stack.build(config.Vision(threads=1))


def smaller(pixels: Pixels, size: float, to: float) -> Pixels:
    return pixels if to >= size else cv2.resize(pixels, None, fx=to / size, fy=to / size, interpolation=cv2.INTER_AREA)


def blurred(pixels: Pixels, size: float, share: float) -> Pixels:
    """By a Gaussian whose sigma is `share` of the face's size."""
    return cv2.GaussianBlur(pixels, (0, 0), share * size)


def darker(pixels: Pixels, size: float, factor: float) -> Pixels:
    """Fewer photons: darker, and with the noise that an amplified picture has."""
    noise = np.random.default_rng(0).normal(0, 2, pixels.shape)
    return np.clip(pixels * factor + noise, 0, 255).astype(np.uint8)


def brighter(pixels: Pixels, size: float, factor: float) -> Pixels:
    return np.clip(pixels * np.float32(factor), 0, 255).astype(np.uint8)


def flatter(pixels: Pixels, size: float, factor: float) -> Pixels:
    return np.clip((pixels - 128.0) * factor + 128, 0, 255).astype(np.uint8)


SERIES: dict[str, tuple[Degrade, tuple[float, ...]]] = {
    "smaller, to size": (smaller, (60, 50, 40, 35, 30, 27, 24, 20, 16, 12)),
    "blurred, sigma / size": (blurred, (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1)),
    "darker, times": (darker, (0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05)),
    "brighter, times": (brighter, (1.3, 1.6, 2, 2.5, 3, 4)),
    "flatter, times": (flatter, (0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08)),
}


def _central(pixels: Pixels) -> Sample | None:
    return _stack().reader.central(pixels)


def _seen(pixels: Pixels) -> Seen | None:
    sample = _central(pixels)
    return None if sample is None else Seen(sample.quality, _stack().embedder.embed(sample.crop).vector)


def look(photo: Path) -> Seen | None:
    return _seen(read_photo(photo))


def look_degraded(series: str, amount: float, photo: Path) -> Seen | None:
    pixels = read_photo(photo)
    whole = _central(pixels)
    return None if whole is None else _seen(SERIES[series][0](pixels, whole.quality.size, amount))


def clip_qualities(clip: Path, every: int) -> list[Quality]:
    """Of all faces in each `every`-th frame."""
    video = cv2.VideoCapture(str(clip))
    frames = (frame for ok, frame in iter(video.read, (False, None)) if ok)
    return [
        sample.quality
        for frame in islice(frames, 0, None, every)
        for sample in _stack().reader.samples(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    ]


def distributions(pool: ProcessPoolExecutor) -> None:
    london = [p for name in ("neutral", "smiling") for p in photo_paths(DATA / "faces-london" / name)]
    lfw = sorted((DATA / "lfw-view1/images").glob("*/*.jpg"))[::10][:500]
    standing = sorted((DATA / "clips/standing").glob("*.mkv"))
    _print_distribution("London, neutral and smiling", [s.quality for s in pool.map(look, london, chunksize=16) if s])
    _print_distribution("LFW View 1, every 10th", [s.quality for s in pool.map(look, lfw, chunksize=16) if s])
    _print_distribution("clips/hamilton", clip_qualities(DATA / "clips/hamilton/short_hamilton_clip.mp4", 1))
    in_clips = pool.map(partial(clip_qualities, every=10), standing)
    _print_distribution("clips/standing", [quality for clip in in_clips for quality in clip])


def _print_distribution(name: str, qualities: list[Quality]) -> None:
    limits = _stack().card.quality
    print(f"\n{name}: {len(qualities)} faces\n")
    print("| measure | " + " | ".join(f"{p} %" for p in PERCENTILES) + " |")
    print("|---" * (len(PERCENTILES) + 1) + "|")
    for measure in MEASURES:
        values = np.percentile([getattr(quality, measure) for quality in qualities], PERCENTILES)
        print(f"| {measure} | " + " | ".join(f"{value:.3g}" for value in values) + " |")
    for use, limit in (("enrol", limits.enrol), ("probe", limits.probe)):
        refused: dict[str, int] = {}
        for quality in qualities:
            for reason in judged(quality, limit).reasons:
                refused[reason] = refused.get(reason, 0) + 1
        print(f"\nrefused by the {use} limits: {refused or 'none'}")
    sys.stdout.flush()


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """References and probes of mated pairs, row by row, and the distance up to which they match."""

    references: list[Seen]
    probes: list[Path]
    people: NDArray[np.str_]
    limit: float

    def rates(self, found: list[Seen | None]) -> tuple[float, float]:
        """TMR, and FMR against everybody else's references."""
        matrix = np.stack([reference.vector for reference in self.references])
        mated = false = trials = 0
        for row, probe in enumerate(found):
            others = self.people != self.people[row]
            trials += int(others.sum())
            if probe is None:
                continue
            near = distances(probe.vector, matrix, _stack().card.distance) <= self.limit
            mated += int(near[row])
            false += int(near[others].sum())
        return mated / len(found), false / trials


def trial(pool: ProcessPoolExecutor, most: int) -> Trial:
    folder = DATA / "lfw-view1"
    pairs = [pair for pair in read_pairs(folder / "pairsDevTrain.txt", folder / "images") if pair.mated][:most]
    references = list(pool.map(look, [pair.first for pair in pairs], chunksize=16))
    kept = [(pair, seen) for pair, seen in zip(pairs, references, strict=True) if seen]
    point = min(_stack().card.operating_points, key=lambda p: abs(np.log(p.false_match_rate / RATE)))
    people = np.array([pair.identities[0] for pair, _ in kept])
    return Trial([seen for _, seen in kept], [pair.second for pair, _ in kept], people, point.distance)


def degradations(pool: ProcessPoolExecutor, over: Trial, only: list[str]) -> None:
    whole = list(pool.map(look, over.probes, chunksize=16))
    full, fmr = over.rates(whole)
    print(
        f"\n{len(over.probes)} mated pairs, distance {over.limit:.4f}: whole pictures TMR {full:.3f}, FMR {fmr:.1e}\n"
    )
    print("| probe | found | size | sharpness | light | contrast | insufficient | TMR | of whole | FMR |")
    print("|---" * 10 + "|", flush=True)
    for name, (_, amounts) in SERIES.items():
        for amount in amounts if not only or any(name.startswith(word) for word in only) else ():
            found = list(pool.map(partial(look_degraded, name, amount), over.probes, chunksize=16))
            _print_row(f"{name} {amount:g}", over, found, full)
    print("\n| pose of the probe | pairs | TMR |\n|---|---|---|")
    for low, high in pairwise((0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1)):
        _print_bin("yaw, either way", low, high, over, whole, lambda quality: abs(quality.yaw))
    for low, high in pairwise((-1, -0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15, 1)):
        _print_bin("pitch", low, high, over, whole, lambda quality: quality.pitch)


def _print_row(label: str, over: Trial, found: list[Seen | None], full: float) -> None:
    tmr, fmr = over.rates(found)
    present = [seen.quality for seen in found if seen]
    middles = [f"{np.median([getattr(quality, name) for quality in present]):.3g}" for name in MEASURES[:4]]
    refused = np.mean([not quality.sufficient for quality in present])
    shares = f"{tmr:.3f} | {tmr / full:.3f} | {fmr:.1e}"
    print(
        f"| {label} | {len(present) / len(found):.3f} | {' | '.join(middles)} | {refused:.3f} | {shares} |", flush=True
    )


def _print_bin(
    label: str, low: float, high: float, over: Trial, found: list[Seen | None], pose: Callable[[Quality], float]
) -> None:
    """The pairs whose probe lies between `low` and `high`."""
    pairs = [
        (reference, probe)
        for reference, probe in zip(over.references, found, strict=True)
        if probe and low <= pose(probe.quality) < high
    ]
    near = [
        distances(probe.vector, reference.vector[np.newaxis], _stack().card.distance)[0] <= over.limit
        for reference, probe in pairs
    ]
    if near:
        print(f"| {label} {low:g} to {high:g} | {len(pairs)} | {np.mean(near):.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=1100, help="the most mated pairs to use")
    parser.add_argument("--only", nargs="*", default=[], help="only series that start with these words")
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no such folder; set SIAMESE_EDGE_DATA to the image collection")
    with ProcessPoolExecutor() as pool:
        if not arguments.only:
            distributions(pool)
        degradations(pool, trial(pool, arguments.probes), arguments.only)


if __name__ == "__main__":
    main()
