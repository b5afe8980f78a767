"""Batch norm that stands still, and batch norm over all GPUs."""

from timm.layers.norm_act import convert_sync_batchnorm

from models.networks.interface import BATCH_NORM, SegmentationNetwork


def freeze_batch_norm(network: SegmentationNetwork) -> None:
    """Normalise with the running statistics as they are, from now on and after `train()`, and learn no scale or shift.

    Then an image's logits do not depend on the other images of its batch.

    Source: Xie et al. 2022, RIPU, arXiv:2111.12940; their training freezes it, METHOD.md, section 2.2.
    """
    network.batch_norm_is_frozen = True
    for module in network.modules():
        if isinstance(module, BATCH_NORM):
            module.requires_grad_(requires_grad=False)
    network.train(network.training)


def synchronise_batch_norm(network: SegmentationNetwork) -> SegmentationNetwork:
    """The same network with batch statistics over all processes, for DDP on GPUs.

    torch's own conversion would lose the activations that timm keeps inside its batch norms.
    """
    synchronised: SegmentationNetwork = convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
    return synchronised
