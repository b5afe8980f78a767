"""What the benchmark of training trains: a network that knows a little, batches, and files. All of it is generated.

h rows, w columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import cycle, islice

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from backend.domain.image_file import ImageSize
from backend.domain.label_schema import IGNORE_INDEX
from backend.domain.protocols import CITYSCAPES_19
from backend.domain.recipes.stal import TRAINING
from backend.domain.regions import Box
from backend.domain.training_config import Pretrained
from backend.services.manifests import AnsweredRegion, Manifest, ManifestImage
from backend.storage import BlobStore
from models.losses import cross_entropy, upsample
from models.networks import SegmentationNetwork
from models.self_training import Batch, Trainer
from worker.artifacts import new_network
from worker.training import Order

NUM_CLASSES = len(CITYSCAPES_19)
SEED = 0


@dataclass(frozen=True)
class Setting:
    """What is measured.

    Attributes:
        network: of `build_network`.
        crop: rows and columns of a crop.
        crops: of each domain a step.
        lessons: steps before anything is measured, with labels, so that the teacher is sure of something.
        rounds: every side has its turn in each.
        steps: timed ones of a side and round.
        files: size of the PNG files of the measurement with loading.
        images: files of each domain.
        loaded: steps of each measurement with loading.
    """

    network: str
    crop: int
    crops: int
    lessons: int
    rounds: int
    steps: int
    files: ImageSize
    images: int
    loaded: int


FULL = Setting(
    "deeplabv3plus_resnet101",
    769,
    4,
    100,
    rounds=5,
    steps=3,
    files=ImageSize(width=2048, height=1024),
    images=8,
    loaded=40,
)
QUICK = Setting("tiny_fpn", 65, 4, 60, rounds=3, steps=2, files=ImageSize(width=256, height=128), images=4, loaded=5)


def picture(height: int, width: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Areas of all classes, each of its colour, with noise: uint8 (3, h, w) and its label map."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, NUM_CLASSES, 6, 6 * width // height, generator=generator)
    labels = F.interpolate(coarse, (height, width), mode="bilinear")[0].argmax(dim=0)
    colours = torch.randint(40, 216, (NUM_CLASSES, 3), generator=torch.Generator().manual_seed(SEED))
    noise = torch.randint(-12, 13, (3, height, width), generator=generator)
    return (colours[labels].permute(2, 0, 1) + noise).to(torch.uint8), labels.to(torch.uint8)


def make_batch(setting: Setting, *, seed: int) -> Batch:
    """All source crops have labels, and the first target crop, as a whole image that somebody has answered."""
    pairs = [picture(setting.crop, setting.crop, seed=1000 * seed + place) for place in range(2 * setting.crops)]
    images, labels = (torch.stack(planes) for planes in zip(*pairs, strict=True))
    answered = torch.zeros_like(labels[setting.crops :], dtype=torch.bool)
    answered[0] = True
    return Batch(
        source_images=images[: setting.crops],
        source_labels=labels[: setting.crops],
        target_images=images[setting.crops :],
        target_labels=labels[setting.crops :].masked_fill(~answered, IGNORE_INDEX),
        answered=answered,
        coarse=torch.zeros_like(answered),
    )


def make_order(setting: Setting) -> Order:
    """Contrast from the first step on, and a rate at which a random network does not diverge."""
    config = replace(
        TRAINING,
        network=setting.network,
        pretrained=Pretrained.RANDOM,
        batch_size=setting.crops,
        crop=setting.crop,
        source_size=None,
        iterations=200 * (2975 - 30) // setting.crops,
        class_sampling=True,
        confidence_power=2.0,
        contrast_start=0.0,
        validations=0,
    )
    return Order(
        round_id="benchmark",
        seed=SEED,
        classes=tuple(CITYSCAPES_19),
        config=config,
        manifest_key="",
        begins_from=None,
        snapshot=None,
        val=(),
    )


def make_network(setting: Setting, batches: Sequence[Batch], device: torch.device) -> SegmentationNetwork:
    """One that has seen the batches with their labels: a random one is sure of nothing, and has nothing to contrast.

    Without dropout, so that both sides compute the same losses.
    """
    network = new_network(setting.network, num_classes=NUM_CLASSES, seed=SEED, pretrained=Pretrained.RANDOM)
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    network = network.to(device).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    for batch in islice(cycle(batches), setting.lessons):
        logits = upsample(network(batch.source_images.to(device).float()), height=setting.crop, width=setting.crop)
        optimiser.zero_grad()
        cross_entropy(logits, batch.source_labels.to(device)).backward()
        optimiser.step()
    return network


def fill_bank(trainer: Trainer) -> None:
    bank = trainer.bank
    keys = torch.randn(
        NUM_CLASSES, bank.size, trainer.student.embedding_dim, generator=torch.Generator().manual_seed(SEED)
    )
    counts = torch.full((NUM_CLASSES,), bank.size, device=trainer.device)
    bank.push(F.normalize(keys, dim=-1).to(trainer.device), counts)


def make_manifest(setting: Setting, blobs: BlobStore) -> Manifest:
    """As many source images as target images, one of which somebody has answered."""
    size = setting.files
    source, target = [], []
    for seed in range(setting.images):
        images, labels = zip(*(picture(size.height, size.width, seed=2 * seed + k) for k in range(2)), strict=True)
        keys = [blobs.put(png(image.permute(1, 2, 0).numpy())) for image in images]
        names = {"width": size.width, "height": size.height}
        source.append(
            ManifestImage(
                image_id=f"s{seed}", blob_key=keys[0], label_key=blobs.put(png(labels[0].numpy())), answers=(), **names
            )
        )
        answer = AnsweredRegion(
            box=Box(x=0, y=0, **names),
            mask=np.ones((size.height, size.width), dtype=bool),
            label_map=labels[1].numpy(),
            coarse=False,
        )
        answers = () if seed else (answer,)
        target.append(ManifestImage(image_id=f"t{seed}", blob_key=keys[1], label_key=None, answers=answers, **names))
    return Manifest(source=tuple(source), target=tuple(target))


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return file.getvalue()
