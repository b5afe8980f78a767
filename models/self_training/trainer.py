"""One step of self-training, and everything that must be kept to go on as if nothing had happened.

A step is a pure function of the state, the batch and a seed: whoever makes the batches from (seed, iteration) gets,
after a kill, the very weights of a run that was never killed.
"""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Generator, Tensor

from models.augment import recolour
from models.losses import IGNORE_INDEX, cross_entropy, upsample
from models.networks import SegmentationNetwork
from models.self_training.config import SelfTrainingConfig
from models.self_training.mixing import class_masks, rectangle_masks
from models.self_training.pseudo_labels import contradicted, pseudo_labels
from models.self_training.teacher import update_teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one step learns from. n source and m target crops of h x w pixels.

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
    target_images: UInt8[Tensor, "m 3 h w"]
    target_labels: UInt8[Tensor, "m h w"]
    answered: Bool[Tensor, "m h w"]
    coarse: Bool[Tensor, "m h w"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """Losses of a step in nats, and two shares.

    Attributes:
        kept_share: of the unanswered target pixels, how many kept their pseudo label.
        sieved_share: of the pixels with a coarse answer, how many were left out because the teacher contradicts.
    """

    loss: float
    source_loss: float
    answered_loss: float
    pseudo_loss: float
    kept_share: float
    sieved_share: float


class Trainer:
    """A student, its teacher and an optimiser."""

    def __init__(self, network: SegmentationNetwork, config: SelfTrainingConfig, *, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.iteration = 0
        self.student = network.to(device).to(memory_format=torch.channels_last).train()
        self.teacher = copy.deepcopy(self.student).eval().requires_grad_(requires_grad=False)
        self.optimiser = torch.optim.AdamW(
            self.student.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )

    def step(self, batch: Batch, *, generator: Generator) -> StepReport:
        """Learn from one batch.

        Args:
            batch: on any device.
            generator: on the CPU; seeded by the caller for this iteration.

        Raises:
            FloatingPointError: the loss is not finite; the weights are still those of the last step.
        """
        config, step = self.config, self.iteration
        source, labels = batch.source_images.to(self.device).float(), batch.source_labels.to(self.device)
        target, answers = batch.target_images.to(self.device).float(), batch.target_labels.to(self.device)
        answered, coarse = batch.answered.to(self.device), batch.coarse.to(self.device)
        believed = self._teacher_logits(target)
        taught = pseudo_labels(believed, alpha=config.alpha_at(step), answered=answered)
        sieved = contradicted(believed, answers, coarse, confidence=config.sieve)
        answers = answers.masked_fill(sieved, IGNORE_INDEX)
        kept = float((taught != IGNORE_INDEX).sum() / (~answered).sum().clamp(min=1))
        mixed, taught = self._mix(source, labels, target, taught, answers, answered, generator)

        images = recolour(torch.cat([source, mixed]), generator=generator)
        logits = self.student(images.contiguous(memory_format=torch.channels_last))
        logits = upsample(logits, height=labels.shape[-2], width=labels.shape[-1])
        on_source, on_target = logits[: len(source)], logits[len(source) :]
        source_loss = cross_entropy(on_source, labels, balance=config.balance)
        answered_loss = cross_entropy(on_target, answers, balance=config.balance)
        pseudo_loss = cross_entropy(on_target, taught, balance=config.balance)
        weight = config.unsupervised_weight_at(step)
        loss = source_loss + config.answered_weight * answered_loss + weight * pseudo_loss
        if not torch.isfinite(loss):
            raise FloatingPointError(f"The loss became {loss.item()} at iteration {step}.")

        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate_at(step)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        update_teacher(self.teacher, self.student, iteration=step, decay=config.ema_decay)
        self.iteration += 1
        return StepReport(
            loss=loss.item(),
            source_loss=source_loss.item(),
            answered_loss=answered_loss.item(),
            pseudo_loss=pseudo_loss.item(),
            kept_share=kept,
            sieved_share=float(sieved.sum() / coarse.sum().clamp(min=1)),
        )

    def state(self) -> dict[str, Any]:
        """Everything that a later `load_state` needs to go on bit by bit; tensors are not copied."""
        return {
            "iteration": self.iteration,
            "student": self.student.state_dict(),
            "teacher": self.teacher.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, of the same network and configuration."""
        self.iteration = state["iteration"]
        self.student.load_state_dict(state["student"])
        self.teacher.load_state_dict(state["teacher"])
        self.optimiser.load_state_dict(state["optimiser"])

    @torch.no_grad()
    def _teacher_logits(self, target: Float[Tensor, "m 3 h w"]) -> Float[Tensor, "m c h w"]:
        logits = self.teacher(target.contiguous(memory_format=torch.channels_last))
        return upsample(logits, height=target.shape[-2], width=target.shape[-1])

    def _mix(
        self,
        source: Float[Tensor, "n 3 h w"],
        labels: UInt8[Tensor, "n h w"],
        target: Float[Tensor, "m 3 h w"],
        taught: UInt8[Tensor, "m h w"],
        answers: UInt8[Tensor, "m h w"],
        answered: Bool[Tensor, "m h w"],
        generator: Generator,
    ) -> tuple[Float[Tensor, "m 3 h w"], UInt8[Tensor, "m h w"]]:
        """Target images with parts of others, and what they teach."""
        count, _, height, width = target.shape
        match self.config.mixing:
            case "classmix":
                donor = torch.arange(count, device=self.device) % len(source)
                other, other_labels = source[donor], labels[donor]
                mask = class_masks(other_labels, generator=generator)
            case "cutmix":
                other, other_labels = target.roll(1, dims=0), torch.where(answered, answers, taught).roll(1, dims=0)
                mask = rectangle_masks(count=count, height=height, width=width, generator=generator).to(self.device)
            case "none":
                return target, taught
        mask = mask & ~answered
        return torch.where(mask[:, None], other, target), torch.where(mask, other_labels, taught)
