"""Files of weights: what `models` computes with and the worker opens."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from backend.db.base import new_id
from backend.db.session import Session
from backend.db.tables import Checkpoint
from backend.domain.errors import CheckpointMismatch, MissingData
from backend.domain.training_config import Pretrained
from backend.domain.vocabulary import CheckpointRole
from backend.storage import BlobKey, BlobStore
from models.networks import SegmentationNetwork, build_network
from worker.weights import encoder_weights


def new_network(
    name: str,
    *,
    num_classes: int,
    seed: int,
    weights_folder: Path | None = None,
    pretrained: Pretrained = Pretrained.IF_PRESENT,
) -> SegmentationNetwork:
    """A network with ImageNet weights in its encoder, and everything else drawn by `seed`.

    Args:
        name: see `build_network`.
        num_classes: C.
        seed: of all random weights.
        weights_folder: see `encoder_weights`.
        pretrained: whether ImageNet weights are taken; where they are taken if present, a missing file is a warning.

    Raises:
        MissingData: there is no such network, or its weights are missing or of another encoder.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build_network(name, num_classes=num_classes)
        if pretrained is not Pretrained.RANDOM:
            required = pretrained is Pretrained.REQUIRED
            weights = encoder_weights(name, folder=weights_folder, required=required)
            if weights is not None:
                network.load_encoder(weights)
    except ValueError as error:
        raise MissingData(str(error)) from error
    return network


def save_checkpoint(
    session: Session,
    blobs: BlobStore,
    weights: Mapping[str, Tensor],
    *,
    project_id: str,
    round_id: str,
    role: CheckpointRole,
    provenance: dict[str, Any],
) -> Checkpoint:
    """Store weights with how they came about, as safetensors; `provenance` needs `network` and `classes`."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    data = safetensors.torch.save(tensors, metadata={"stal": json.dumps(provenance, sort_keys=True)})
    checkpoint = Checkpoint(
        id=new_id(),
        project_id=project_id,
        round_id=round_id,
        role=role,
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
    check_classes(checkpoint, classes)
    return load_weights(blobs, checkpoint.blob_key, network=checkpoint.provenance["network"], num_classes=len(classes))


def check_classes(checkpoint: Checkpoint, classes: list[str]) -> None:
    """Raise `CheckpointMismatch` where the checkpoint's network has another number of classes."""
    trained = checkpoint.provenance["classes"]
    if len(trained) != len(classes):
        raise CheckpointMismatch(
            f"The checkpoint has {len(trained)} classes, the project {len(classes)}. Start the round from scratch.",
            checkpoint_id=checkpoint.id,
        )


def load_weights(blobs: BlobStore, key: BlobKey, *, network: str, num_classes: int) -> SegmentationNetwork:
    """The network whose weights a checkpoint's blob holds."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        loaded = build_network(network, num_classes=num_classes)
    weights = safetensors.torch.load(blobs.get(key))
    # Checkpoints from before the contrastive loss have no projection: it begins at random, the same each time.
    fresh = [name for name in loaded.state_dict() if name not in weights and name.startswith("projection_head.")]
    loaded.load_state_dict({**weights, **{name: loaded.state_dict()[name] for name in fresh}})
    return loaded


def save_snapshot(blobs: BlobStore, state: dict[str, Any]) -> BlobKey:
    """Store the whole state of a training, to go on from."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return blobs.put(buffer.getvalue())


def load_snapshot(blobs: BlobStore, key: BlobKey) -> dict[str, Any]:
    """The state that `save_snapshot` has stored."""
    state: dict[str, Any] = torch.load(io.BytesIO(blobs.get(key)), map_location="cpu", weights_only=True)
    return state
