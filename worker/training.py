"""A round's training: built from an order, and advanced step by step. Knows neither jobs nor the database.

An order holds all that settles a training, so ranks in other processes build the same from it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import structlog
import torch

from backend.config import Settings
from backend.domain.errors import DeviceOutOfMemory, MissingData, TrainingDiverged
from backend.domain.image_file import ImageSize
from backend.domain.training_config import TrainingConfig
from backend.services import manifests
from backend.storage import BlobKey, BlobStore
from models.augment import Augmentation
from models.networks import SegmentationNetwork
from models.ranks import ALONE, Ranks
from models.self_training import (
    ContrastConfig,
    Draws,
    OptimiserConfig,
    SelfTrainingConfig,
    StepReport,
    Trainer,
)
from worker.artifacts import load_snapshot, load_weights, new_network
from worker.data import TrainingData
from worker.decoded import DecodedImages
from worker.loader import Loader
from worker.validation import Best, ValImage, is_due, miou_of, weights_of

log = structlog.get_logger()
SNAPSHOT_VERSION = 2  # of what `Training.state` holds
LOADER_THREADS = 8  # where a GPU computes; a CPU that computes has no core to spare


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be trained.

    Attributes:
        round_id: whose training it is.
        seed: of the round.
        classes: names, in the order of their ids.
        config: of the training.
        manifest_key: blob of what there is to learn from.
        begins_from: blob of the weights that the round begins from; None: ImageNet's.
        snapshot: blob of a state to go on from.
        val: images to tell the best teacher by.
    """

    round_id: str
    seed: int
    classes: tuple[str, ...]
    config: TrainingConfig
    manifest_key: BlobKey
    begins_from: BlobKey | None
    snapshot: BlobKey | None
    val: tuple[ValImage, ...]


@dataclass(slots=True, kw_only=True)
class Training:
    """A training where it stands.

    Attributes:
        batch_size: crops of each domain a step; less than asked for where the GPU was too small.
        best: None before the first validation, and where there is none.
    """

    order: Order
    trainer: Trainer
    data: TrainingData
    blobs: BlobStore
    batch_size: int
    best: Best | None = None

    @property
    def iterations(self) -> int:
        return self.trainer.config.iterations

    @property
    def is_done(self) -> bool:
        return self.trainer.iteration == self.iterations

    def state(self) -> dict[str, Any]:
        """All that `build` needs to go on bit by bit."""
        return {
            # The round's id makes the blob its own: one that a round like it shared would be deleted under its feet.
            "round_id": self.order.round_id,
            "version": SNAPSHOT_VERSION,
            "trainer": self.trainer.state(),
            "batch_size": self.batch_size,
            "best": None if self.best is None else asdict(self.best),
        }


def build(
    order: Order, settings: Settings, blobs: BlobStore, *, device: torch.device, ranks: Ranks = ALONE
) -> Training:
    """The training of an order, where its snapshot stands.

    Raises:
        MissingData: no labelled source images, or no weights.
    """
    manifest = manifests.read(blobs, order.manifest_key)
    if not manifest.source:
        raise MissingData("The project has no labelled source images in the train split; import some, then retry.")
    config = order.config
    trainer = Trainer(_network(order, settings, blobs), self_training(order), device=device, ranks=ranks)
    training = Training(
        order=order,
        trainer=trainer,
        data=TrainingData(
            decoded=DecodedImages(
                blobs, settings.data_dir / "decoded", limit_bytes=int(settings.decoded_gigabytes * 10**9)
            ),
            manifest=manifest,
            num_classes=len(order.classes),
            augmentation=Augmentation(
                crop=config.crop_size, scales=config.scales, flip=config.flip, colour=config.colour
            ),
            source_size=_size(config.source_size),
            target_size=_size(config.target_size),
        ),
        blobs=blobs,
        batch_size=config.batch_size,
    )
    state = None if order.snapshot is None else load_snapshot(blobs, order.snapshot)
    if state is not None and state.get("version") != SNAPSHOT_VERSION:
        log.warning("snapshot_of_another_version", round_id=order.round_id, reason="the training begins again")
        state = None
    if state is not None:
        trainer.load_state(state["trainer"])
        training.batch_size = state["batch_size"]
        training.best = None if state["best"] is None else Best(**state["best"])
    return training


