"""A large convolution over few channels, in two steps.

The first puts the pixels of a row side by side as channels, the second goes down the columns over those. Integer
kernels read channels by eights: over 3 colours five eighths of each read are wasted, over 30 channels hardly any.
"""

from dataclasses import replace

import numpy as np

from converter.convert.reading.net import Ref, Step
from converter.convert.rewriting.plan import Plan, changed, pair

_FEW, _MANY = 4, 16  # channels before, and at least so many after


def gather(plan: Plan) -> None:
    """Each convolution that gains by it."""
    for step in plan.each():
        if step.kind == "Conv2D" and _gains(plan, step):
            _gather(plan, step)


def _gains(plan: Plan, step: Step) -> bool:
    height, width, channels, _ = plan.numbers[step.name]["kernel"].shape
    plain = step.settings.get("groups", 1) == 1 and pair(step.settings.get("dilation_rate", 1)) == (1, 1)
    return plain and channels <= _FEW and height > 1 and width * channels >= _MANY


def _gather(plan: Plan, step: Step) -> None:
    numbers = plan.numbers[step.name]
    height, width, channels, filters = numbers["kernel"].shape
    down, across = pair(step.settings.get("strides", 1))
    side_by_side = width * channels
    first = replace(
        changed(
            step, filters=side_by_side, kernel_size=(1, width), strides=(1, across), activation=None, use_bias=False
        ),
        name=f"{step.name}|rows",
        path=(f"{step.path[0]}_rows",),
    )
    second = replace(
        changed(step, kernel_size=(height, 1), strides=(down, 1)),
        path=(f"{step.path[0]}_columns",),
        arguments=(Ref(first.name),),
    )
    plan.numbers[first.name] = {"kernel": np.eye(side_by_side).reshape(1, width, channels, side_by_side)}
    plan.numbers[step.name] = numbers | {"kernel": numbers["kernel"].reshape(height, 1, side_by_side, filters)}
    plan.put(step, first, second)
    plan.done.append(
        f"{step.kind} {step.path[0].removesuffix('_0')} {height}x{width} over {channels} channels made one of "
        f"{height}x1 over {side_by_side}"
    )
