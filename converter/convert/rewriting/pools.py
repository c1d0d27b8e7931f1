"""The maximum over a rectangle is that of its columns' maxima: bit for bit, with far fewer reads."""

from dataclasses import replace

from converter.convert.reading.net import Ref, Step
from converter.convert.rewriting.plan import Plan, changed, pair

_WORTH_IT = 16  # pixels of a window: 4 x 4 reads 8 when split


def split(plan: Plan) -> None:
    """Each large max pool into a vertical and a horizontal one."""
    for step in plan.each():
        if step.kind == "MaxPooling2D":
            height, width = pair(step.settings["pool_size"])
            if height > 1 and width > 1 and height * width >= _WORTH_IT:
                _split(plan, step, height, width)


def _split(plan: Plan, step: Step, height: int, width: int) -> None:
    down, across = pair(step.settings.get("strides") or (height, width))
    first = replace(
        changed(step, pool_size=(height, 1), strides=(down, 1)), name=f"{step.name}|", path=(f"{step.path[0]}_down",)
    )
    second = replace(
        changed(step, pool_size=(1, width), strides=(1, across)),
        path=(f"{step.path[0]}_across",),
        arguments=(Ref(first.name),),
    )
    plan.put(step, first, second)
    plan.done.append(
        f"max pool {height}x{width}/{down}x{across} split into {height}x1/{down}x1 and 1x{width}/1x{across}"
    )
