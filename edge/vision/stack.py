"""The models that look at pictures, built together from the configuration's `vision` section."""

from dataclasses import dataclass

import cv2

from edge import config
from edge.errors import BundleForeign
from edge.types import Pixels, Sample
from edge.vision import bundle
from edge.vision.card import DetectorCard, EmbedderCard, FaceCrop, LandmarksCard
from edge.vision.detector import Detector
from edge.vision.embedder import Embedder
from edge.vision.interpreter import Interpreter
from edge.vision.landmarks import Landmarks
from edge.vision.reader import FaceReader, PlainReader, Reader


@dataclass(frozen=True, slots=True)
class Stack:
    """All that turns pictures into embeddings. It belongs to one thread."""

    card: EmbedderCard
    reader: Reader
    embedder: Embedder
    interpreters: dict[str, Interpreter]

    def enrolment_portrait(self, photo: Pixels, name: str) -> Sample:
        """The subject of a photo, judged as a reference."""
        return self.reader.portrait(photo, name, self.card.quality.enrol)

    def probe_portrait(self, photo: Pixels, name: str) -> Sample:
        """The subject of a photo, judged as a probe."""
        return self.reader.portrait(photo, name, self.card.quality.probe)


def _check_template(card: EmbedderCard, crop: FaceCrop, mesh: bundle.Bundle[LandmarksCard]) -> None:
    if missing := sorted({p.landmark for p in crop.template if p.landmark >= mesh.card.points}):
        raise BundleForeign(
            f"{mesh.folder}: its mesh has {mesh.card.points} points, the crop of the bundle {card.name} is laid on "
            f"{missing}; set vision.landmarks to the bundle that it was converted with"
        )


def build(settings: config.Vision) -> Stack:
    """Loads and checks the bundles; only those that the embedder's crop calls for.

    Raises:
        the faults of `bundle.load` and `Bundle.interpreter`.
    """
    cv2.setNumThreads(settings.threads)
    face = bundle.load(settings.bundle, EmbedderCard)
    interpreters = {"embedder": face.interpreter(settings.runtime, settings.threads)}
    embedder = Embedder(face.card, interpreters["embedder"])
    if not isinstance(face.card.crop, FaceCrop):
        return Stack(face.card, PlainReader(face.card), embedder, interpreters)
    finder = bundle.load(settings.detector, DetectorCard)
    mesh = bundle.load(settings.landmarks, LandmarksCard)
    _check_template(face.card, face.card.crop, mesh)
    interpreters["detector"] = finder.interpreter(settings.runtime, settings.threads)
    interpreters["landmarks"] = mesh.interpreter(settings.runtime, settings.threads)
    reader = FaceReader(
        face.card,
        face.card.crop,
        Detector(finder.card, interpreters["detector"]),
        Landmarks(mesh.card, interpreters["landmarks"]),
    )
    return Stack(face.card, reader, embedder, interpreters)
