"""The user's pictures as the device will see them: cut by the code that runs at the door."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converter.convert.album import Album, Photo
from converter.convert.recipe import LEAST_PICTURES, Recipe
from converter.errors import DataUnusable
from converter.evaluate.embeddings import subject
from converter.progress import Track
from edge.types import Pixels
from edge.vision import bundle
from edge.vision.card import DetectorCard, EmbedderCard, FaceCrop, LandmarksCard
from edge.vision.detector import Detector
from edge.vision.landmarks import Landmarks
from edge.vision.reader import FaceReader, PlainReader, Reader


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """The crops of those pictures on which a subject was found, and the other pictures."""

    photos: list[Photo]
    pixels: Pixels  # N x height x width x 3, in the order of `photos`
    failures: list[Photo]


def cut(reader: Reader, album: Album, most: int, track: Track) -> Crops:
    """The crops of at most so many pictures, spread over people.

    Raises:
        DataUnusable: a subject was found on none.
    """
    chosen = album.some(most)
    seen = [(photo, subject(reader, photo.path)) for photo in track(chosen, f"cutting {len(chosen)} crops")]
    found = [(photo, crop) for photo, crop in seen if crop is not None]
    if not found:
        raise DataUnusable(
            f"{album.folder}: a subject was found on none of {len(chosen)} pictures; is --crop right? `face` wants "
            "faces, `whole` takes all of any picture"
        )
    failures = [photo for photo, crop in seen if crop is None]
    return Crops([photo for photo, _ in found], np.stack([crop for _, crop in found]), failures)


def check_enough(crops: Crops, recipe: Recipe) -> None:
    """Whether there are enough to measure the ranges of activations on.

    Raises:
        DataUnusable: with how many are needed, and why.
    """
    found = len(crops.photos)
    if recipe.needs_ranges and found < LEAST_PICTURES:
        raise DataUnusable(
            f"--recipe {recipe.name} measures the ranges of all activations on your pictures and cuts off what goes "
            f"beyond them at the door; {LEAST_PICTURES} are needed for that, found {found} (and "
            f"{len(crops.failures)} without a subject); give more --data, or take --recipe float16, which needs none"
        )


def reader(card: EmbedderCard) -> Reader:
    """Cuts as the card says; faces by the shipped detector and landmarks."""
    if not isinstance(card.crop, FaceCrop):
        return PlainReader(card)
    finder, mesh = bundle.load("detector", DetectorCard), bundle.load("landmarks", LandmarksCard)
    detector = Detector(finder.card, finder.interpreter(threads=2))
    return FaceReader(card, card.crop, detector, Landmarks(mesh.card, mesh.interpreter(threads=2)))


def names(photos: Sequence[Photo]) -> dict[str, str]:
    """Who is on each picture, by its path."""
    return {str(photo.path): photo.person for photo in photos}
