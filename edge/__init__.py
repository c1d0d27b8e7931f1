"""The terminal at the door: camera frame, face, embedding, match, decision, durable MQTT event."""

import os

__version__ = "0.1.0"

# OpenCV reads its limit once, when it is first imported. A larger picture is refused from its header, before memory is
# taken for it.
MAX_PHOTO_PIXELS = 100_000_000
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PHOTO_PIXELS))
