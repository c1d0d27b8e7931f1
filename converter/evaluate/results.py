"""What an evaluation found. The field names are the keys of `siamese-convert evaluate --json`."""

from __future__ import annotations

from msgspec import Struct

Interval = tuple[float, float]
"""Bounds of 95 % confidence."""


class Results(Struct, frozen=True, kw_only=True):
    """Of one bundle on one pairs file. Shares and scores are 0..1, distances as the bundle's card defines them."""

    bundle: str
    version: str
    model: str  # digest of all that shapes an embedding
    dataset: str

    pairs: int
    mated_pairs: int
    non_mated_pairs: int
    people: int
    pictures: int
    failures_to_acquire: int  # pictures without a subject; their pairs never match
    failed_pictures: list[str]

    folds: int  # 0: the file has none
    accuracy: float  # with folds their mean
    accuracy_std: float  # with folds the standard deviation over them (n - 1), else the binomial standard error
    accuracy_standard_error: float  # with folds the former over sqrt(n), as LFW reports; else the same
    accuracy_interval: Interval  # Wilson
    fold_accuracies: list[float]
    threshold: float  # a score; with folds at the mean of their distances
    threshold_distance: float
    threshold_from: str

    eer: float
    eer_interval: Interval | None  # bootstrap by identity, as the next
    tar_at_far: dict[str, float | None]  # none where less than one false match is expected
    tar_at_far_interval: dict[str, Interval | None]

    calibration_pairs: int  # those without a failure: the next two are over them
    cllr: float
    expected_calibration_error: float
