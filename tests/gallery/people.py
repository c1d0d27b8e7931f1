"""References of people who do not exist."""

import numpy as np

from edge.gallery.store import Reference
from edge.types import Embedding, PersonId, Quality

MODEL, OTHER_MODEL = "0123456789abcdef", "fedcba9876543210"
NOW = "2024-05-06T07:08:09Z"
GOOD = Quality(60, 100, 120, 30, 0.1, -0.1)


def vector(seed: int, dimensions: int = 128) -> np.ndarray:
    numbers = np.random.default_rng(seed).normal(size=dimensions).astype(np.float32)
    return numbers / np.float32(np.linalg.norm(numbers))


def reference(seed: int, model: str = MODEL) -> Reference:
    return Reference(Embedding(vector(seed), model), GOOD, NOW, f"photo-{seed}.jpg")


def person(number: int) -> PersonId:
    return PersonId(f"person-{number:04d}")
