"""Opens a model by what it starts with; names tell little: before TensorFlow 2.12 `.keras` files were HDF5."""

from collections.abc import Callable
from pathlib import Path

from converter.convert.reading import archive, hdf5, saved_model
from converter.convert.reading.faults import ModelUnreadable, ModelUnsupported
from converter.convert.reading.opened import Opened

_FORMATS: dict[bytes, Callable[[Path], Opened]] = {hdf5.MAGIC: hdf5.opened, archive.MAGIC: archive.opened}
_START = 64  # bytes
_FOREIGN = {
    b"version https://git-lfs": "a pointer of Git LFS in the place of the model; fetch it by git lfs pull",
    b"<": "a web page; was a download answered by a page to sign in?",
    b"\x80": "a Python pickle, which is code and is never opened; save the model as .keras or .h5",
}


def opened(path: Path) -> Opened:
    """A file of any kind that Keras writes.

    Raises:
        ModelUnreadable, ModelUnsupported, ModelUnsafe.
    """
    if path.is_dir():
        return saved_model.opened(path)
    if path.suffix == ".index" and path.is_file():
        return saved_model.checkpoint(path)
    start = beginning(path)
    for magic, open_ in _FORMATS.items():
        if start.startswith(magic):
            return open_(path)
    if start[4:8] == b"TFL3":
        raise ModelUnsupported("a TFLite model already, under another name; let its name end in .tflite")
    known = next((what for magic, what in _FOREIGN.items() if start.startswith(magic)), "no model that Keras wrote")
    raise ModelUnreadable(
        f"{known} (it starts with {start[:8]!r}; wanted is HDF5, a .keras archive or a SavedModel folder)"
    )


def beginning(path: Path) -> bytes:
    """The first bytes.

    Raises:
        ModelUnreadable.
    """
    try:
        with path.open("rb") as file:
            return file.read(_START)
    except OSError as fault:
        raise ModelUnreadable(f"{path}: cannot be read: {fault.strerror}") from fault
