"""The command line's promises: exit status, messages, which packages it needs, what it writes where."""

import os
import subprocess
import sys

import pytest

from converter.__main__ import main
from converter.cli.console import Watched, muted


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["inspect"],
        ["evaluate", "face"],
        ["evaluate", "face", "--pairs", "x", "--images", "y", "--threads", "0"],
        ["evaluate", "face", "--pairs", "x", "--images", "y", "--threads", "many"],
        ["pretrained"],
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["evaluate"], ["inspect"], ["pretrained"]])
def test_help_documents_the_exit_status(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--help"])
    assert stopped.value.code == 0
    assert "exit status:" in capsys.readouterr().out


def test_inspect_and_evaluate_never_import_tensorflow():
    script = (
        "import sys; from converter.__main__ import main; main(['inspect', 'detector']); "
        "import converter.cli.evaluate; sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["pretrained", "--data", "x"], "tensorflow"),
        (["evaluate", "face", "--pairs", "x", "--images", "y"], "sklearn"),
    ],
)
def test_a_missing_package_is_named_with_its_cure(arguments, missing, capsys, without):
    without(missing)
    assert main(arguments) == 1
    err = capsys.readouterr().err
    assert missing in err
    assert "pip install 'siamese-edge[convert]'" in err


def test_inspect_needs_no_package_of_the_converter(without, capsys):
    without("tensorflow", "keras", "sklearn", "matplotlib")
    assert main(["inspect", "detector"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "face", "--pairs", "{}/none.txt", "--images", "{}"], "none.txt: cannot be read"),
        (["evaluate", "face", "--pairs", "{}/pairs.txt", "--images", "{}/none"], "none: no such folder"),
        (["evaluate", "no-such", "--pairs", "{}/good.txt", "--images", "{}"], "shipped bundle"),
        (["evaluate", "detector", "--pairs", "{}/good.txt", "--images", "{}"], "of the kind detector"),
    ],
)
def test_faults_of_evaluate_are_one_clear_line(arguments, message, tmp_path, capsys):
    (tmp_path / "pairs.txt").write_text("1\nA\t1\t2\nA\t1\tB\t1\n")
    (tmp_path / "good.txt").write_text("1\nA\t1\t2\nA\t1\tB\t1\n")
    for name, number in (("A", 1), ("A", 2), ("B", 1)):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"{name}_{number:04d}.jpg").touch()
    assert main([word.format(tmp_path) for word in arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1


def test_pretrained_without_its_data(tmp_path, capsys):
    pytest.importorskip("sklearn")
    assert main(["pretrained", "--data", str(tmp_path / "none"), "--work", str(tmp_path / "work")]) == 1
    assert "pairsDevTrain.txt" in capsys.readouterr().err
    assert main(["pretrained", "--data", str(tmp_path), "--work", str(tmp_path / "work")]) == 1
    assert "pairsDevTrain.txt: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


def test_muting_sends_native_chatter_to_a_file_and_gives_it_back(tmp_path, capfd):
    with muted(tmp_path / "log") as terminal:
        os.write(1, b"native out\n")
        os.write(2, b"native err\n")
        terminal.write("seen\n")
    print("after")
    out, err = capfd.readouterr()
    assert (out, err) == ("after\n", "seen\n")
    assert (tmp_path / "log").read_text() == "native out\nnative err\n"


def test_muting_ends_with_a_fault(tmp_path, capfd):
    with pytest.raises(ValueError, match="x"), muted(tmp_path / "log"):
        raise ValueError("x")
    print("after")
    assert capfd.readouterr().out == "after\n"


def test_progress_passes_everything_on(capsys):
    assert list(Watched().track([3, 1, 2], "counting")) == [3, 1, 2]
    assert capsys.readouterr().out == ""
