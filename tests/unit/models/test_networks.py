"""Networks: shapes, weights from the package, and whole-image inference."""

import pytest
import torch

from models.inference import predict_logits
from models.networks import NETWORKS, build_network
from worker.artifacts import encoder_weights, new_network


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("height", "width"), [(64, 96), (61, 83)])
def test_logits_have_stride_four(name, height, width):
    network = build_network(name, num_classes=5).eval()
    with torch.no_grad():
        logits = network(torch.zeros(2, 3, height, width))
    assert logits.shape == (2, 5, -(-height // 4), -(-width // 4))


@pytest.mark.parametrize(("height", "width"), [(64, 96), (61, 83), (7, 5)])
def test_whole_images_of_any_size(height, width):
    network = build_network("tiny_fpn", num_classes=4).eval()
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    assert predict_logits(network, image).shape == (4, height, width)


def test_the_encoder_takes_the_weights_of_the_package():
    weights = encoder_weights("lite0_fpn")
    network = new_network("lite0_fpn", num_classes=3, seed=0)
    stem = next(iter(weights.values()))
    assert torch.equal(next(iter(network.encoder.state_dict().values())), stem)
    deepest = network.encoder.state_dict()["blocks.6.0.bn3.running_var"]
    assert any(torch.equal(deepest, tensor) for tensor in weights.values() if tensor.shape == deepest.shape)


def test_the_head_is_drawn_by_seed_and_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, other = (new_network("tiny_fpn", num_classes=3, seed=1) for _ in range(2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))
    third = new_network("tiny_fpn", num_classes=3, seed=2)
    assert not torch.equal(one.head[-1].weight, third.head[-1].weight)


def test_wrong_weights_and_names_are_refused():
    network = build_network("tiny_fpn", num_classes=3)
    with pytest.raises(ValueError, match="not those of the encoder"):
        network.load_encoder({"a": torch.zeros(3)})
    with pytest.raises(ValueError, match="no network 'unet'"):
        build_network("unet", num_classes=3)
    with pytest.raises(ValueError, match="at least 2"):
        build_network("tiny_fpn", num_classes=1)
