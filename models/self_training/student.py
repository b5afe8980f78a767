"""The student as torch wraps it: compiled, and its gradients averaged over ranks."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from models.networks import SegmentationNetwork
from models.ranks import Ranks


class Student(nn.Module):
    """Logits and, for the contrastive loss, the projection, in one call: wrappers see nothing but `forward`."""

    def __init__(self, network: SegmentationNetwork, *, projects: bool) -> None:
        super().__init__()
        self.network = network
        self.projects = projects

    def forward(
        self, images: Float[Tensor, "n 3 h w"]
    ) -> tuple[Float[Tensor, "n c h4 w4"], Float[Tensor, "n d h4 w4"] | None]:
        """Both at stride 4, of RGB images in 0...255."""
        features = self.network.features(images)
        return self.network.logits(features), self.network.projection(features) if self.projects else None


def wrapped(student: Student, *, ranks: Ranks, device: torch.device, compiled: bool) -> nn.Module:
    """The student to call in a step. Its gradients are the mean over ranks: nothing else divides (trap T9)."""
    module: nn.Module = student
    if ranks.size > 1:
        module = DistributedDataParallel(module, device_ids=[device] if device.type == "cuda" else None)
    if compiled:
        module.compile()
    return module
