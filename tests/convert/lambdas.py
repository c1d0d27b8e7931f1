"""Code as users write it into Lambda layers: their names stand at the top of their files."""

from keras import ops

unit_length = lambda x: ops.normalize(x, axis=-1)  # noqa: E731
scale = lambda x: x / 255  # noqa: E731
difference = lambda both: ops.abs(both[0] - both[1])  # noqa: E731
lost = lambda x: helper(x)  # noqa: E731, F821, PLW0108
