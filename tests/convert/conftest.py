import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
NAMES = (
    *("sigmoid-L1Dist-100", "sigmoid-L1Dist-128", "relu-L1_Distance_layer-100", "mobile-L1_Distance_layer-128"),
    *("mobile-Lambda-100", "relu-ops-100", "normalized-L1Dist-100", "sigmoid-euclidean-100", "sigmoid-cosine-100"),
)
KINDS = {"keras3": ("h5", "keras", "weights", "export"), "tf_keras": ("h5", "keras", "saved", "weights", "checkpoint")}


def pytest_collection_modifyitems(items):
    if find_spec("tensorflow") is None:
        skip = pytest.mark.skip(reason="NO TENSORFLOW: pip install -e '.[convert]' to test what opens trained models")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(skip)


def wrote(folder: Path, *words: object, **environment: str) -> Path:
    """The folder, with what `writer.py` wrote there."""
    command = [sys.executable, str(HERE / "writer.py"), str(folder), *map(str, words)]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | quiet | environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def keras3(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keras3")
    return wrote(folder, "--names", *NAMES, "sigmoid-Patched-100", "--kinds", *KINDS["keras3"])


@pytest.fixture(scope="session")
def legacy(tmp_path_factory) -> dict[str, str]:
    """The environment in which TensorFlow has Keras 2: tf_keras in a folder of its own, where nothing else sees it."""
    folder = tmp_path_factory.mktemp("packages")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--target", str(folder), "tf_keras>=2.21,<2.22"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"TF_KERAS CANNOT BE INSTALLED, so no file of Keras 2 is read: {done.stderr.strip()[-300:]}")
    return {"PYTHONPATH": str(folder), "TF_USE_LEGACY_KERAS": "1"}


@pytest.fixture(scope="session")
def tf_keras(tmp_path_factory, legacy) -> Path:
    return wrote(tmp_path_factory.mktemp("tf_keras"), "--names", *NAMES, "--kinds", *KINDS["tf_keras"], **legacy)


@pytest.fixture
def written(request) -> Path:
    """The files of the Keras that the test's parameter names."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).random((4, 32, 32, 3)).astype(np.float32)
