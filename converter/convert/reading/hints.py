"""What the user says of a model where its file does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from converter.errors import WrongUsage

DISTANCES = ("l1", "squared", "euclidean", "cosine")
MEANINGS = ("unit-length", "nothing")


@dataclass(frozen=True, slots=True)
class Hints:
    """The answers.

    Args:
        tower: the name of a nested model; of a model with one input, the layer that gives the embedding; of a file of
            weights alone, `koch`, `koch:SIDE`, or a file with a model of the same build.
        distance: of `DISTANCES`: what a Lambda or a layer of the user's computes from two embeddings. Where the file
            tells another one, or has a head that cannot be taken over, this one is taken and the head is left out.
        input_range: with it, a Lambda right behind the input counts as the scaling that gives this range.
        trust_code: run the code of Lambda layers.
        layers: what other layers of the user's do, by their names: of `MEANINGS`.
    """

    tower: str | None = None
    distance: str | None = None
    input_range: str | None = None
    trust_code: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises `WrongUsage` for words that mean nothing."""
        if self.distance is not None and self.distance not in DISTANCES:
            raise WrongUsage(f"--distance {self.distance!r} is no distance; known are {', '.join(DISTANCES)}")
        for name, meaning in self.layers.items():
            if meaning not in MEANINGS:
                raise WrongUsage(f"--layer {name}={meaning!r} says nothing; known are {', '.join(MEANINGS)}")
