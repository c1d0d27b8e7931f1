"""How near two embeddings lie, as a distance (less is nearer) and as a calibrated score (more is nearer). Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.vision.card import Calibration, Cosine, Euclidean, WeightedL1

Distance = Cosine | Euclidean | WeightedL1


def distances(probe: NDArray[np.float32], references: NDArray[np.float32], distance: Distance) -> NDArray[np.float32]:
    """From a probe (D) to each of N references (N x D)."""
    match distance:
        case Cosine():
            lengths = np.linalg.norm(references, axis=1) * np.linalg.norm(probe)
            return np.asarray(1 - references @ probe / np.maximum(lengths, 1e-12), np.float32)
        case Euclidean():
            return np.asarray(np.linalg.norm(references - probe, axis=1), np.float32)
        case WeightedL1(weights):
            return np.asarray(np.abs(references - probe) @ np.asarray(weights, np.float32), np.float32)


def score(distance: Any, calibration: Calibration) -> Any:
    """The probability, at the calibration's prior, that both are the same: 1 / (1 + exp(slope * d - intercept)).

    Takes a number or an array, and gives the like.
    """
    with np.errstate(over="ignore"):  # what overflows scores 0
        return 1 / (1 + np.exp(calibration.slope * np.asarray(distance, np.float64) - calibration.intercept))
