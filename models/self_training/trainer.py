"""One step of self-training, and everything that must be kept to go on as if nothing had happened.

A step is a pure function of the state, the batch and the seed; see `draws`. So a training that was killed and resumed
has the very weights of one that was not, and ranks that share a batch have those of one process with all of it.
"""

import copy
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from models.augment import recolour
from models.losses import (
    IGNORE_INDEX,
    cross_entropy,
    local_consistency,
    negative_learning,
    ohem_cross_entropy,
    upsample,
)
from models.networks import SegmentationNetwork, freeze_batch_norm, synchronise_batch_norm
from models.ranks import ALONE, Ranks
from models.self_training.class_bank import ClassBank
from models.self_training.confidence import ConfidenceBank, sampled, sampling_rates
from models.self_training.config import SelfTrainingConfig
from models.self_training.contrast import contrastive_loss
from models.self_training.draws import Draws
from models.self_training.lesson import Batch, Lesson, prepare
from models.self_training.optimiser import build_optimiser, set_learning_rate
from models.self_training.report import Losses, StepReport, report_of
from models.self_training.student import Student, wrapped
from models.self_training.teacher import update_teacher


class Trainer:
    """A student, its teacher, an optimiser, and what they remember of the classes.

    Attributes:
        iteration: steps done.
        student: learns by gradient.
        teacher: its exponential moving average, always in eval mode.
    """

    def __init__(
        self,
        network: SegmentationNetwork,
        config: SelfTrainingConfig,
        *,
        device: torch.device,
        ranks: Ranks = ALONE,
    ) -> None:
        """Begin from `network`, which becomes the student; all ranks must give the same.

        Raises:
            ValueError: a contrastive loss for fewer than three classes (METHOD.md, trap T25).
        """
        on_gpu = device.type == "cuda"
        self.config = config
        self.device = device
        self.ranks = ranks
        self.iteration = 0
        if config.frozen_norm:
            freeze_batch_norm(network)
        elif ranks.size > 1 and on_gpu:
            network = synchronise_batch_norm(network)
        network.projection_head.requires_grad_(requires_grad=config.contrast is not None)
        self.student = network.to(device).to(memory_format=torch.channels_last).train()
        self.teacher = copy.deepcopy(self.student).eval().requires_grad_(requires_grad=False)
        self.optimiser = build_optimiser(self.student, config.optimiser)
        self.confidence = ConfidenceBank(config.num_classes, device=device)
        self.bank: ClassBank | None = None
        if config.contrast is not None:
            self.bank = ClassBank(
                num_classes=config.num_classes,
                size=config.contrast.bank_size,
                dim=network.embedding_dim,
                device=device,
            )
        self._precision = torch.bfloat16 if config.precision == "bfloat16" else None
        if config.precision == "auto" and on_gpu:
            self._precision = torch.bfloat16
        self._call = wrapped(
            Student(self.student, projects=config.contrast is not None),
            ranks=ranks,
            device=device,
            compiled=config.compile == "yes" or (config.compile == "auto" and on_gpu),
        )

    def step(self, batch: Batch, *, seed: int) -> StepReport:
        """Learn from one batch.

        Args:
            batch: this rank's crops, as many on every rank, on any device.
            seed: of the training; with the iteration and the crops' places it settles all that is random.

        Raises:
            FloatingPointError: loss or gradient is not finite; the weights are still those of the last step.
        """
        count = len(batch.source_images)
        first = self.ranks.index * count
        draws = Draws(seed, self.iteration, range(first, first + count))
        lesson = prepare(
            batch.to(self.device),
            self._teacher_logits,
            self.config,
            iteration=self.iteration,
            kappa=self.confidence.kappa,
            draws=draws,
            ranks=self.ranks,
        )
        losses = self._losses(lesson, draws)
        loss = self._objective(losses)
        set_learning_rate(self.optimiser, self.config.learning_rate_at(self.iteration))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = self._gradient_norm()
        report = report_of(loss, losses, lesson, gradient_norm=norm, ranks=self.ranks)
        # The norm is one number on all ranks, and infinite or NaN where any rank's loss is: all of them stop here.
        if not torch.isfinite(norm):
            raise FloatingPointError(
                f"Loss {report.loss} and gradient norm {report.gradient_norm} at iteration {self.iteration}."
            )
        self.optimiser.step()
        update_teacher(self.teacher, self.student, iteration=self.iteration, decay=self.config.ema_decay)
        self.iteration += 1
        return report

    def state(self) -> dict[str, Any]:
        """Everything that a later `load_state` needs to go on bit by bit; tensors are not copied."""
        return {
            "iteration": self.iteration,
            "student": self.student.state_dict(),
            "teacher": self.teacher.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "confidence": self.confidence.state(),
            "bank": None if self.bank is None else self.bank.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, of the same network and configuration."""
        self.iteration = state["iteration"]
        self.student.load_state_dict(state["student"])
        self.teacher.load_state_dict(state["teacher"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.confidence.load_state(state["confidence"])
        if self.bank is not None:
            self.bank.load_state(state["bank"])

    def _losses(self, lesson: Lesson, draws: Draws) -> Losses:
        config, ranks = self.config, self.ranks
        shown = torch.cat(
            [
                recolour(lesson.source, strength=config.recolour, generators=draws.of_crops("recolour_source")),
                recolour(lesson.target, strength=config.recolour, generators=draws.of_crops("recolour_target")),
            ]
        )
        with self._autocast():
            coarse, embeddings = self._call(shown.contiguous(memory_format=torch.channels_last))
        height, width = lesson.source_labels.shape[-2:]
        logits = upsample(coarse.float(), height=height, width=width)
        on_source, on_target = logits[: len(lesson.source)], logits[len(lesson.source) :]
        nothing = logits.new_zeros(())
        self.confidence.update(on_source.detach(), lesson.source_labels, ranks=ranks)
        consistency = negative = nothing
        if config.consistency_weight:
            consistency = local_consistency(on_source, lesson.source_labels, ranks=ranks)
        if config.negative_weight:
            everywhere = torch.ones_like(lesson.uncertain)
            negative = negative_learning(on_target, everywhere, ranks=ranks)
        return Losses(
            source=self._supervised(on_source, lesson.source_labels),
            answered=self._supervised(on_target, lesson.answers),
            pseudo=cross_entropy(
                on_target,
                lesson.taught,
                balance=config.balance if config.supervised == "balanced" else 0.0,
                pixel_weights=self._pseudo_weights(on_target.detach(), lesson, draws),
                ranks=ranks,
            ),
            contrast=nothing if embeddings is None else self._contrast(lesson, embeddings, draws),
            consistency=consistency,
            negative=negative,
        )

    def _supervised(self, logits: Float[Tensor, "n c h w"], labels: UInt8[Tensor, "n h w"]) -> Float[Tensor, ""]:
        config = self.config
        if config.supervised == "balanced":
            return cross_entropy(logits, labels, balance=config.balance, ranks=self.ranks)
        return ohem_cross_entropy(
            logits, labels, threshold=config.ohem_threshold, kept=config.ohem_kept, ranks=self.ranks
        )

    def _pseudo_weights(
        self, logits: Float[Tensor, "n c h w"], lesson: Lesson, draws: Draws
    ) -> Float[Tensor, "n h w"] | None:
        """conf^gamma, and 0 for pixels that were not drawn: METHOD.md, section 4.4."""
        config = self.config
        weights = lesson.confidence**config.confidence_power if config.confidence_power else None
        if not config.class_sampling:
            return weights
        height, width = logits.shape[-2:]
        keep = sampled(
            logits.argmax(dim=1).to(torch.uint8),
            sampling_rates(self.confidence.kappa),
            draws.uniform("sample", height, width, device=self.device),
        ).float()
        return keep if weights is None else keep * weights

    def _contrast(self, lesson: Lesson, embeddings: Float[Tensor, "n d h4 w4"], draws: Draws) -> Float[Tensor, ""]:
        """L_c over source and mixed target crops; before its start an exact 0 with a gradient, as DDP wants."""
        config = self.config.contrast
        if config is None or self.bank is None or self.config.contrast_weight_at(self.iteration) == 0:
            return 0.0 * embeddings.float().sum()
        with torch.no_grad(), self._autocast():
            images = torch.cat([lesson.source, lesson.target])
            features = self.teacher.features(images.contiguous(memory_format=torch.channels_last))
            logits, teacher = self.teacher.logits(features), self.teacher.projection(features)
        height, width = embeddings.shape[-2:]
        on_target = torch.where(lesson.answers != IGNORE_INDEX, lesson.answers, lesson.taught)
        no = torch.zeros_like(lesson.uncertain)
        labels = _nearest(torch.cat([lesson.source_labels, on_target]), height, width)
        labelled = _nearest(torch.cat([lesson.source_labels != IGNORE_INDEX, lesson.labelled]), height, width)
        uncertain = _nearest(torch.cat([no, lesson.uncertain]), height, width)
        priority = [
            draws.uniform(purpose, height, width, device=self.device)
            for purpose in ("priority_source", "priority_target")
        ]
        return contrastive_loss(
            embeddings,
            teacher,
            logits.float(),
            labels,
            labelled.bool(),
            labels != IGNORE_INDEX,
            uncertain.bool(),
            bank=self.bank,
            config=config,
            priority=torch.cat(priority),
            generator=draws.of_all("negatives"),
            ranks=self.ranks,
        )

    def _objective(self, losses: Losses) -> Float[Tensor, ""]:
        """L = L_s + lambda_u L_u + lambda_c L_c (STAL, arXiv:2301.13361, eq. 1), and RIPU's two where asked for."""
        config, t = self.config, self.iteration
        return (
            config.source_weight * losses.source
            + config.answered_weight * losses.answered
            + config.unsupervised_weight_at(t) * losses.pseudo
            + config.contrast_weight_at(t) * losses.contrast
            + config.consistency_weight * losses.consistency
            + config.negative_weight * losses.negative
        )

    def _gradient_norm(self) -> Float[Tensor, ""]:
        learned = [parameter for parameter in self.student.parameters() if parameter.grad is not None]
        clip = self.config.optimiser.clip
        return torch.nn.utils.clip_grad_norm_(learned, float("inf") if clip is None else clip)

    @torch.no_grad()
    def _teacher_logits(self, target: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n c h w"]:
        with self._autocast():
            logits = self.teacher(target.contiguous(memory_format=torch.channels_last))
        return upsample(logits.float(), height=target.shape[-2], width=target.shape[-1])

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=self._precision, enabled=self._precision is not None)


def _nearest(plane: Tensor, height: int, width: int) -> UInt8[Tensor, "n height width"]:
    """Labels are only ever resized by nearest neighbour (METHOD.md, trap T6)."""
    return functional.interpolate(plane[:, None].to(torch.uint8), (height, width), mode="nearest-exact")[:, 0]
