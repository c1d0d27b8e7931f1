import os
from pathlib import Path

import pytest

from edge import config
from edge.vision import stack as vision_stack
from edge.vision.stack import Stack

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data() -> Path:
    """The image collection."""
    folder = Path(os.environ.get("SIAMESE_EDGE_DATA", ROOT / "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"NO IMAGE COLLECTION at {folder}: set SIAMESE_EDGE_DATA to test on real faces")
    return folder


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The shipped models, as a terminal builds them."""
    return vision_stack.build(config.Vision(threads=1))
