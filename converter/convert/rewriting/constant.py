"""Pools so large that each of their windows sees the whole picture: what follows works on one pixel, not on a map.

The face-verification tutorial's third pool is one: all 81 pixels that it gives are the same, so are the 36 behind the
next convolution, and 35 of 36 columns of the large dense layer's kernel multiply the same numbers again.
"""

from dataclasses import replace

import numpy as np

from converter.convert.reading.net import Ref, Step
from converter.convert.rewriting.plan import Plan, changed, pair, shapes

_ELEMENTWISE = ("ReLU", "LeakyReLU", "ELU", "Activation", "BatchNormalization", "Rescaling")
_POOLS = ("MaxPooling2D", "AveragePooling2D")


def collapse(plan: Plan) -> None:
    """Such pools become global ones, as long as the layers behind them can do with one pixel."""
    sizes = shapes(plan)
    for step in plan.each():
        if step.kind == "MaxPooling2D" and _sees_all(step, sizes):
            _, height, width, _ = sizes[step.name]
            if height * width > 1:
                whole = replace(step, kind="GlobalMaxPooling2D", settings={"keepdims": True})
                plan.put(step, whole)
                plan.done.append(f"{_shown(step)} sees the whole map {height * width} times: made a global one")
                _spread(plan, whole, sizes)


def _sees_all(step: Step, sizes: dict[str, tuple[int, ...]]) -> bool:
    inputs, outputs = sizes[step.inputs[0]][1:3], sizes[step.name][1:3]
    strides = pair(step.settings.get("strides") or step.settings["pool_size"])
    axes = zip(inputs, outputs, pair(step.settings["pool_size"]), strides, strict=True)
    same = step.settings.get("padding", "valid") == "same"
    return all((0, size) == window for size, *rest in axes for window in windows(size, *rest, padded=same))


def windows(size: int, count: int, pool: int, stride: int, *, padded: bool) -> list[tuple[int, int]]:
    """First and last+1 pixel that each of `count` windows sees of `size` pixels."""
    before = max((count - 1) * stride + pool - size, 0) // 2 if padded else 0
    starts = [number * stride - before for number in range(count)]
    return [(max(start, 0), min(start + pool, size)) for start in starts]


def _spread(plan: Plan, step: Step, sizes: dict[str, tuple[int, ...]]) -> None:
    """Goes on from one pixel, through all layers that can; before the first that cannot, the map is made again."""
    user = plan.only_user(step)
    while user is not None and (following := _on_one_pixel(plan, user, sizes)) is not None:
        if user.kind == "Dense":
            return
        step, user = following, plan.only_user(following)
    _, height, width, _ = sizes[step.name]
    if height * width > 1:
        spread = Step(
            f"{step.name}|map", (f"{step.path[0]}_map",), "UpSampling2D", None, {"size": (height, width)}, (), {}
        )
        moved = replace(step, name=f"{step.name}|pixel")
        plan.numbers[moved.name] = plan.numbers.get(step.name, {})
        plan.put(step, moved, replace(spread, arguments=(Ref(moved.name),)))


def _on_one_pixel(plan: Plan, step: Step, sizes: dict[str, tuple[int, ...]]) -> Step | None:
    """The step's like for one pixel, which is put in its place; None if there is none."""
    if step.kind in _POOLS:
        before = plan.net.steps[step.inputs[0]]
        sizes[before.name] = sizes[step.name]
        plan.drop(step)
        return before
    if step.kind in _ELEMENTWISE:
        return step
    if step.kind == "Flatten":
        user = plan.only_user(step)
        return step if user is not None and user.kind == "Dense" else None
    if step.kind in ("Conv2D", "DepthwiseConv2D") and step.settings.get("padding", "valid") == "valid":
        return _summed(plan, step)
    return _shortened(plan, step) if step.kind == "Dense" else None


def _summed(plan: Plan, step: Step) -> Step:
    """A convolution over equal pixels: its kernel in one sum."""
    numbers = plan.numbers[step.name]
    if max(numbers["kernel"].shape[:2]) > 1:
        plan.numbers[step.name] = numbers | {"kernel": numbers["kernel"].sum(axis=(0, 1), keepdims=True)}
        plan.done.append(f"{_shown(step)} works on equal pixels: its kernel summed to 1x1")
    new = changed(step, kernel_size=(1, 1), strides=(1, 1), dilation_rate=(1, 1))
    plan.put(step, new)
    return new


def _shortened(plan: Plan, step: Step) -> Step:
    """A dense layer behind a flattened map of equal pixels: the rows of its kernel in one sum for each channel."""
    numbers, before = plan.numbers[step.name], plan.before(step)
    assert before is not None
    channels = _channels(plan, before)
    kernel = numbers["kernel"]
    short = kernel.reshape(-1, channels, kernel.shape[1]).sum(axis=0)
    plan.numbers[step.name] = numbers | {"kernel": np.ascontiguousarray(short)}
    plan.done.append(f"{_shown(step)} takes {channels:,} numbers instead of {len(kernel):,}, which were repeated")
    return step


def _channels(plan: Plan, step: Step) -> int:
    return int(shapes(plan, step.name)[step.name][-1])


def _shown(step: Step) -> str:
    return f"{step.kind} {step.path[0].removesuffix('_0')}"
