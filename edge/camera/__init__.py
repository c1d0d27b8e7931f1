"""Where frames come from: a camera, a clip or a folder of photos, and the slot that holds the newest one."""

import os
from operator import attrgetter

import cv2

# OpenCV and FFmpeg write to stderr past our log, and put whole addresses there, passwords included. Every fault that
# matters is raised by this package in its own words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
_SILENT = 0
_set_log_level = "setLogLevel" if hasattr(cv2, "setLogLevel") else "utils.logging.setLogLevel"  # the latter since 5.0
attrgetter(_set_log_level)(cv2)(_SILENT)
