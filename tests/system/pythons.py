"""The Pythons of this machine, and what one of them says."""

import os
import shutil
import subprocess
from pathlib import Path

VERSIONS = ["3.11", "3.12", "3.13"]


def clean_environment() -> dict[str, str]:
    """Without what would let another environment's packages in, or this one's."""
    left_out = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SIAMESE_EDGE_CONFIG"}
    return {key: value for key, value in os.environ.items() if key not in left_out}


def found(version: str) -> Path | None:
    """A Python of that version that really answers; a shim of pyenv may be there and not."""
    named = shutil.which(f"python{version}")
    built = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
    for candidate in [*([Path(named)] if named else []), *built]:
        question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run(
            [str(candidate), "-c", question], capture_output=True, text=True, check=False, env=clean_environment()
        )
        if answer.returncode == 0 and answer.stdout.strip() == version:
            return candidate
    return None
