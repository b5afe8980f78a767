"""Frozen batch norm stays as it is; synchronised batch norm keeps what timm puts into it."""

import copy

import pytest
import torch
from torch import nn

from models.networks import build_network, freeze_batch_norm, synchronise_batch_norm


@pytest.mark.parametrize("name", ["tiny_fpn", "deeplabv2_resnet50"])  # timm's batch norm with activation; torch's own
def test_frozen_batch_norm_keeps_statistics_scale_and_shift_through_training(name):
    network = build_network(name, num_classes=3)
    freeze_batch_norm(network)
    network.eval()
    copied = copy.deepcopy(network).train()
    before = copy.deepcopy(copied.state_dict())
    optimiser = torch.optim.SGD([p for p in copied.parameters() if p.requires_grad], lr=0.1)
    copied(torch.rand(2, 3, 32, 32) * 255).square().mean().backward()
    optimiser.step()
    changed = {key for key, tensor in copied.state_dict().items() if not torch.equal(tensor, before[key])}
    norms = {key for key, module in copied.named_modules() if "BatchNorm" in type(module).__name__}
    assert len(norms) > 5
    assert changed
    assert not {key for key in changed if key.rpartition(".")[0] in norms}


def test_with_frozen_batch_norm_an_image_does_not_depend_on_its_batch():
    network = build_network("tiny_fpn", num_classes=3).train()
    images = torch.rand(3, 3, 64, 64) * 255
    assert not torch.allclose(network(images)[:1], network(images[:1]), atol=1e-4)
    freeze_batch_norm(network)
    assert torch.allclose(network(images)[:1], network(images[:1]), atol=1e-5)


def test_synchronised_batch_norm_computes_the_same_and_is_everywhere():
    network = build_network("tiny_fpn", num_classes=3).eval()
    images = torch.rand(1, 3, 32, 32) * 255
    expected = network(images)
    synchronised = synchronise_batch_norm(network)
    assert torch.equal(synchronised(images), expected)
    norms = [module for module in synchronised.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    assert len(norms) > 5
    assert all(isinstance(module, nn.SyncBatchNorm) for module in norms)