def advance(training: Training, *, should_stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Train until it is done or `should_stop` says so after a step; a row of figures for every step.

    Raises:
        TrainingDiverged: a loss or gradient is not finite.
        DeviceOutOfMemory: the GPU is too small for one crop of each domain.
        torch.OutOfMemoryError: the GPU of one of several ranks is too small; the others wait for it in vain.
    """
    while not training.is_done:
        try:
            yield from _advance(training, should_stop=should_stop)
        except torch.OutOfMemoryError as error:
            if training.trainer.ranks.size > 1:
                raise  # a smaller batch is for all ranks to take
            yield _back_off(training, error)
            continue
        return


def self_training(order: Order) -> SelfTrainingConfig:
    """The method's hyper-parameters of an order."""
    config, names = order.config, order.classes
    contrast = None
    if config.contrast_weight > 0:
        if len(names) < 3:
            log.warning("contrastive_loss_left_out", classes=len(names), reason="it needs at least three")
        else:
            contrast = ContrastConfig(weight=config.contrast_weight, start=config.contrast_start)
    return SelfTrainingConfig(
        num_classes=len(names),
        iterations=config.iterations,
        optimiser=OptimiserConfig(
            kind=config.optimiser.value,
            learning_rate=config.learning_rate,
            encoder_factor=config.encoder_factor,
            weight_decay=config.weight_decay,
            warm_up=config.warm_up,
            horizon=config.horizon,
            clip=config.clip,
        ),
        supervised=config.supervised.value,
        balance=config.balance,
        answered_weight=config.answered_weight,
        unsupervised_weight=config.unsupervised_weight,
        unsupervised_ramp=config.unsupervised_ramp,
        unsupervised_until=config.unsupervised_until,
        ema_decay=config.ema_decay,
        alpha0=config.alpha0,
        confidence_power=config.confidence_power,
        class_sampling=config.class_sampling,
        mixing=config.mixing.value,
        copy_paste=config.copy_paste,
        background=frozenset(names.index(name) for name in config.background if name in names),
        contrast=contrast,
        consistency_weight=config.consistency_weight,
        negative_weight=config.negative_weight,
        sieve=config.sieve,
        recolour=config.colour,
        frozen_norm=config.frozen_norm,
        precision=config.precision.value,
    )


def _advance(training: Training, *, should_stop: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    trainer, ranks = training.trainer, training.trainer.ranks
    count = max(1, training.batch_size // ranks.size)
    crops = range(ranks.index * count, (ranks.index + 1) * count)
    seed, began = training.order.seed, time.perf_counter()
    threads = LOADER_THREADS if trainer.device.type == "cuda" else 0
    with Loader(
        lambda iteration: training.data.batch(Draws(seed, iteration, crops)),
        first=trainer.iteration,
        last=training.iterations,
        threads=threads,
    ) as loader:
        while not training.is_done:
            try:
                report = trainer.step(next(loader), seed=seed)
            except FloatingPointError as error:
                raise TrainingDiverged(
                    f"{error} Lower the learning rate, or look for a wrong label map among the source images."
                ) from error
            waited = loader.waited / (time.perf_counter() - began)
            yield {"iteration": trainer.iteration} | _figures(report, waited) | _validate(training)
            if should_stop():
                return


def _figures(report: StepReport, waited: float) -> dict[str, Any]:
    """Rounded: they go to a database row and a browser a second."""
    figures = asdict(report) | {"waited_share": waited}
    confidence = figures.pop("class_confidence")
    rounded: dict[str, Any] = {name: round(value, 5) for name, value in figures.items()}
    rounded["class_confidence"] = [None if value is None else round(value, 3) for value in confidence]
    return rounded


def _validate(training: Training) -> dict[str, Any]:
    """Now and then, what the teacher is worth on val images; the best one is kept."""
    trainer, order = training.trainer, training.order
    times, iteration = order.config.validations, trainer.iteration
    if not order.val or not is_due(iteration, times=times, iterations=training.iterations):
        return {}
    miou = miou_of(trainer.teacher, order.val, training.blobs)
    if training.best is None or miou > training.best.miou:
        training.best = Best(miou=miou, iteration=iteration, weights=weights_of(trainer.teacher))
    return {"val_miou": round(miou, 5)}


def _back_off(training: Training, error: torch.OutOfMemoryError) -> dict[str, Any]:
    crop = " x ".join(map(str, training.order.config.crop_size))
    asked = training.batch_size
    if asked <= training.trainer.ranks.size:
        raise DeviceOutOfMemory(
            f"The GPU has not enough memory for one crop of {crop} pixels of each domain. Lower crop, or take a "
            "smaller network."
        ) from error
    training.batch_size = asked // 2
    training.trainer.optimiser.zero_grad(set_to_none=True)
    torch.cuda.empty_cache()
    note = (
        f"The GPU has not enough memory for {asked} crops of {crop} pixels of each domain: "
        f"going on with {training.batch_size}."
    )
    log.warning("batch_halved", asked=asked, batch_size=training.batch_size)
    return {"iteration": training.trainer.iteration, "batch_size": training.batch_size, "note": note}


def _network(order: Order, settings: Settings, blobs: BlobStore) -> SegmentationNetwork:
    config, num_classes = order.config, len(order.classes)
    if order.begins_from is not None:
        return load_weights(blobs, order.begins_from, network=config.network, num_classes=num_classes)
    return new_network(
        config.network,
        num_classes=num_classes,
        seed=order.seed,
        weights_folder=settings.weights,
        pretrained=config.pretrained,
    )


def _size(rows_and_columns: tuple[int, int] | None) -> ImageSize | None:
    if rows_and_columns is None:
        return None
    return ImageSize(height=rows_and_columns[0], width=rows_and_columns[1])
