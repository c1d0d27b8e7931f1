"""The plots of an evaluation, each as an SVG picture in a data URI. No global state of matplotlib is touched."""

import io
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from statistics import NormalDist

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from converter.evaluate import metrics
from converter.evaluate.measure import Measured
from converter.evaluate.metrics import Reals

_SIZE = (5.2, 4.6)  # inches; narrow, so that the letters stay readable on a phone
_MATED, _NON_MATED, _POINT = "#1667b7", "#c2410c", "#166534"
_STYLE = {"font.size": 11, "svg.hashsalt": "siamese-edge", "axes.grid": True, "grid.alpha": 0.3}
_DET_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5)


def plots(measured: Measured) -> dict[str, str]:
    """Title and data URI of each plot."""
    drawn: dict[str, Callable[..., None]] = {
        "Distances": _draw_distances,
        "Scores": _draw_scores,
        "ROC": _draw_roc,
        "DET": _draw_det,
        "Reliability": _draw_reliability,
    }
    return {title: plot(partial(draw, measured=measured)) for title, draw in drawn.items()}


def plot(draw: Callable[[Axes], None]) -> str:
    """The data URI of what `draw` draws, with its legend below."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure.add_subplot())
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + b64encode(picture.getvalue()).decode()


def _draw_distances(axes: Axes, measured: Measured) -> None:
    finite = np.isfinite(measured.distances)
    lowest = min(float(measured.distances[finite].min()), 0.0)  # a weighted distance may be negative
    bins = np.linspace(lowest, float(measured.distances[finite].max()), 60).tolist()
    for name, colour, chosen in _kinds(measured):
        axes.hist(measured.distances[chosen & finite], bins, color=colour, alpha=0.6, label=name)
    limit = measured.results.threshold_distance
    axes.axvline(limit, color=_POINT, linestyle="--", label=f"threshold {limit:.4f}")
    axes.set(xlabel="distance", ylabel="pairs")


def _draw_scores(axes: Axes, measured: Measured) -> None:
    bins = np.linspace(0, 1, 26).tolist()
    for name, colour, chosen in _kinds(measured):
        axes.hist(measured.scores[chosen], bins, color=colour, alpha=0.6, label=name)
    limit = measured.results.threshold
    axes.axvline(limit, color=_POINT, linestyle="--", label=f"threshold {limit:.3f}")
    axes.set(xlabel="score", ylabel="pairs (logarithmic)", yscale="log")


def _draw_roc(axes: Axes, measured: Measured) -> None:
    curve, least = measured.curve, 0.5 / measured.results.non_mated_pairs
    axes.step(np.maximum(curve.fmr, least), curve.tmr, where="post", color=_MATED, label="these pairs")
    fmr, tmr = _operating_points(measured)
    shown = fmr >= least
    axes.plot(fmr[shown], tmr[shown], "o", color=_POINT, mfc="none", label="the card's operating points")
    lowest = min([*curve.tmr[curve.fmr <= least][-1:], *tmr[shown]], default=0.0)
    axes.set(xlabel="false match rate", ylabel="true match rate", xscale="log", xlim=(least, 1))
    axes.set_ylim(max(lowest - 0.05, 0), 1.01)


def _draw_det(axes: Axes, measured: Measured) -> None:
    curve, results = measured.curve, measured.results
    least = 0.5 / max(results.non_mated_pairs, results.mated_pairs)
    axes.plot(_probit(curve.fmr, least), _probit(1 - curve.tmr, least), color=_MATED, label="these pairs")
    fmr, tmr = _operating_points(measured)
    shown = fmr >= least
    axes.plot(
        _probit(fmr[shown], least), _probit(1 - tmr[shown], least), "o", color=_POINT, mfc="none", label="the card"
    )
    ends = _probit(np.array([least, 0.5]), least)
    axes.plot(ends, ends, color="grey", linewidth=0.8, linestyle=":", label=f"equal: {100 * results.eer:.2f} %")
    ticks = np.array([tick for tick in _DET_TICKS if tick >= least])
    names = [f"{100 * tick:g} %" for tick in ticks]
    axes.set_xticks(_probit(ticks, least), names)
    axes.set_yticks(_probit(ticks, least), names)
    axes.set(xlabel="false match rate", ylabel="false non-match rate", xlim=ends, ylim=ends)


def _draw_reliability(axes: Axes, measured: Measured) -> None:
    acquired = np.isfinite(measured.distances)
    scores, mated = measured.scores[acquired], measured.mated[acquired]
    which = metrics.score_bins(scores)
    rows = []
    for part in np.unique(which):
        inside = which == part
        low, high = metrics.wilson(int(mated[inside].sum()), int(inside.sum()))
        rows.append((scores[inside].mean(), mated[inside].mean(), low, high))
    mean, share, low_bounds, high_bounds = np.array(rows).T
    errors = np.maximum([share - low_bounds, high_bounds - share], 0)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfect")
    axes.errorbar(mean, share, errors, fmt="o", color=_MATED, capsize=3, label="these pairs, 95 % interval")
    axes.set(xlabel="mean score", ylabel="share of mated pairs", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))


def _kinds(measured: Measured) -> tuple[tuple[str, str, metrics.Flags], ...]:
    return ("mated", _MATED, measured.mated), ("non-mated", _NON_MATED, ~measured.mated)


def _operating_points(measured: Measured) -> tuple[Reals, Reals]:
    points = measured.card.operating_points
    return (
        np.array([point.false_match_rate for point in points]),
        np.array([point.true_match_rate for point in points]),
    )


def _probit(shares: Reals, least: float) -> Reals:
    """Deviates of the standard normal distribution, on which a DET curve is drawn (Martin et al. 1997)."""
    return np.array([NormalDist().inv_cdf(share) for share in np.clip(shares, least, 1 - least)])
