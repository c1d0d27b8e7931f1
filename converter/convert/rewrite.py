"""Exact rewrites of a tower: it computes the same, in fewer and cheaper operations."""

import keras

from converter.convert.reading.net import Step
from converter.convert.rewriting import affine, constant, pools, stem
from converter.convert.rewriting.plan import Plan, put_together, taken_apart

_OF_TRAINING = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "SpatialDropout2D",
)
_RANDOM = "Random"  # augmentation: RandomFlip, RandomRotation, …


def rewritten(tower: keras.Model) -> tuple[keras.Model, list[str]]:
    """The tower for one picture at a time, and what was changed, for people."""
    plan = taken_apart(tower)
    drop_idle(plan)
    affine.fold(plan)
    constant.collapse(plan)
    pools.split(plan)
    stem.gather(plan)
    plan.done.append("batch size fixed to 1")
    return put_together(plan, batch_size=1), plan.done


def drop_idle(plan: Plan) -> None:
    """Takes out what does something in training only."""
    for step in plan.each():
        if _is_idle(step):
            plan.drop(step)
            plan.done.append(f"{step.kind} dropped, which is idle after training")


def _is_idle(step: Step) -> bool:
    linear = step.kind == "Activation" and step.settings.get("activation") in (None, "linear")
    return linear or step.kind in _OF_TRAINING or step.kind.startswith(_RANDOM)
