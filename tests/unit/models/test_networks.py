"""Networks: shapes, what trains what, names, and whole-image inference."""

import pytest
import torch

from models.inference import predict_logits
from models.networks import NETWORKS, build_network
from worker.artifacts import new_network


@pytest.mark.parametrize(
    ("name", "height", "width"),
    [
        *((name, 45, 35) for name in (*NETWORKS, "fpn:test_convnext")),
        ("tiny_fpn", 32, 64),
        ("deeplabv2_resnet50", 32, 33),
    ],
)
def test_all_maps_have_stride_four_whatever_the_size(name, height, width):
    network = build_network(name, num_classes=5).eval()
    with torch.no_grad():
        features = network.features(torch.zeros(2, 3, height, width))
        logits, embeddings = network.logits(features), network.projection(features)
    cells = (-(-height // 4), -(-width // 4))
    assert features.shape[-2:] == cells
    assert logits.shape == (2, 5, *cells)
    assert embeddings.shape == (2, network.embedding_dim, *cells)


@pytest.mark.parametrize("name", ["tiny_fpn", "fpn:test_resnet", "deeplabv3plus_resnet50", "deeplabv2_resnet50"])
def test_forward_trains_all_but_the_projection(name):
    network = build_network(name, num_classes=3)
    network(torch.rand(2, 3, 33, 33) * 255).square().mean().backward()
    without = {parameter for parameter, tensor in network.named_parameters() if tensor.grad is None}
    assert without == {parameter for parameter, _ in network.named_parameters() if parameter.startswith("projection_")}
    network.projection(network.features(torch.rand(2, 3, 33, 33) * 255)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())


def test_one_network_tells_its_features_from_logits_and_projection():
    network = build_network("tiny_fpn", num_classes=3).eval()
    images = torch.rand(1, 3, 32, 32) * 255
    with torch.no_grad():
        assert torch.equal(network(images), network.logits(network.features(images)))


def test_images_are_normalised_as_the_encoder_was_trained():
    white = torch.full((1, 3, 1, 1), 255.0)
    light = build_network("lite0_fpn", num_classes=2).normalise(white)
    assert torch.equal(light, torch.ones(1, 3, 1, 1))  # (255 - 127) / 128
    imagenet = build_network("fpn:test_resnet", num_classes=2)  # timm trained it on mean and deviation 0.5
    assert torch.allclose(imagenet.normalise(white), torch.ones(1, 3, 1, 1))
    assert not any(name in imagenet.state_dict() for name in ("mean", "deviation"))


@pytest.mark.parametrize(("height", "width"), [(64, 96), (61, 83), (7, 5)])
def test_whole_images_of_any_size(height, width):
    network = build_network("tiny_fpn", num_classes=4).eval()
    image = torch.randint(0, 256, (3, height, width), dtype=torch.uint8)
    assert predict_logits(network, image).shape == (4, height, width)


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
    with pytest.raises(ValueError, match="timm has no encoder 'unknown'"):
        build_network("fpn:unknown", num_classes=3)
    with pytest.raises(ValueError, match="at least 2"):
        build_network("tiny_fpn", num_classes=1)


@pytest.mark.parametrize(
    ("encoder", "why"),
    [
        ("vit_tiny_patch16_224", "of images of any size: Input height"),  # only 224 x 224
        ("test_vit", "strides 4, 8, 16 and 32"),  # all at 16
        ("test_mambaout", "channels before rows"),  # rows before channels
    ],
)
def test_an_encoder_that_gives_no_pyramid_is_refused(encoder, why):
    with pytest.raises(ValueError, match=why):
        build_network(f"fpn:{encoder}", num_classes=3)
