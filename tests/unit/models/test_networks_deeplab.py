"""DeepLab: the ResNet is torchvision's, cells lie over their pixels, and the sum of dilated convolutions is one."""

import pytest
import torch
import torchvision
from torch.nn import functional

from models.networks import build_network
from models.networks.deeplab import double


def test_the_encoder_computes_what_torchvision_computes():
    reference = torchvision.models.resnet50(replace_stride_with_dilation=[False, True, True]).eval()
    network = build_network("deeplabv3plus_resnet50", num_classes=3).eval()
    network.load_encoder(reference.state_dict())
    images = torch.rand(1, 3, 45, 61) * 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        shallow, deep = network.encoder(network.normalise(images))
        normal = (images / 255 - mean[:, None, None]) / deviation[:, None, None]
        stem = reference.maxpool(reference.relu(reference.bn1(reference.conv1(normal))))
        stage_1 = reference.layer1(stem)
        stage_4 = reference.layer4(reference.layer3(reference.layer2(stage_1)))
    assert torch.allclose(shallow, stage_1, rtol=1e-4, atol=1e-5)
    assert torch.allclose(deep, stage_4, rtol=1e-4, atol=1e-4)
    assert deep.shape[-2:] == (6, 8)  # stride 8


@pytest.mark.parametrize("network", ["deeplabv3plus_resnet101", "deeplabv2_resnet101"])
def test_the_encoder_has_the_parameters_of_torchvisions(network):
    with torch.device("meta"):  # counting takes no storage
        reference = torchvision.models.resnet101()
        encoder = build_network(network, num_classes=2).encoder
    without_classifier = sum(parameter.numel() for parameter in reference.parameters()) - 2048 * 1000 - 1000
    assert sum(parameter.numel() for parameter in encoder.parameters()) == without_classifier


def test_doubling_is_bilinear_with_aligned_corners_where_that_is_exact():
    maps = torch.rand(1, 2, 4, 5)
    aligned = functional.interpolate(maps, size=(7, 9), mode="bilinear", align_corners=True)
    assert torch.equal(double(maps, size=(7, 9)), aligned)
    longer = double(maps, size=(8, 10))
    assert torch.equal(longer[..., :7, :9], aligned)
    assert torch.equal(longer[..., 7, :9], aligned[..., 6, :])
    assert torch.equal(longer[..., ::2, ::2], maps)
    assert torch.equal(double(maps[..., :1, :1], size=(2, 1)), maps[..., :1, :1].expand(-1, -1, 2, 1))


@pytest.mark.parametrize("name", ["deeplabv3plus_resnet50", "deeplabv2_resnet50", "fpn:resnet18"])
@pytest.mark.parametrize("width", [256, 261])
def test_a_step_of_four_pixels_is_a_step_of_one_cell_everywhere(name, width):
    """With convolutions that pass on their middle, the logits of a ramp are that ramp, neither bent nor stretched."""
    network = build_network(name, num_classes=2).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                middle = torch.zeros_like(module.weight)
                rows, columns = module.kernel_size
                middle[..., rows // 2, columns // 2] = 1 / middle.shape[1]
                module.weight.copy_(middle)
                if module.bias is not None:
                    module.bias.zero_()
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.fill_(1)  # the last of a residual block begins at 0
        if name.startswith("deeplabv3plus"):
            network.decoder.aspp[0].convs[-1][1].weight.zero_()  # the mean of the whole image
        network.mean.zero_()  # the ramp must pass every ReLU
        network.deviation.fill_(1)
        ramp = torch.arange(width, dtype=torch.float32).expand(1, 3, 20, -1)
        logits, moved = (network(image)[0, 0, 2].double() for image in (ramp, ramp + 4))
    steps = logits.diff()[8:-18]  # the border is padded
    assert steps[0] > 0.1
    assert torch.allclose(steps, steps[0].expand_as(steps), rtol=1e-3)
    assert torch.allclose(steps, (moved - logits)[8:-19], rtol=1e-3)


def test_deeplab_v2_sums_four_dilated_convolutions_at_stride_eight():
    network = build_network("deeplabv2_resnet50", num_classes=3).eval()
    images = torch.rand(1, 3, 21, 221) * 255
    with torch.no_grad():
        stage_4 = network.encoder(network.normalise(images))[0]
        expected = torch.zeros(3, 3, 28)
        for convolution, rate in zip(network.head.convolutions, (6, 12, 18, 24), strict=True):
            expected += convolution.bias[:, None, None]
            for row, column in ((r, c) for r in range(3) for c in range(3)):
                moved = functional.pad(stage_4, (rate, rate, rate, rate))
                top, left = row * rate, column * rate
                window = moved[0, :, top : top + 3, left : left + 28]
                expected += torch.einsum("cf,fhw->chw", convolution.weight[:, :, row, column], window)
        logits = network(images)[0]
    assert logits.shape == (3, 6, 56)
    assert torch.allclose(logits[:, ::2, ::2], expected, rtol=1e-3, atol=1e-4)
    weights = torch.cat([convolution.weight.flatten() for convolution in network.head.convolutions])
    assert weights.std().item() == pytest.approx(0.01, rel=0.01)
    assert weights.mean().item() == pytest.approx(0, abs=1e-4)
