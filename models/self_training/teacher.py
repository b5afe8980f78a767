"""The teacher: an exponential moving average of the student, buffers included."""

import torch
from torch import nn


@torch.no_grad()
def update_teacher(teacher: nn.Module, student: nn.Module, *, iteration: int, decay: float) -> None:
    r"""Move the teacher towards the student, after the optimiser's step.

    .. math:: \bar\theta \leftarrow m \bar\theta + (1 - m) \theta, \quad m = \min(1 - 1 / (t + 1), \text{decay})

    Batch statistics are averaged as the parameters are, because the teacher always runs in eval mode; the released
    code leaves them to themselves (METHOD.md, trap T11). Counters are copied.

    Args:
        teacher: changed in place; shares no storage with the student.
        student: read only.
        iteration: t, from 0; at 0 the teacher becomes the student.
        decay: the largest m.

    Source: STAL, arXiv:2301.13361; METHOD.md, section 4.1.
    """
    momentum = min(1 - 1 / (iteration + 1), decay)
    own, theirs = teacher.state_dict(), student.state_dict()
    averaged = [name for name, tensor in own.items() if tensor.is_floating_point()]
    # All tensors in a few kernels: one by one, hundreds of small ones took a tenth of a step.
    torch._foreach_lerp_([own[name] for name in averaged], [theirs[name] for name in averaged], 1 - momentum)
    for name in own.keys() - set(averaged):
        own[name].copy_(theirs[name])
