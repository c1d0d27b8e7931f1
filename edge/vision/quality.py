"""Whether a sample is worth comparing, and if not, why. Pure; the limits come from the embedder's card.

The measures follow ISO/IEC 29794-5 in kind (inter-eye distance, sharpness, illumination, pose), not to the letter.
"""

from dataclasses import replace

import cv2
import numpy as np

from edge.types import Pixels, Points, Quality
from edge.vision.card import LandmarksCard, Limits

TOO_SMALL = "too small: come nearer"
BLURRED = "blurred: hold still"
DARK = "too dark: more light"
BRIGHT = "too bright: less light"
FLAT = "too little contrast: light the face evenly"
TURNED = "turned away: look straight"
TILTED = "looking up or down: look straight"


def measure_face(crop: Pixels, points: Points, card: LandmarksCard) -> Quality:
    """Measures a face by its crop and its landmarks (in pixels of the source picture)."""
    at = {name: points[index] for name, index in card.named.items()}
    across = at["left_eye"] - at["right_eye"]
    size = float(np.sqrt(across.dot(across)))
    yaw, pitch = _pose(at, across / max(size, 1e-6), card.level_pitch)
    return _with_crop_measures(crop, size, yaw, pitch)


def measure_plain(crop: Pixels, size: float) -> Quality:
    """Measures a crop without a face mesh; `size` is the shorter side of what was cut, in source pixels."""
    return _with_crop_measures(crop, size, 0.0, 0.0)


def judged(quality: Quality, limits: Limits) -> Quality:
    """The same measures, with a reason for each limit that they miss."""
    checks = (
        (TOO_SMALL, quality.size, limits.min_size, None),
        (BLURRED, quality.sharpness, limits.min_sharpness, None),
        (DARK, quality.light, limits.min_light, None),
        (BRIGHT, quality.light, None, limits.max_light),
        (FLAT, quality.contrast, limits.min_contrast, None),
        (TURNED, abs(quality.yaw), None, limits.max_yaw),
        (TILTED, abs(quality.pitch), None, limits.max_pitch),
    )
    reasons = tuple(
        reason
        for reason, value, low, high in checks
        if (low is not None and value < low) or (high is not None and value > high)
    )
    return replace(quality, reasons=reasons)


def _pose(at: dict[str, Points], level: Points, level_pitch: float) -> tuple[float, float]:
    """Yaw and pitch from where the nose tip lies, along and across the line of the eyes."""
    eyes = (at["left_eye"] + at["right_eye"]) / 2
    down = np.array((-level[1], level[0]), np.float32)
    to_left = float((at["left_cheek"] - at["nose"]) @ level)
    to_right = float((at["nose"] - at["right_cheek"]) @ level)
    yaw = (to_left - to_right) / max(abs(to_left) + abs(to_right), 1e-6)
    face_length = float((at["mouth"] - eyes) @ down)
    pitch = float((at["nose"] - eyes) @ down) / max(face_length, 1e-6) - level_pitch
    return yaw, pitch


def _with_crop_measures(crop: Pixels, size: float, yaw: float, pitch: float) -> Quality:
    height, width = crop.shape[:2]
    middle = crop[height // 5 : -height // 5, width // 5 : -width // 5]
    grey = cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY)
    mean, deviation = cv2.meanStdDev(grey)
    edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))[1]
    return Quality(size, float(edges[0, 0]) ** 2, float(mean[0, 0]), float(deviation[0, 0]), yaw, pitch)
