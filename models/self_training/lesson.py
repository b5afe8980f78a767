"""From a batch to a lesson: what the student is shown, and what it should say.

n crops of each domain of h x w pixels, c classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from models.losses import IGNORE_INDEX
from models.ranks import Ranks
from models.self_training.config import SelfTrainingConfig
from models.self_training.draws import Draws
from models.self_training.mixing import (
    adaptive_rectangles,
    class_masks,
    copy_paste_masks,
    partners,
    paste,
    rectangle_masks,
)
from models.self_training.pseudo_labels import PseudoLabels, contradicted, pseudo_labels, silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one step learns from: as many crops of the source as of the target.

    Attributes:
        source_images: uint8 RGB.
        source_labels: class ids, 255 without.
        target_images: uint8 RGB.
        target_labels: what people have answered: class ids, 255 elsewhere and where they said void.
        answered: True where people have spoken, void included.
        coarse: True where one class was given for a whole region, so that single pixels may be another.
    """

    source_images: UInt8[Tensor, "n 3 h w"]
    source_labels: UInt8[Tensor, "n h w"]
    target_images: UInt8[Tensor, "n 3 h w"]
    target_labels: UInt8[Tensor, "n h w"]
    answered: Bool[Tensor, "n h w"]
    coarse: Bool[Tensor, "n h w"]

    def to(self, device: torch.device) -> "Batch":
        """The same on a device; from pinned memory without waiting."""
        return Batch(**{name: getattr(self, name).to(device, non_blocking=True) for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What the student is shown, before its colours are changed, and what it should say.

    Attributes:
        source: images, in 0...255.
        source_labels: class ids, 255 without.
        target: images, with parts of others mixed in.
        answers: what people have said, without what was sieved out; 255 elsewhere.
        taught: what is learned of the rest: pseudo labels, and labels that came with pasted pixels; 255 elsewhere.
        confidence: the teacher's in its pseudo labels; 1 where a label came with a pasted pixel.
        labelled: True where `answers` or `taught` has a label that is a person's or the source's.
        uncertain: True where the teacher is too unsure to teach.
        open_pixels: how many pixels of the target crops nobody has answered.
        kept_pixels: of how many of them the pseudo label was kept, before mixing.
        coarse_pixels: how many were answered with one class for a region.
        sieved_pixels: how many of them were left out.
        class_confidence: sums of the teacher's confidence by the class that it gives to open pixels; then the counts.
    """

    source: Float[Tensor, "n 3 h w"]
    source_labels: UInt8[Tensor, "n h w"]
    target: Float[Tensor, "n 3 h w"]
    answers: UInt8[Tensor, "n h w"]
    taught: UInt8[Tensor, "n h w"]
    confidence: Float[Tensor, "n h w"]
    labelled: Bool[Tensor, "n h w"]
    uncertain: Bool[Tensor, "n h w"]
    open_pixels: Tensor
    kept_pixels: Tensor
    coarse_pixels: Tensor
    sieved_pixels: Tensor
    class_confidence: Float[Tensor, "2 c"]


def prepare(
    batch: Batch,
    teacher: Callable[[Float[Tensor, "n 3 h w"]], Float[Tensor, "n c h w"]],
    config: SelfTrainingConfig,
    *,
    iteration: int,
    kappa: Float[Tensor, " c"],
    draws: Draws,
    ranks: Ranks,
) -> Lesson:
    """What to learn from a batch.

    Args:
        batch: on the device.
        teacher: logits at full size of images in 0...255.
        config: of the training.
        iteration: t.
        kappa: how well each class is known, of the confidence bank.
        draws: of the step.
        ranks: who shares the batch.
    """
    source, source_labels = batch.source_images.float(), batch.source_labels
    if config.copy_paste:
        donors = partners(len(source))
        mask = copy_paste_masks(
            source_labels[donors], kappa, generators=draws.of_crops("paste"), background=config.background
        )
        source, source_labels = paste(
            [source, source_labels],
            [source[donors], source_labels[donors]],
            mask,
            answered=torch.zeros_like(mask),
        )
    target, answered = batch.target_images.float(), batch.answered
    if config.asks_teacher:
        logits = teacher(target)
        well_answered = answered.flatten(1).float().mean(dim=1) > config.unsupervised_until
        closed = answered | well_answered[:, None, None]
        pseudo = pseudo_labels(logits, alpha=config.alpha_at(iteration), answered=closed, ranks=ranks)
        sieved = contradicted(logits, batch.target_labels, batch.coarse, confidence=config.sieve)
    else:
        pseudo, sieved = silence(answered), torch.zeros_like(answered)
    answers = batch.target_labels.masked_fill(sieved, IGNORE_INDEX)
    mixed, taught, confidence, pasted, uncertain = _mix(
        (source, source_labels), (target, answers, answered), pseudo, config, kappa=kappa, draws=draws
    )
    return Lesson(
        source=source,
        source_labels=source_labels,
        target=mixed,
        answers=answers,
        taught=taught,
        confidence=confidence,
        labelled=(pasted & (taught != IGNORE_INDEX)) | (answers != IGNORE_INDEX),
        uncertain=uncertain,
        open_pixels=(~answered).sum(),
        kept_pixels=(pseudo.labels != IGNORE_INDEX).sum(),
        coarse_pixels=batch.coarse.sum(),
        sieved_pixels=sieved.sum(),
        class_confidence=_by_class(pseudo, answered, num_classes=config.num_classes),
    )


def _mix(
    source: tuple[Float[Tensor, "n 3 h w"], UInt8[Tensor, "n h w"]],
    target: tuple[Float[Tensor, "n 3 h w"], UInt8[Tensor, "n h w"], Bool[Tensor, "n h w"]],
    pseudo: PseudoLabels,
    config: SelfTrainingConfig,
    *,
    kappa: Float[Tensor, " c"],
    draws: Draws,
) -> list[Tensor]:
    """Image, label, confidence, whether the label is no pseudo label, and uncertainty, with parts of a donor's.

    A crop in which anybody has spoken stays as it is: it is a labelled image, as the unlabelled ones alone are mixed in
    the paper. (Answers that stick out of what is pasted around them are learned out of place: 33.8 mIoU against 37.7,
    benchmarks/EXPERIMENTS.md.)
    """
    images, answers, answered = target
    own = [images, pseudo.labels, pseudo.confidence, torch.zeros_like(answered), pseudo.uncertain]
    if config.mixing == "none":
        return own
    generators = draws.of_crops("mix")
    if config.mixing == "classmix":
        donor_images, donor_labels = source
        certain = torch.ones_like(pseudo.confidence)
        over = [donor_images, donor_labels, certain, torch.ones_like(answered), torch.zeros_like(answered)]
        mask = class_masks(donor_labels, generators=generators)
    else:
        donors = partners(len(images))
        labels = torch.where(answered, answers, pseudo.labels)[donors]
        confidence = torch.where(answered, 1.0, pseudo.confidence)[donors]
        over = [images[donors], labels, confidence, answered[donors], pseudo.uncertain[donors]]
        if config.mixing == "adaptive_cutmix":
            mask = adaptive_rectangles(labels, kappa, generators=generators)
        else:
            height, width = answered.shape[-2:]
            mask = rectangle_masks(height=height, width=width, device=answered.device, generators=generators)
    unlabelled = ~answered.flatten(1).any(dim=1)
    return paste(own, over, mask & unlabelled[:, None, None], answered=answered)


def _by_class(pseudo: PseudoLabels, answered: Bool[Tensor, "n h w"], *, num_classes: int) -> Float[Tensor, "2 c"]:
    classes = pseudo.classes.flatten().long()
    open_ = (~answered).flatten().float()
    sums = torch.zeros(2, num_classes, device=classes.device)
    sums[0].scatter_add_(0, classes, open_ * pseudo.confidence.flatten())
    sums[1].scatter_add_(0, classes, open_)
    return sums
