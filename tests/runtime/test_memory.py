"""What only the start needed is given back, and nothing breaks by it."""

import subprocess
import sys
from pathlib import Path

from edge.runtime.memory import forget_start

_PROGRAM = """
import cv2, numpy as np
from edge.runtime.memory import forget_start

def resident_files_kb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssFile"))

picture = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
before, blurred = resident_files_kb(), cv2.GaussianBlur(picture, (3, 3), 1)
forget_start()
after = resident_files_kb()
assert np.array_equal(cv2.GaussianBlur(picture, (3, 3), 1), blurred)
print(before, after)
"""


def test_code_that_only_the_start_needed_is_no_longer_resident():
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert after < 0.8 * before


def test_a_system_without_a_list_of_mappings_is_left_alone(tmp_path: Path):
    forget_start(tmp_path / "maps")
