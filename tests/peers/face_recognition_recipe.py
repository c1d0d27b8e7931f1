"""How long a frame takes here, and how long by the recipe of the PyPI package face_recognition.

    python -m tests.peers.face_recognition_recipe CLIP [--frames 60] [--json]

Both play the same frames on one thread, in alternating blocks, so that whatever else the machine does hits both.
Decoding the clip is in neither figure. Both know the same people: the photos beside the clip, where there are any.

- siamese-edge: the whole frame path, `edge.pipeline.Pipeline.step`, with a gallery on the disk.
- face_recognition: what its `face_locations`, `face_encodings` and `face_distance` do by default, on the same dlib: HOG
  frontal face detector, 5 landmarks, ResNet descriptor without jitter, Euclidean distance to each known face. It is
  played with the picture doubled before detection (upsample 1, its default) and as it is (upsample 0).

It needs dlib-bin and face-recognition-models: pip install -e '.[convert,dev]'.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median
from time import perf_counter, process_time
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from edge import config
from edge.camera.photos import photo_paths, read_photo
from edge.camera.source import open_source
from edge.decision.session import Observation, Session
from edge.decision.threshold import Threshold
from edge.errors import SiameseEdgeError
from edge.gallery.store import Reference, Store
from edge.gallery.view import GalleryView
from edge.pipeline import Pipeline
from edge.terminal import threshold_rule
from edge.types import Decision, Frame, PersonId, Pixels, Sample
from edge.vision import stack as vision
from edge.vision.stack import Stack

OURS = "siamese-edge"
UPSAMPLES = (1, 0)
_BLOCK = 5  # frames
_WARM_UP = 2

Step = Callable[[Frame], int]
"""Plays one frame, and says how many faces it found."""


def theirs(upsample: int) -> str:
    """What the figures call the recipe with that setting."""
    return f"face_recognition, upsample {upsample}"


class Recipe:
    """What face_recognition does with a frame (its api.py, version 1.3)."""

    def __init__(self) -> None:
        self._detect = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(model_file("shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(model_file("dlib_face_recognition_resnet_model_v1.dat"))
        self._known = np.empty((0, 128))

    def enrol(self, photos: Sequence[Pixels]) -> None:
        """Knows the first face of each photo."""
        found = [self._encodings(photo, 1)[:1] for photo in photos]
        self._known = np.array([encoding for encodings in found for encoding in encodings]).reshape(-1, 128)

    def step(self, frame: Frame, upsample: int) -> int:
        """All faces of a frame, each with its distance to everybody."""
        encodings = self._encodings(frame.pixels, upsample)
        for encoding in encodings:
            np.linalg.norm(self._known - encoding, axis=1)
        return len(encodings)

    def _encodings(self, pixels: Pixels, upsample: int) -> list[NDArray[np.float64]]:
        height, width = pixels.shape[:2]
        inside = dlib.rectangle(0, 0, width, height)
        boxes = [box.intersect(inside) for box in self._detect(pixels, upsample)]
        shapes = [self._landmarks(pixels, box) for box in boxes]
        return [np.array(self._network.compute_face_descriptor(pixels, shape, 1)) for shape in shapes]


def model_file(name: str) -> str:
    """A file of the package face_recognition_models, which is not imported: that takes an old setuptools."""
    found = find_spec("face_recognition_models")
    if found is None or not found.submodule_search_locations:
        sys.exit("face-recognition-models is not installed; run: pip install -e '.[convert,dev]'")
    return str(Path(found.submodule_search_locations[0]) / "models" / name)


class CountingSession(Session):
    """Counts the faces that reach it."""

    faces = 0

    def observe(self, seen: Sequence[Observation], threshold: Threshold, now: float) -> list[Decision]:
        self.faces += len(seen)
        return super().observe(seen, threshold, now)


class Ours:
    """The frame path of the terminal."""

    def __init__(self, stack: Stack, store: Store) -> None:
        settings = config.Decision()
        self._session = CountingSession(settings)
        gallery = GalleryView(store, stack.card, threshold_rule(settings, stack.card))
        self._pipeline = Pipeline(stack, gallery, self._session)

    def step(self, frame: Frame) -> int:
        before = self._session.faces
        self._pipeline.step(frame)
        return self._session.faces - before


@dataclass(slots=True)
class Played:
    """What one of them took."""

    step: Step
    milliseconds: list[float] = field(default_factory=list)
    processor_seconds: float = 0.0
    faces: list[int] = field(default_factory=list)

    def play(self, frames: Sequence[Frame]) -> None:
        began = process_time()
        for frame in frames:
            started = perf_counter()
            self.faces.append(self.step(frame))
            self.milliseconds.append(1000 * (perf_counter() - started))
        self.processor_seconds += process_time() - began

    def figures(self) -> dict[str, float]:
        return {
            "median_ms": median(self.milliseconds),
            "mean_ms": fmean(self.milliseconds),
            "faces": sum(self.faces),
            "threads": 1000 * self.processor_seconds / sum(self.milliseconds),  # over 1 would be several at work
        }


def compared(clip: Path, count: int) -> dict[str, Any]:
    """Plays `count` frames, spread over the clip, through all of them."""
    cv2.setNumThreads(1)
    frames = spread(clip, count)
    stack, recipe = vision.build(config.Vision(threads=1)), Recipe()
    known = portraits(stack, clip.parent)
    recipe.enrol([photo for photo, _ in known])
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "gallery.db", len(known) + 1) as store:
        for number, (_, sample) in enumerate(known):
            reference = Reference(stack.embedder.embed(sample.crop), sample.quality, "", "")
            store.add(PersonId(f"person-{number}"), None, [reference], "")
        runs = {OURS: Played(Ours(stack, store).step)}
        runs |= {theirs(upsample): Played(partial(recipe.step, upsample=upsample)) for upsample in UPSAMPLES}
        play_in_turn(list(runs.values()), frames)
    figures = {name: run.figures() for name, run in runs.items()}
    ours = runs.pop(OURS)
    return {
        "clip": str(clip),
        "frames": len(frames),
        "people": len(known),
        "figures": figures,
        "ratios": {name: ratio(ours, run, range(len(frames))) for name, run in runs.items()},
        "like_for_like": {name: like_for_like(ours, run) for name, run in runs.items()},
    }


def ratio(ours: Played, other: Played, frames: Sequence[int]) -> float:
    """How many times as long the other takes for these frames, by the medians."""
    return median(other.milliseconds[at] for at in frames) / median(ours.milliseconds[at] for at in frames)


def like_for_like(ours: Played, other: Played) -> dict[str, float | None]:
    """The same over those frames alone in which both found as many faces, at least one."""
    frames = [at for at, found in enumerate(ours.faces) if found == other.faces[at] > 0]
    return {"frames": len(frames), "ratio": ratio(ours, other, frames) if frames else None}


def play_in_turn(runs: Sequence[Played], frames: Sequence[Frame]) -> None:
    """Block after block, each time by all of them; who is first changes with the block."""
    for run in runs:
        for frame in frames[:_WARM_UP]:
            run.step(frame)
    for number, start in enumerate(range(0, len(frames), _BLOCK)):
        first = number % len(runs)
        for run in [*runs[first:], *runs[:first]]:
            run.play(frames[start : start + _BLOCK])


def spread(clip: Path, count: int) -> list[Frame]:
    """`count` frames at even distances, or all if there are fewer."""
    total = sum(1 for _ in frames_of(clip))
    wanted = set(np.linspace(0, total - 1, min(count, total)).astype(int).tolist())
    return [frame for number, frame in enumerate(frames_of(clip)) if number in wanted]


def frames_of(clip: Path) -> Iterator[Frame]:
    with open_source(config.Camera(source=str(clip)), paced=False) as source:
        while (frame := source.read()) is not None:
            yield frame


def portraits(stack: Stack, folder: Path) -> list[tuple[Pixels, Sample]]:
    """The photos in the folder that show one person."""
    found = []
    for path in photo_paths(folder):
        photo = read_photo(path)
        try:
            found.append((photo, stack.enrolment_portrait(photo, path.name)))
        except SiameseEdgeError as fault:
            print(f"not enrolled: {fault}", file=sys.stderr)
    return found


def show(answer: dict[str, Any]) -> None:
    print(f"{answer['clip']}: {answer['frames']} frames, {answer['people']} people known, one thread")
    print(f"{'':30}{'median ms':>10}{'mean ms':>10}{'faces':>8}{'times ours':>12}")
    for name, each in answer["figures"].items():
        times = answer["ratios"].get(name, 1.0)
        print(f"{name:30}{each['median_ms']:10.2f}{each['mean_ms']:10.2f}{each['faces']:8d}{times:12.1f}")
    for name, like in answer["like_for_like"].items():
        if like["ratio"]:
            print(f"{name}: {like['ratio']:.1f} times ours over the {like['frames']} frames with as many faces in both")


def on_one_thread() -> None:
    """Starts this program anew where OpenMP may use more: it looks only once, when it is loaded."""
    if os.environ.get("OMP_NUM_THREADS") != "1":
        command = [sys.executable, "-m", "tests.peers.face_recognition_recipe", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {"OMP_NUM_THREADS": "1"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, help="a short video; its frames are all held in memory")
    parser.add_argument("--frames", type=int, default=60, help="how many frames (60)")
    parser.add_argument("--json", action="store_true", help="answer for machines")
    arguments = parser.parse_args()
    on_one_thread()
    answer = compared(arguments.clip, arguments.frames)
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        show(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
