"""The values that go from room to room. All are frozen; arrays in them are never written to after they were made."""

from dataclasses import dataclass
from typing import Literal, NewType

import numpy as np
from numpy.typing import NDArray

PersonId = NewType("PersonId", str)
"""An opaque identifier, `[a-z0-9-]{1,64}`. A name, where one is kept, stands beside it in the gallery only."""

Pixels = NDArray[np.uint8]
"""Height x width x 3, RGB."""

Points = NDArray[np.float32]
"""N x 2: x to the right and y down, in pixels of the picture that they were found in."""

Verdict = Literal["accepted", "rejected", "unknown", "spoof"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a camera, copied out of the camera's own buffer."""

    pixels: Pixels
    taken_at: float  # monotonic seconds
    seq: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; it may reach over the picture's edge."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: "Box") -> float:
        """Intersection over union, 0..1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(width, 0.0) * max(height, 0.0)
        return shared / (self.area + other.area - shared) if shared > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face as the detector found it, with its six key points (eyes, nose tip, mouth, ears)."""

    box: Box
    score: float  # 0..1, the detector's own confidence; not a probability
    keypoints: Points


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a sample is suited for comparison. A reason stands for each limit that it misses."""

    size: float  # pixels between the outer eye corners, in the source picture
    sharpness: float  # variance of the Laplacian of the crop
    light: float  # mean luminance of the crop, 0..255
    contrast: float  # standard deviation of the crop's luminance
    yaw: float  # 0 looks straight; +-1 is a profile
    pitch: float  # 0 looks straight; positive looks down
    reasons: tuple[str, ...] = ()

    @property
    def sufficient(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is cut from a picture to be embedded: the crop in the embedder's own size, and where it came from."""

    box: Box
    crop: Pixels
    quality: Quality


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A point in the space of one model; embeddings of different models are never compared."""

    vector: NDArray[np.float32]
    model: str  # the model's digest


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest reference to a probe, and the nearest of any other person."""

    person: PersonId
    score: float  # 0..1, calibrated
    distance: float
    runner_up: "Match | None" = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the terminal says of one face, after it has looked at `frames` frames of it."""

    verdict: Verdict
    match: Match | None
    reason: str
    frames: int
    threshold: float
    quality: Quality
    first_seen: float  # monotonic seconds
    decided_at: float  # monotonic seconds
