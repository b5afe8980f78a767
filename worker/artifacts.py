"""Files of weights: what `models` computes with and the worker opens."""

import io
import json
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from backend.db.base import new_id
from backend.db.session import Session
from backend.db.tables import Checkpoint
from backend.domain.errors import CheckpointMismatch, MissingData
from backend.storage import BlobKey, BlobStore
from models.networks import SegmentationNetwork, build_network
from worker.weights import encoder_weights


def new_network(
    name: str, *, num_classes: int, seed: int, weights_folder: Path | None = None, require_weights: bool = False
) -> SegmentationNetwork:
    """A network with ImageNet weights in its encoder, and everything else drawn by `seed`.

    Args:
        name: see `build_network`.
        num_classes: C.
        seed: of all random weights.
        weights_folder: see `encoder_weights`.
        require_weights: a missing file of weights is an error; otherwise the encoder begins at random, with a warning.

    Raises:
        MissingData: there is no such network, or its weights are missing or of another encoder.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = build_network(name, num_classes=num_classes)
        weights = encoder_weights(name, folder=weights_folder, required=require_weights)
        if weights is not None:
            network.load_encoder(weights)
    except ValueError as error:
        raise MissingData(str(error)) from error
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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(provenance["network"], num_classes=len(classes))
    weights = safetensors.torch.load(blobs.get(checkpoint.blob_key))
    # Checkpoints from before the contrastive loss have no projection: it begins at random, the same each time.
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
