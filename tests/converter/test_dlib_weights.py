"""dlib's file format, byte by byte."""

import numpy as np
import pytest

from converter.towers.dlib_weights import read_layers


def integer(value: int) -> bytes:
    size = max((abs(value).bit_length() + 7) // 8, 1)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def layer(mark: bytes, values: list[float], between: tuple[int, ...] = (), version: int = 2) -> bytes:
    shape = b"".join(integer(n) for n in (len(values), 1, 1, 1))
    data = np.array(values, "<f4").tobytes()
    return integer(len(mark)) + mark + b"".join(map(integer, between)) + integer(version) + shape + data


def test_reads_layers_between_other_bytes(tmp_path):
    file = tmp_path / "net.dat"
    content = layer(b"con_4", [1, 2, 3]) + b"noise" + layer(b"affine_", [4, 5]) + layer(b"fc_2", [6] * 300, (128, -1))
    file.write_bytes(b"head" + content)
    found = read_layers(file)
    assert [one.kind for one in found] == ["conv", "affine", "dense"]
    assert [list(one.parameters[:3]) for one in found] == [[1, 2, 3], [4, 5], [6, 6, 6]]
    assert len(found[2].parameters) == 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (layer(b"con_4", [1], version=3), "expected tensor format 2"),
        (layer(b"con_4", [1, 2])[:-3], "buffer is smaller"),
        (integer(5) + b"con_4", "no tensor after the conv layer"),
        (b"GIF89a" * 100, "no layer of one"),
    ],
)
def test_refuses_a_damaged_file(tmp_path, content, message):
    (tmp_path / "net.dat").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_layers(tmp_path / "net.dat")
