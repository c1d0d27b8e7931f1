"""What the shipped cards say beyond what is measured: templates, limits, and how the models want to be fed."""

from converter.convert.bundle_writer import Written
from edge.vision.card import (
    FORMAT,
    Calibration,
    Cosine,
    DetectorCard,
    EmbedderCard,
    Evaluation,
    FaceCrop,
    Input,
    LandmarksCard,
    Limits,
    OperatingPoint,
    Provenance,
    QualityLimits,
    TemplatePoint,
)

DISTANCE = Cosine()

# Corners of both eyes, and the base of the nose. Not the mouth: a smile widens it and so would change the scale.
CROP = FaceCrop(
    [
        TemplatePoint(263, 113.4, 45.6),
        TemplatePoint(362, 88.9, 47.0),
        TemplatePoint(33, 34.6, 46.0),
        TemplatePoint(133, 59.1, 47.1),
        TemplatePoint(2, 74.2, 85.9),
    ]
)

# Measured on pictures that were made smaller, darker and blurred: docs/measurements.md.
ENROL_LIMITS = Limits(
    min_size=40, min_sharpness=11, min_light=30, max_light=195, min_contrast=9, max_yaw=0.45, max_pitch=0.25
)
PROBE_LIMITS = Limits(
    min_size=24, min_sharpness=6, min_light=18, max_light=212, min_contrast=6, max_yaw=0.9, max_pitch=0.35
)

_NAMED = {"right_eye": 33, "left_eye": 263, "nose": 1, "mouth": 13, "right_cheek": 234, "left_cheek": 454}


def face(
    written: Written,
    provenance: Provenance,
    calibration: Calibration,
    points: list[OperatingPoint],
    evaluation: list[Evaluation],
) -> EmbedderCard:
    """The card of the face tower."""
    return EmbedderCard(
        format=FORMAT,
        name="face",
        version="1",
        description="29-layer residual Siamese tower for faces, full int8, one crop and its mirror image",
        model=written.model,
        input=Input(150, 150),
        golden=written.golden,
        runtimes=written.runtimes,
        provenance=provenance,
        evaluation=evaluation,
        dimensions=128,
        crop=CROP,
        mirror=True,
        unit_length=True,
        distance=DISTANCE,
        score=calibration,
        operating_points=points,
        quality=QualityLimits(ENROL_LIMITS, PROBE_LIMITS),
    )


def detector(written: Written, provenance: Provenance) -> DetectorCard:
    """The card of BlazeFace, short range."""
    return DetectorCard(
        format=FORMAT,
        name="detector",
        version="1",
        description="BlazeFace, short range: faces up to about 2 m from the camera, with six key points each",
        model=written.model,
        input=Input(128, 128, scale=2 / 255, offset=-1),
        golden=written.golden,
        runtimes=written.runtimes,
        provenance=provenance,
        evaluation=[],
        strides=[8, 16],
        anchors_per_cell=[2, 6],
        keypoints=6,
        min_score=0.5,
        max_overlap=0.3,
        windows=[0.6, 0.35],
        companion_share=0.5,
    )


def landmarks(written: Written, provenance: Provenance) -> LandmarksCard:
    """The card of the face mesh."""
    return LandmarksCard(
        format=FORMAT,
        name="landmarks",
        version="1",
        description="Face Mesh: 468 points of one face",
        model=written.model,
        input=Input(192, 192, scale=1 / 255),
        golden=written.golden,
        runtimes=written.runtimes,
        provenance=provenance,
        evaluation=[],
        points=468,
        level_within=10.0,
        region=1.5,
        box_of_mesh=0.85,
        min_presence=0.0,
        sure_presence=8.0,
        named=_NAMED,
        level_pitch=0.6,
    )
