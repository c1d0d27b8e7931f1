"""Where the embeddings of people lie: their two main directions (principal components)."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from converter.report.plots import plot

_NAMED = 10  # people with a colour of their own


def embedding_map(vectors: NDArray[np.float32], who: Sequence[str]) -> str:
    """The data URI of the map; the people with most pictures have colours, the others are grey."""
    pca = PCA(n_components=2, random_state=0)
    places = pca.fit_transform(vectors)
    named = [name for name, _ in Counter(who).most_common(_NAMED)]
    people = np.array(who)

    def draw(axes: Axes) -> None:
        rest = ~np.isin(people, named)
        if rest.any():
            axes.plot(*places[rest].T, ".", ms=4, color="#a8a29e", label="others")
        for number, name in enumerate(named):
            axes.plot(*places[people == name].T, ".", ms=7, color=f"C{number}", label=_short(name))
        first, second = (f"{100 * share:.0f} % of the variance" for share in pca.explained_variance_ratio_)
        axes.set(xlabel=first, ylabel=second)

    return plot(draw)


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"  # noqa: PLR2004 - what fits into a legend
