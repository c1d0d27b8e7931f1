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
from edge.vision.landmarks import Landmarks, Mesh
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
        return self._sure(pixels, self._detector.watch(pixels), self._limits.probe)

    def portrait(self, photo: Pixels, name: str, limits: Limits) -> Sample:
        faces = self._detector.search(photo)
        seen = sorted(self._sure(photo, faces, limits, twice=True), key=lambda sample: -sample.box.width)
        if not seen:
            raise NoFace(
                f"{name}: no face found; take a photo that shows the face from the front, large and evenly lit"
            )
        near = [sample for sample in seen if sample.box.width >= self._detector.companion_share * seen[0].box.width]
        if len(near) > 1:
            raise ManyFaces(
                f"{name}: {len(near)} faces of similar size, so it is not clear whose photo it is; "
                "take a photo of one person, or cut this one"
            )
        return seen[0]

    def central(self, photo: Pixels) -> Sample | None:
        middle = np.array(photo.shape[1::-1]) / 2
        faces = self._detector.find(photo) or self._detector.search(photo)
        for face in sorted(faces, key=lambda face: _away(face, middle)):
            if mesh := self._landmarks.find(photo, face):
                return self._sample(photo, mesh, self._limits.probe)
        return None

    def _sure(self, pixels: Pixels, faces: list[Face], limits: Limits, *, twice: bool = False) -> list[Sample]:
        """Each face once, though two windows may have found it with boxes that hardly overlap: its meshes do.

        A still photo has time for landmarks that are found `twice`.
        """
        found: list[Sample] = []
        for face in faces:
            mesh = self._landmarks.find(pixels, face)
            if mesh is not None and mesh.sure:
                settled = self._landmarks.find_again(pixels, mesh) if twice else mesh
                sample = self._sample(pixels, settled, limits)
                if all(sample.box.overlap(other.box) <= self._detector.max_overlap for other in found):
                    found.append(sample)
        return found

    def _sample(self, pixels: Pixels, mesh: Mesh, limits: Limits) -> Sample:
        crop = face_crop(pixels, mesh.points, self._crop, self._size)
        box = Box(*(float(edge) for edge in (*mesh.points.min(axis=0), *mesh.points.max(axis=0))))
        return Sample(box, crop, judged(measure_face(crop, mesh.points, self._landmarks.card), limits))


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
