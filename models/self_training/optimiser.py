"""The optimiser: the encoder, which has been trained before, learns more slowly than the heads."""

import torch

from models.networks import SegmentationNetwork
from models.self_training.config import OptimiserConfig

MOMENTUM = 0.9  # of SGD; METHOD.md, section 7


def build_optimiser(network: SegmentationNetwork, config: OptimiserConfig) -> torch.optim.Optimizer:
    """AdamW or SGD over the network's parameters that have a gradient, in two groups."""
    encoder = {id(parameter) for parameter in network.encoder.parameters()}
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [one for one in learned if id(one) in encoder], "factor": config.encoder_factor},
        {"params": [one for one in learned if id(one) not in encoder], "factor": 1.0},
    ]
    if config.kind == "adamw":
        return torch.optim.AdamW(groups, lr=config.learning_rate, weight_decay=config.weight_decay, fused=True)
    return torch.optim.SGD(
        groups, lr=config.learning_rate, momentum=MOMENTUM, weight_decay=config.weight_decay, fused=True
    )


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The rate of the heads; the encoder's is its factor times that."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group["factor"]
