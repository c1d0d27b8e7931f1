"""From a picture to samples: what is to be embedded, cut out and judged. One class for each kind of crop.

A terminal, an enrolment, and the converter's calibration all read pictures through here.
"""

from typing import Protocol

import numpy as np

from edge.errors import ManyFaces, NoFace
from edge.types import Box, Face, Pixels, Sample
from edge.vision.card import CentreCrop, EmbedderCard, FaceCrop, Limits, QualityLimits
from edge.vision.crop import box_crop, centre_box, face_crop
from edge.vision.detector import Detector
from edge.vision.landmarks import Landmarks
from edge.vision.quality import judged, measure_face, measure_plain


class Reader(Protocol):
    """Cuts samples out of pictures."""

    def samples(self, pixels: Pixels) -> list[Sample]:
        """All that a camera frame shows, judged as probes."""
        ...

    def portrait(self, photo: Pixels, name: str, limits: Limits) -> Sample:
        """The one subject of a still photo, judged by `limits`.

        Raises:
            NoFace: the photo shows none.
            ManyFaces: it shows several of similar size.
        """
        ...

    def central(self, photo: Pixels) -> Sample | None:
        """The subject nearest to the middle, as test collections frame theirs; None if there is none."""
        ...


class FaceReader:
    """Finds faces and lays them onto the embedder's template."""

    def __init__(self, card: EmbedderCard, crop: FaceCrop, detector: Detector, landmarks: Landmarks) -> None:
        self._crop = crop
        self._size = (card.input.width, card.input.height)
        self._limits = card.quality
        self._detector = detector
        self._landmarks = landmarks

    def samples(self, pixels: Pixels) -> list[Sample]:
        found = (self._sample(pixels, face, self._limits.probe) for face in self._detector.find(pixels))
        return [sample for sample in found if sample is not None]

    def portrait(self, photo: Pixels, name: str, limits: Limits) -> Sample:
        found = ((face, self._sample(photo, face, limits)) for face in self._detector.search(photo))
        seen = sorted(((face, s) for face, s in found if s is not None), key=lambda pair: -pair[0].box.width)
        if not seen:
            raise NoFace(
                f"{name}: no face found; take a photo that shows the face from the front, large and evenly lit"
            )
        near = [face for face, _ in seen if face.box.width >= self._detector.companion_share * seen[0][0].box.width]
        if len(near) > 1:
            raise ManyFaces(
                f"{name}: {len(near)} faces of similar size, so it is not clear whose photo it is; "
                "take a photo of one person, or cut this one"
            )
        return seen[0][1]

    def central(self, photo: Pixels) -> Sample | None:
        middle = np.array(photo.shape[1::-1]) / 2
        faces = sorted(self._detector.find(photo) or self._detector.search(photo), key=lambda face: _away(face, middle))
        samples = (self._sample(photo, face, self._limits.probe) for face in faces)
        return next((sample for sample in samples if sample is not None), None)

    def _sample(self, pixels: Pixels, face: Face, limits: Limits) -> Sample | None:
        points = self._landmarks.find(pixels, face)
        if points is None:
            return None
        crop = face_crop(pixels, points, self._crop, self._size)
        return Sample(face.box, crop, judged(measure_face(crop, points, self._landmarks.card), limits))


class PlainReader:
    """Takes a fixed part of the picture, or all of it: for models that were trained so, and for signatures."""

    def __init__(self, card: EmbedderCard) -> None:
        self._crop = card.crop
        self._size = (card.input.width, card.input.height)
        self._limits: QualityLimits = card.quality

    def samples(self, pixels: Pixels) -> list[Sample]:
        return [self._sample(pixels, self._limits.probe)]

    def portrait(self, photo: Pixels, name: str, limits: Limits) -> Sample:  # noqa: ARG002
        return self._sample(photo, limits)

    def central(self, photo: Pixels) -> Sample | None:
        return self._sample(photo, self._limits.probe)

    def _sample(self, pixels: Pixels, limits: Limits) -> Sample:
        height, width = pixels.shape[:2]
        box = centre_box(pixels, self._crop) if isinstance(self._crop, CentreCrop) else Box(0, 0, width, height)
        crop = box_crop(pixels, box, self._size)
        return Sample(box, crop, judged(measure_plain(crop, min(box.width, box.height)), limits))


def _away(face: Face, middle: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.hypot(*(np.array(face.box.centre) - middle)))
