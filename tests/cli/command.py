"""The command line, called as people call it."""

import json
from dataclasses import dataclass
from typing import Any

from edge.__main__ import main


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must hold one JSON document and nothing else."""
        return json.loads(self.out)

    def complains(self, *words: str) -> bool:
        """Whether standard error says all of this in one line, and holds no traceback."""
        assert "Traceback" not in self.out + self.err
        lines = [line for line in self.err.splitlines() if all(word in line for word in words)]
        assert len(lines) == 1, f"expected one line with {words}, found:\n{self.err}"
        return True


def called(*words: object) -> int:
    """The exit status of `siamese-edge WORDS`."""
    try:
        return main([str(word) for word in words])
    except SystemExit as end:  # argparse ends so at wrong usage and --help
        return int(end.code or 0)
