"""The network that a round has trained, and the images that it is to see."""

import numpy as np
import torch
from torch import Tensor

from backend.db.tables import Checkpoint, Image, Project, Round
from backend.domain.errors import CheckpointMismatch
from backend.domain.image_file import read_image
from backend.storage import BlobStore
from models.networks import SegmentationNetwork
from worker.artifacts import load_checkpoint
from worker.context import Context
from worker.device import open_device

_warm: tuple[str, SegmentationNetwork] | None = None


def round_network(context: Context, round_: Round, project: Project) -> SegmentationNetwork:
    """The round's teacher in eval mode, on the worker's device; kept for the next segment.

    Raises:
        CheckpointMismatch: its checkpoint is gone.
    """
    global _warm  # noqa: PLW0603  (the process stays warm)
    if _warm is not None and _warm[0] == round_.checkpoint_out:
        return _warm[1]
    with context.database.read() as session:
        checkpoint = session.get(Checkpoint, round_.checkpoint_out or "")
    if checkpoint is None:
        raise CheckpointMismatch("The checkpoint of this round is gone; cancel the round and start another.")
    classes = [label_class["name"] for label_class in project.classes]
    network = load_checkpoint(context.blobs, checkpoint, classes=classes).eval().requires_grad_(requires_grad=False)
    network = network.to(open_device(context.settings)).to(memory_format=torch.channels_last)
    _warm = (checkpoint.id, network)
    return network


def read_tensor(blobs: BlobStore, image: Image) -> Tensor:
    """RGB pixels, uint8 (3, h, w)."""
    return torch.from_numpy(np.ascontiguousarray(read_image(blobs.get(image.blob_key)).transpose(2, 0, 1)))
