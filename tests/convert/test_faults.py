"""Files that are no trained twin, or worse: each gets its own error, and nothing in any of them is run."""

import json
import os
import zipfile

import pytest

from converter.convert.reading.faults import ModelUnclear, ModelUnreadable, ModelUnsafe, ModelUnsupported

pytestmark = pytest.mark.convert


def read(file, **hints):
    from converter.convert import keras_file

    return keras_file.read(file, keras_file.Hints(**hints))


@pytest.fixture
def twin_file(tmp_path):
    """A twin in a file with that ending."""
    from . import twins

    def save(ending, model=None):
        (model or twins.twin(twins.l1)).save(tmp_path / f"twin.{ending}")
        return tmp_path / f"twin.{ending}"

    return save


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no model that Keras wrote"),
        (b"just a text\n", r"no model that Keras wrote.*b'just a t'"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x80\x04\x95pickle", "a Python pickle, which is code and is never opened"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "damaged HDF5"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged archive"),
    ],
)
@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_what_no_keras_wrote_is_refused_by_what_it_is(tmp_path, content, said, ending):
    (tmp_path / f"model.{ending}").write_bytes(content)
    with pytest.raises(ModelUnreadable, match=said):
        read(tmp_path / f"model.{ending}")


def test_a_file_or_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelUnreadable, match=r"missing\.h5: cannot be read: No such file"):
        read(tmp_path / "missing.h5")
    with pytest.raises(ModelUnreadable, match=r"without saved_model\.pb"):
        read(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff nothing of the sort")
    with pytest.raises(ModelUnreadable, match="a damaged SavedModel"):
        read(tmp_path)


def test_a_tflite_file_under_another_name_is_told(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"\x1c\0\0\0TFL3" + b"\0" * 60)
    with pytest.raises(ModelUnsupported, match=r"end in \.tflite"):
        read(tmp_path / "model.keras")


@pytest.mark.parametrize("ending", ["h5", "keras"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_is_told(twin_file, ending, share):
    file = twin_file(ending)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelUnreadable, match="damaged"):
        read(file)


def test_hdf5_without_a_model_is_told(tmp_path):
    import h5py

    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["numbers"] = [1.0, 2.0]
    with pytest.raises(ModelUnreadable, match="without model_config and without a layer's weights"):
        read(tmp_path / "data.h5")


def test_hdf5_whose_weights_are_gone_or_of_another_shape_is_told(twin_file):
    import h5py

    file = twin_file("h5")
    with h5py.File(file, "r+") as opened:
        del opened["model_weights/embedding"][next(iter(opened["model_weights/embedding"]))]
    with pytest.raises(ModelUnreadable, match="damaged HDF5"):
        read(file)
    file = twin_file("h5")
    with h5py.File(file, "r+") as opened:
        group = next(iter(opened["model_weights/embedding"].values()))
        del group["kernel"]
        group["kernel"] = [[1.0]]
    with pytest.raises(ModelUnreadable, match=r"wants \(.*\) numbers as kernel; the file has \(1, 1\)"):
        read(file)


def test_hdf5_that_reaches_into_other_files_is_refused(twin_file, tmp_path):
    import h5py

    (tmp_path / "secret").write_bytes(b"\0" * 4096)
    file = twin_file("h5")
    with h5py.File(file, "r+") as opened:
        group = next(iter(opened["model_weights/embedding"].values()))
        del group["bias"]
        group.create_dataset("bias", (8,), "float32", external=[(str(tmp_path / "secret"), 0, 32)])
    with pytest.raises(ModelUnsafe, match="to be read from another file"):
        read(file)
    with h5py.File(file, "r+") as opened:
        group = next(iter(opened["model_weights/embedding"].values()))
        del group["bias"]
        group["bias"] = h5py.ExternalLink("other.h5", "/bias")
    with pytest.raises(ModelUnsafe, match="'bias' is a link into another file"):
        read(file)


def test_hdf5_that_claims_to_be_huge_is_refused(twin_file):
    import h5py

    file = twin_file("h5")
    with h5py.File(file, "r+") as opened:
        group = next(iter(opened["model_weights/embedding"].values()))
        del group["bias"]
        group.create_dataset("bias", (2 << 30,), "float32", chunks=(1 << 20,), compression="gzip")
    assert file.stat().st_size < 1 << 20
    with pytest.raises(ModelUnsafe, match=r"would take 8\.6 GB"):
        read(file)


def archive(file, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return file


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path):
    zeros = b"\0" * (64 << 20)
    bomb = archive(tmp_path / "bomb.keras", {"config.json": b"{}", "model.weights.h5": zeros})
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(ModelUnsafe, match=r"model\.weights\.h5 in it would grow from [\d,]+ bytes to 67,108,864"):
        read(bomb)
    many = archive(tmp_path / "many.keras", {f"{number}.json": b"" for number in range(1001)})
    with pytest.raises(ModelUnsafe, match="1001 files; allowed are 1000"):
        read(many)


def test_an_archive_that_unpacks_to_gigabytes_is_refused(tmp_path, monkeypatch):
    from converter.convert.reading import weights

    file = archive(tmp_path / "huge.keras", {"config.json": b"{}", "model.weights.h5": os.urandom(1 << 20)})
    monkeypatch.setattr(weights, "MOST_BYTES", 1 << 19)
    with pytest.raises(ModelUnsafe, match="what its archive unpacks to would take"):
        read(file)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"word/document.xml": b"a letter"}, r"without config\.json and model\.weights\.h5"),
        ({"config.json": b"[", "model.weights.h5": b""}, "config.json in it is no JSON"),
        ({"config.json": b"[]", "model.weights.h5": b""}, "describes no model"),
        ({"config.json": b"{}", "model.weights.h5": b""}, "not one that Keras writes"),
        (
            {"config.json": b'{"class_name": "Functional", "config": 1}', "model.weights.h5": b""},
            "'Functional' is code",
        ),
    ],
)
def test_an_archive_that_is_no_model_is_told(tmp_path, members, said):
    with pytest.raises((ModelUnreadable, ModelUnsupported), match=said):
        read(archive(tmp_path / "model.keras", members))


