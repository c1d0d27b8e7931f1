"""What of a picture a model was trained to see, from the words of the command line."""

import re

import msgspec

from converter.errors import WrongUsage
from converter.pretrained.cards import CROP, ENROL_LIMITS, PROBE_LIMITS
from edge.vision.card import CentreCrop, FaceCrop, QualityLimits, TemplatePoint, WholeCrop

Crop = FaceCrop | CentreCrop | WholeCrop

_CENTRE = re.compile(r"centre:(\d+),(\d+),(\d+),(\d+)(?:@(\d+)x(\d+))?")
_FRAME = (640, 480)  # what a webcam gives unless it is asked for more
_TEMPLATE_SIDE = 150  # pixels of the crop that the shipped template is measured in
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")


def crop(words: str, width: int, height: int) -> Crop:
    """The crop that `whole`, `face` or `centre:LEFT,TOP,WIDTH,HEIGHT[@WIDTHxHEIGHT]` names, for an input of that size.

    Raises:
        WrongUsage.
    """
    if words == "whole":
        return WholeCrop()
    if words == "face":
        return face(width, height)
    if found := _CENTRE.fullmatch(words):
        return _centre(words, [int(number) for number in found.groups() if number is not None])
    raise WrongUsage(
        f"--crop {words!r} is no crop; give whole, face, or centre:LEFT,TOP,WIDTH,HEIGHT@WIDTHxHEIGHT in pixels of the "
        "camera's picture, such as centre:200,120,250,250@640x480"
    )


def face(width: int, height: int) -> FaceCrop:
    """The shipped template, as large as fits into an input of that size, in its middle."""
    scale = min(width, height) / _TEMPLATE_SIDE
    x, y = (width - scale * _TEMPLATE_SIDE) / 2, (height - scale * _TEMPLATE_SIDE) / 2
    return FaceCrop([TemplatePoint(p.landmark, p.x * scale + x, p.y * scale + y) for p in CROP.template])


def limits(of: Crop) -> QualityLimits:
    """The shipped limits for faces, none for other crops, in which nobody has measured what a good sample is.

    Nor for sharpness, which depends on the crop's size.
    """
    if not isinstance(of, FaceCrop):
        return QualityLimits()
    enrol, probe = (msgspec.structs.replace(one, min_sharpness=None) for one in (ENROL_LIMITS, PROBE_LIMITS))
    return QualityLimits(enrol, probe)


def scaling(words: str) -> tuple[float, float]:
    """Scale and offset that turn pixels of 0..255 into the range that `LOW..HIGH` names.

    Raises:
        WrongUsage.
    """
    found = _RANGE.fullmatch(words)
    if found is None or not (low := float(found[1])) < (high := float(found[2])):
        raise WrongUsage(
            f"--input-range {words!r} is no range; give the values that the model takes for black and for white: "
            "0..1 (pixels divided by 255), 0..255, or with an equals sign --input-range=-1..1"
        )
    return (high - low) / 255, low


def _centre(words: str, numbers: list[int]) -> CentreCrop:
    left, top, width, height, of_width, of_height = (*numbers, *_FRAME)[:6]
    if min(width, height) < 1 or left + width > of_width or top + height > of_height:
        raise WrongUsage(
            f"--crop {words!r} reaches over the edge of a picture of {of_width}x{of_height}; give the size of the "
            "camera's picture behind an @, such as centre:200,120,250,250@1280x720"
        )
    return CentreCrop(left, top, width, height, of_width, of_height)
