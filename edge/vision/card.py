"""card.json: all that the device must know of a model. The JSON Schema beside this file is made from these classes."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

FORMAT = 1
"""The newest card format that this program understands."""

NAMED = ("right_eye", "left_eye", "nose", "mouth", "right_cheek", "left_cheek")
"""The landmarks that a landmarks card must name."""

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Side = Annotated[int, Meta(ge=1, le=4096)]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class File(_Part, frozen=True):
    """A file in the bundle's folder."""

    name: FileName
    sha256: Digest


class Input(_Part, frozen=True):
    """What the model wants to be fed with: pixel * scale + offset, for pixels of 0..255."""

    width: Side
    height: Side
    channels: Literal["rgb", "grey"] = "rgb"
    scale: float = 1.0
    offset: float = 0.0


class TemplatePoint(_Part, frozen=True):
    """Where a face landmark comes to lie in the crop, in the crop's pixels."""

    landmark: Annotated[int, Meta(ge=0)]
    x: float
    y: float


class FaceCrop(_Part, frozen=True, tag="face", tag_field="kind"):
    """The face, turned and scaled so that its landmarks lie on the template (similarity transform, least squares)."""

    template: Annotated[list[TemplatePoint], Meta(min_length=2)]


class CentreCrop(_Part, frozen=True, tag="centre", tag_field="kind"):
    """A fixed rectangle of the picture, in pixels; it shrinks with pictures that are smaller than `of_width` wide."""

    left: Annotated[int, Meta(ge=0)]
    top: Annotated[int, Meta(ge=0)]
    width: Side
    height: Side
    of_width: Side
    of_height: Side


class WholeCrop(_Part, frozen=True, tag="whole", tag_field="kind"):
    """The whole picture, stretched to the input's size."""


class Cosine(_Part, frozen=True, tag="cosine", tag_field="kind"):
    """1 - cosine of the angle, 0..2."""


class Euclidean(_Part, frozen=True, tag="euclidean", tag_field="kind"):
    """The length of the difference."""


class WeightedL1(_Part, frozen=True, tag="weighted_l1", tag_field="kind"):
    """sum_i weights_i * |a_i - b_i|: the head of a classic Siamese twin, its sign turned so that nearer is less."""

    weights: Annotated[list[float], Meta(min_length=1)]


class Calibration(_Part, frozen=True):
    """score = 1 / (1 + exp(slope * distance - intercept)): the probability that both are the same, at `prior`.

    Logistic regression (Platt 1999; Bruemmer and du Preez 2006). `best_distance` decides the fitted pairs with the
    fewest errors. `cllr` is the score's cost in bits, 0 best and 1 useless; it and `expected_calibration_error` were
    measured on other people than the score was fitted on.
    """

    slope: Positive
    intercept: float
    prior: Share
    fitted_on: str
    mated_pairs: int
    non_mated_pairs: int
    best_distance: float
    cllr: float | None = None
    expected_calibration_error: float | None = None


class OperatingPoint(_Part, frozen=True):
    """The greatest distance that counts as a match, and the false match rate that was measured at it."""

    false_match_rate: Share
    distance: float
    interval: tuple[float, float]  # 95 % of the false match rate, bootstrap by identity
    non_mated_pairs: int
    false_matches: int
    true_match_rate: Share
    mated_pairs: int


class Limits(_Part, frozen=True):
    """What a sample must reach to be used. A limit that is left out does not apply."""

    min_size: float | None = None
    min_sharpness: float | None = None
    min_light: float | None = None
    max_light: float | None = None
    min_contrast: float | None = None
    max_yaw: float | None = None
    max_pitch: float | None = None


class QualityLimits(_Part, frozen=True):
    """Stricter for a reference, which serves for years, than for a probe, of which the next frame brings another."""

    enrol: Limits = Limits()
    probe: Limits = Limits()


class Golden(_Part, frozen=True):
    """An .npz with `input` (H x W x 3 uint8) and `output`, what the model gave for it where it was made."""

    file: File
    min_cosine: Share


class RuntimeProof(_Part, frozen=True):
    """A runtime on which the golden input gave the golden output."""

    runtime: str
    version: str
    python: str
    machine: str
    cosine: float


class Provenance(_Part, frozen=True):
    """Where the weights come from, under which terms, what they were trained on, and what made this file of them."""

    origin: str
    package: str
    version: str
    source_sha256: Digest
    licence: str
    trained_on: str
    made_with: str
    calibrated_on: str | None = None


class Evaluation(_Part, frozen=True):
    """One measured result."""

    dataset: str
    measure: str
    value: float
    comparisons: int
    interval: tuple[float, float] | None = None


class _Card(_Part, frozen=True):
    format: int
    name: str
    version: str
    description: str
    model: File
    input: Input
    golden: Golden
    runtimes: list[RuntimeProof]
    provenance: Provenance
    evaluation: list[Evaluation]


class EmbedderCard(_Card, frozen=True, tag="embedder", tag_field="kind"):
    """A Siamese tower."""

    dimensions: Side
    crop: FaceCrop | CentreCrop | WholeCrop
    mirror: bool  # the embedding is the mean of the crop's and its mirror image's
    unit_length: bool  # embeddings are scaled to length 1
    distance: Cosine | Euclidean | WeightedL1
    score: Calibration
    operating_points: Annotated[list[OperatingPoint], Meta(min_length=1)]
    quality: QualityLimits = QualityLimits()

    @property
    def digest(self) -> str:
        """Of all that shapes an embedding; only embeddings of the same digest are compared. 16 hexadecimal digits."""
        shape = (self.model.sha256, self.input, self.crop, self.mirror, self.unit_length)
        return hashlib.sha256(msgspec.json.encode(shape)).hexdigest()[:16]


class DetectorCard(_Card, frozen=True, tag="detector", tag_field="kind"):
    """A single-shot face detector with one box and `keypoints` points at each anchor (BlazeFace).

    A still photo is searched in all `windows`, a camera's frame in those of the first size, one at a time.
    """

    strides: Annotated[list[int], Meta(min_length=1)]
    anchors_per_cell: list[int]
    keypoints: int
    min_score: Share
    max_overlap: Share
    windows: Annotated[list[Share], Meta(min_length=1)]  # sides of square windows, as shares of the longer side
    companion_share: Share  # a second face of less than this share of the main face's width is in the background


class LandmarksCard(_Card, frozen=True, tag="landmarks", tag_field="kind"):
    """A face mesh. `named` tells which of its points pose and size are measured on."""

    points: int
    level_within: float  # degrees; a head that is tilted more is turned level first
    region: Positive  # side of the square that the model wants, in widths of the detector's box
    box_of_mesh: Positive  # side of the box around a mesh, in its own extent, when it is found again
    min_presence: float  # logit below which there is no face after all
    sure_presence: float  # logit from which on there surely is one; live frames and portraits want that
    named: dict[str, int]
    level_pitch: float  # where the nose tip lies between eyes (0) and mouth (1) when a face looks straight


Card = EmbedderCard | DetectorCard | LandmarksCard


def schema() -> dict[str, object]:
    """The JSON Schema of card.json."""
    return msgspec.json.schema(Card)