def test_weights_in_an_archive_that_are_damaged_are_told(twin_file, tmp_path):
    file = twin_file("keras")
    with zipfile.ZipFile(file) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    damaged = archive(tmp_path / "damaged.keras", members | {"model.weights.h5": members["model.weights.h5"][:5000]})
    with pytest.raises(ModelUnreadable, match="damaged HDF5"):
        read(damaged)


def test_a_folder_exported_for_serving_is_told_with_a_way_out(keras3):
    with pytest.raises(ModelUnsupported, match=r"exported for serving.*model\.save.*\.tflite file"):
        read(keras3 / "sigmoid-L1Dist-100.export")


def test_code_in_a_file_is_run_only_if_it_is_trusted(twin_file, tmp_path):
    """A Lambda that writes a file, in place of the distance."""
    from keras import layers

    from . import lambdas, twins

    file = twin_file("keras", twins.twin(lambda a, b: layers.Lambda(lambdas.difference)([a, b])))
    witness = tmp_path / "it-ran"
    with zipfile.ZipFile(file) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    config = json.loads(members["config.json"])
    layer = next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")
    layer["config"]["function"]["config"]["code"] = marshalled(witness)
    archive(file, members | {"config.json": json.dumps(config)}, zipfile.ZIP_STORED)
    for hints in ({}, {"distance": "l1"}):
        try:
            read(file, **hints)
        except ModelUnclear:
            assert not hints
        assert not witness.exists()
    read(file, trust_code=True)
    assert witness.exists()


def marshalled(witness):
    """The code of a function that touches a file and then does what is expected."""
    import base64
    import marshal

    scope: dict = {}
    exec(f"def f(both): open({str(witness)!r}, 'w').close(); return ops.abs(both[0] - both[1])", scope)
    return base64.b64encode(marshal.dumps(scope["f"].__code__)).decode()


def test_code_of_another_python_is_told(twin_file):
    from keras import layers

    from . import lambdas, twins

    file = twin_file("keras", twins.twin(lambda a, b: layers.Lambda(lambdas.difference)([a, b])))
    with zipfile.ZipFile(file) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    config = json.loads(members["config.json"])
    layer = next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")
    layer["config"]["function"]["config"]["code"] = "AAAA"
    archive(file, members | {"config.json": json.dumps(config)})
    with pytest.raises(ModelUnsupported, match="another version of Python"):
        read(file, trust_code=True)


def test_reading_leaves_nothing_behind(twin_file, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    read(twin_file("keras"))
    assert not list(scratch.iterdir())
