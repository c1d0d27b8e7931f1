"""An evaluation's results as tables for people."""

import numpy as np

from converter.evaluate import metrics
from converter.evaluate.measure import Measured
from converter.evaluate.results import Results
from converter.table import Table, percent, percent_interval, rate, rate_interval

_WORST = 10


def result_tables(results: Results) -> list[Table]:
    """What a person wants to know at the command line."""
    return [_summary(results), _accept_rates(results), *_folds(results), *_failures(results)]


def page_tables(measured: Measured) -> list[Table]:
    """The same, and what only the page has room for."""
    return [*result_tables(measured.results), _points_here(measured), *_worst(measured)]


def _summary(results: Results) -> Table:
    spread = "standard deviation over folds" if results.folds else "standard error"
    rows = [
        ("bundle", f"{results.bundle} {results.version}, digest {results.model}"),
        ("pairs", f"{results.pairs:,} ({results.mated_pairs:,} mated, {results.non_mated_pairs:,} non-mated)"),
        ("pictures", f"{results.pictures:,} of {results.people:,} people"),
        ("failures to acquire", f"{results.failures_to_acquire:,}"),
        ("accuracy", f"{percent(results.accuracy)}, 95 % interval {percent_interval(results.accuracy_interval)}"),
        (spread, percent(results.accuracy_std)),
        *([("standard error", percent(results.accuracy_standard_error))] if results.folds else []),
        ("threshold", f"score {results.threshold:.4f}, distance {results.threshold_distance:.4f}"),
        ("threshold from", results.threshold_from),
        ("equal error rate", f"{percent(results.eer)}, 95 % interval {percent_interval(results.eer_interval)}"),
        ("Cllr", f"{results.cllr:.4f} bits"),
        ("expected calibration error", f"{results.expected_calibration_error:.4f}"),
    ]
    return Table(f"Results on {results.dataset}", (), rows)


def _accept_rates(results: Results) -> Table:
    rows = [
        (far, percent(tar), percent_interval(results.tar_at_far_interval[far]))
        for far, tar in results.tar_at_far.items()
    ]
    note = "A dash: too few non-mated pairs to expect one false match. Intervals: bootstrap by identity."
    return Table("True accept rate", ("FAR", "TAR", "95 % interval"), rows, note)


def _folds(results: Results) -> list[Table]:
    rows = [(str(number), percent(share)) for number, share in enumerate(results.fold_accuracies, 1)]
    return [Table("Folds", ("fold", "accuracy"), rows)] if rows else []


def _failures(results: Results) -> list[Table]:
    rows = [(picture,) for picture in results.failed_pictures]
    return [Table("Failures to acquire", ("picture",), rows)] if rows else []


def _points_here(measured: Measured) -> Table:
    """The card's operating points, beside what they gave on these pairs."""
    rows = [
        (f"{point.distance:.4f}", rate(point.false_match_rate), *_shares(measured, point.distance))
        for point in measured.card.operating_points
    ]
    columns = ("distance", "FMR by the card", "FMR here", "95 % interval", "TMR here", "95 % interval")
    return Table("Operating points on these pairs", columns, rows, "Intervals: Wilson.")


def _shares(measured: Measured, distance: float) -> tuple[str, str, str, str]:
    matching = measured.distances <= distance
    false, non_mated = int((matching & ~measured.mated).sum()), int((~measured.mated).sum())
    true, mated = int((matching & measured.mated).sum()), int(measured.mated.sum())
    return (
        rate(false / non_mated),
        rate_interval(metrics.wilson(false, non_mated)),
        percent(true / mated),
        percent_interval(metrics.wilson(true, mated)),
    )


def _worst(measured: Measured) -> list[Table]:
    far = [n for n in np.argsort(-measured.distances, kind="stable") if measured.mated[n]][:_WORST]
    near = [n for n in np.argsort(measured.distances, kind="stable") if not measured.mated[n]][:_WORST]
    return [
        Table("Farthest mated pairs", ("pair", "distance", "score"), [_row(measured, n) for n in far]),
        Table("Nearest non-mated pairs", ("pair", "distance", "score"), [_row(measured, n) for n in near]),
    ]


def _row(measured: Measured, number: int) -> tuple[str, str, str]:
    distance = measured.distances[number]
    apart = f"{distance:.4f}" if np.isfinite(distance) else "not acquired"
    return measured.pairs[number].name, apart, f"{measured.scores[number]:.4f}"
