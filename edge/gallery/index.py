"""All references of the model in use, as one immutable matrix: exact search, the nearest of each person. Pure."""

from collections.abc import Sequence

import numpy as np

from edge.types import Embedding, Match, PersonId
from edge.vision.card import Calibration
from edge.vision.similarity import Distance, distances, score


class Index:
    """Made anew for each change of the gallery, and swapped in between two frames."""

    def __init__(
        self,
        people: Sequence[PersonId],
        references: Sequence[Embedding],
        model: str,
        distance: Distance,
        calibration: Calibration,
    ) -> None:
        """References ordered by person, `people` naming whose each is.

        Raises:
            ValueError: a reference is of another model than `model`.
        """
        if foreign := {reference.model for reference in references} - {model}:
            raise ValueError(f"references of the models {sorted(foreign)} cannot be compared with those of {model}")
        names, self._starts = np.unique(np.asarray(people, dtype=object), return_index=True)
        self.people: tuple[PersonId, ...] = tuple(names)
        self._matrix = np.stack([r.vector for r in references]) if references else np.empty((0, 0), np.float32)
        self._model, self._distance, self._calibration = model, distance, calibration

    def nearest(self, probe: Embedding) -> Match | None:
        """The person whose nearest reference is nearest to `probe`, with the runner-up; None in an empty gallery.

        Raises:
            ValueError: the probe was made by another model.
        """
        if probe.model != self._model:
            raise ValueError(f"a probe of the model {probe.model} cannot be compared with references of {self._model}")
        if not self.people:
            return None
        to_each = np.minimum.reduceat(distances(probe.vector, self._matrix, self._distance), self._starts)
        order = np.argsort(to_each, kind="stable")[:2]
        second = self._match(int(order[1]), to_each) if len(order) > 1 else None
        return self._match(int(order[0]), to_each, second)

    def _match(self, at: int, to_each: np.ndarray, runner_up: Match | None = None) -> Match:  # type: ignore[type-arg]
        distance = float(to_each[at])
        return Match(self.people[at], float(score(distance, self._calibration)), distance, runner_up)
