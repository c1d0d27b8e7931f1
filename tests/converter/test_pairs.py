"""Pairs files: what is read, and what each fault says."""

import pytest

from converter.errors import PairsUnreadable
from converter.evaluate.pairs import pictures, read_pairs


@pytest.fixture
def images(tmp_path):
    for name in ("Ann_Bell", "Bo"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in (1, 2):
            (tmp_path / "images" / name / f"{name}_{number:04d}.jpg").touch()
    return tmp_path / "images"


def written(images, text, encoding="utf-8"):
    file = images.parent / "pairs.txt"
    file.write_bytes(text.encode(encoding))
    return file


def test_reads_pairs_without_folds(images):
    pairs = read_pairs(written(images, "1\nAnn_Bell\t1\t2\nAnn_Bell\t2\tBo\t1\n"), images)
    assert [pair.mated for pair in pairs] == [True, False]
    assert [pair.fold for pair in pairs] == [0, 0]
    assert pairs[1].identities == ("Ann_Bell", "Bo")
    assert pairs[1].name == "Ann_Bell_0002 - Bo_0001"
    assert [path.name for path in pictures(pairs)] == ["Ann_Bell_0001.jpg", "Ann_Bell_0002.jpg", "Bo_0001.jpg"]


def test_reads_folds_spaces_and_blank_lines(images):
    text = "2 1\r\n\r\nBo 1 2\r\nBo 1 Ann_Bell 1\r\nAnn_Bell 1 2\r\nBo 2 Ann_Bell 2\r\n"
    assert [pair.fold for pair in read_pairs(written(images, text), images)] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("ten\nBo\t1\t2", r":1: expected the number of pairs .* found 'ten'"),
        ("0\n", ":1: expected the number"),
        ("-1\n", ":1: expected the number"),
        ("1 2 3\n", ":1: expected the number"),
        ("1" * 5000, ":1: expected the number"),
        ("2\nBo\t1\t2\n", "announces 4 pairs, 1 follow"),
        ("1\nBo\t1\t2\nBo\t1\tAnn_Bell\n", r":3: expected NAME N M or NAME N NAME M"),
        ("1\nBo\t1\t2\nBo\tx\tAnn_Bell\t1\n", r":3: expected NAME N M"),
        ("1\n\nBo\t1\t2\nBo\t1\tCy\t1\n", r":4: no picture .*Cy_0001.jpg"),
        ("1\nBo\t1\t3\nBo\t1\tAnn_Bell\t1\n", r":2: no picture .*Bo_0003.jpg"),
        ("1\nBo\t1\t2\nBo\t2\t1\n", "all pairs are mated"),
        ("1\nBo\t1\tAnn_Bell\t1\nBo\t2\tAnn_Bell\t1\n", "all pairs are non-mated"),
    ],
)
def test_says_what_is_wrong_and_where(images, text, message):
    with pytest.raises(PairsUnreadable, match=message):
        read_pairs(written(images, text), images)


def test_other_encodings_folders_and_missing_files(images):
    with pytest.raises(PairsUnreadable, match="UTF-8"):
        read_pairs(written(images, "1\nJosé\t1\t2\n", "latin-1"), images)
    with pytest.raises(PairsUnreadable, match="cannot be read"):
        read_pairs(images / "none.txt", images)
    with pytest.raises(PairsUnreadable, match="cannot be read"):
        read_pairs(images, images)
    with pytest.raises(PairsUnreadable, match="no such folder"):
        read_pairs(written(images, "1\nBo\t1\t2\nBo\t1\tAnn_Bell\t1\n"), images / "none")
