"""A step of self-training as a straightforward program computes it: what the benchmark of training compares with.

The losses are those of `Trainer` in STAL's setting (OHEM, adaptive CutMix, copy-paste, pseudo labels that are weighed
and drawn, the contrastive loss), and so are the draws of what is pasted, mixed and learned from. The way of computing
is that of the published implementations, without what they compute and never use: a pass of the teacher for labelled,
weak and mixed crops, each with its projection; the entropies' percentile by NumPy on the CPU; hard examples by a full
sort; a loop over classes for confidence, presence, drawing and contrast; banks on the CPU; the teacher updated tensor
by tensor; mIoU of every batch by NumPy. It is our own text.

n crops of each domain, c classes, h rows, w columns.
"""

import copy
import math

import numpy as np
import torch
from skimage.measure import label as connected_components
from torch import Generator, Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from benchmarks.direct_contrastive import Maps
from models.losses import IGNORE_INDEX
from models.self_training import Batch, Draws, SelfTrainingConfig, Trainer
from models.self_training.contrast import ContrastConfig
from models.self_training.mixing import COMPONENT, PRESENCE, partners
from models.self_training.optimiser import MOMENTUM

Box = tuple[int, int, int, int]  # top, left, bottom, right
MIXED = ("image", "labels", "confidence", "told", "uncertain")


class DirectLoop:
    """A student, its teacher, and what they remember, from where a `Trainer` stands; channels first and eager."""

    def __init__(self, start: Trainer, *, bfloat16: bool = False) -> None:
        """Begin from the weights, confidences and keys of `start`, which stays as it is; SGD begins at rest."""
        assert start.bank is not None
        self.config, self.device, self.iteration = start.config, start.device, start.iteration
        self.student = copy.deepcopy(start.student).to(memory_format=torch.contiguous_format)
        self.teacher = copy.deepcopy(start.teacher).to(memory_format=torch.contiguous_format)
        self.kappa = start.confidence.kappa.clone()
        self.banks = list(start.bank.state()["keys"].float().cpu().unbind())
        self.negatives = Generator().manual_seed(0)
        self.bfloat16 = bfloat16
        self.miou = 0.0
        encoder = list(self.student.encoder.parameters())
        heads = [one for name, one in self.student.named_parameters() if not name.startswith("encoder.")]
        settings = self.config.optimiser
        self.optimiser = torch.optim.SGD(
            [{"params": encoder, "factor": settings.encoder_factor}, {"params": heads, "factor": 1.0}],
            lr=settings.learning_rate,
            momentum=MOMENTUM,
            weight_decay=settings.weight_decay,
        )

    def step(self, batch: Batch, *, seed: int) -> dict[str, float]:
        """Learn from one batch; the terms of the objective in nats, before their weights."""
        config = self.config
        draws = Draws(seed, self.iteration, range(len(batch.source_images)))
        batch = batch.to(self.device)
        source, source_labels = copied(
            batch.source_images.float(), batch.source_labels, self.kappa, config, draws.of_crops("paste")
        )
        target = batch.target_images.float()
        with torch.no_grad(), self._autocast():
            of_source = self._maps(self.teacher, source)
            weak, _ = self._maps(self.teacher, target)
        planes = pseudo_labels(full_size(weak, source), batch, alpha=config.alpha_at(self.iteration))
        mixed = mix(planes | {"image": target}, batch, self.kappa, draws.of_crops("mix"))
        with torch.no_grad(), self._autocast():
            of_mixed = self._maps(self.teacher, mixed["image"])
        with self._autocast():
            coarse, embeddings = self._maps(self.student, torch.cat([source, mixed["image"]]))
        logits = full_size(coarse, source)
        on_source, on_target = logits[: len(source)], logits[len(source) :]
        self._learn_confidence(on_source.detach(), source_labels)
        terms = {
            "source": ohem(on_source, source_labels, config),
            "answered": ohem(on_target, batch.target_labels, config),
            "pseudo": self._pseudo(on_target, mixed, draws),
            "contrast": self._contrast(embeddings, of_source, of_mixed, source_labels, mixed, batch),
        }
        t = self.iteration
        loss = (
            config.source_weight * terms["source"]
            + config.answered_weight * terms["answered"]
            + config.unsupervised_weight_at(t) * terms["pseudo"]
            + config.contrast_weight_at(t) * terms["contrast"]
        )
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate_at(t) * group["factor"]
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self._update_teacher()
        self.miou = train_miou(on_source, source_labels)
        self.iteration += 1
        return {name: term.item() for name, term in terms.items()}

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bfloat16)

    def _maps(self, network, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and projection at stride 4."""
        features = network.features(images)
        return network.logits(features), network.projection(features)

    def _learn_confidence(self, logits: Tensor, labels: Tensor) -> None:
        """METHOD.md, section 4.3."""
        p = logits.softmax(dim=1)
        for c in range(self.config.num_classes):
            own = labels == c
            mean = p[:, c][own].mean().item() if own.any() else 0.0
            self.kappa[c] = 0.999 * self.kappa[c] + 0.001 * mean

    def _pseudo(self, logits: Tensor, mixed: dict[str, Tensor], draws: Draws) -> Tensor:
        """METHOD.md, section 4.4."""
        predicted = logits.argmax(dim=1)
        rates = (1 - self.kappa) / (1 - self.kappa).max()
        uniforms = draws.uniform("sample", *predicted.shape[-2:], device=self.device)
        weights = torch.zeros_like(uniforms)
        for c in range(self.config.num_classes):
            chosen = (predicted == c) & (uniforms < rates[c])
            weights[chosen] = mixed["confidence"][chosen] ** self.config.confidence_power
        weights[mixed["labels"] == IGNORE_INDEX] = 0
        losses = F.cross_entropy(logits, mixed["labels"].long(), ignore_index=IGNORE_INDEX, reduction="none")
        return (losses * weights).sum() / weights.sum()

    def _contrast(
        self,
        embeddings: Tensor,
        of_source: tuple[Tensor, Tensor],
        of_mixed: tuple[Tensor, Tensor],
        source_labels: Tensor,
        mixed: dict[str, Tensor],
        batch: Batch,
    ) -> Tensor:
        assert self.config.contrast is not None
        size, answers = embeddings.shape[-2:], batch.target_labels
        labels = nearest(torch.cat([source_labels, torch.where(batch.answered, answers, mixed["labels"])]), size)
        told = mixed["told"] | batch.answered
        none = torch.zeros_like(told)
        return contrastive_loss(
            Maps(
                student=embeddings.float(),
                teacher=torch.cat([of_source[1], of_mixed[1]]).float(),
                logits=torch.cat([of_source[0], of_mixed[0]]).float(),
                labels=labels,
                labelled=nearest(torch.cat([~none, told]), size) > 0,
                reliable=labels != IGNORE_INDEX,
                uncertain=nearest(torch.cat([none, mixed["uncertain"]]), size) > 0,
                priority=embeddings.new_empty(0),
            ),
            self.banks,
            self.config.contrast,
            self.negatives,
        )

    @torch.no_grad()
    def _update_teacher(self) -> None:
        keep = min(1 - 1 / (self.iteration + 1), self.config.ema_decay)
        theirs = self.student.state_dict()
        for name, own in self.teacher.state_dict().items():
            own.copy_(keep * own + (1 - keep) * theirs[name])


def full_size(logits: Tensor, images: Tensor) -> Tensor:
    return F.interpolate(logits.float(), size=images.shape[-2:], mode="bilinear", align_corners=False)


def nearest(planes: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(planes[:, None].float(), size, mode="nearest-exact")[:, 0].to(torch.uint8)


def copied(
    images: Tensor, labels: Tensor, kappa: Tensor, config: SelfTrainingConfig, generators: list[Generator]
) -> tuple[Tensor, Tensor]:
    """Adaptive copy-paste: with probability 1/2, three classes of the partner, drawn by exp sqrt(1 - kappa)."""
    weights = np.exp(np.sqrt(1 - kappa.double().cpu().numpy()))
    weights[list(config.background)] = 0
    edges = np.cumsum(weights)
    out_images, out_labels = images.clone(), labels.clone()
    for crop, (donor, generator) in enumerate(zip(partners(len(images)), generators, strict=True)):
        first, *others = torch.rand(4, generator=generator, dtype=torch.float64).tolist()
        for uniform in others if first < 0.5 else []:
            c = int(np.searchsorted(edges, uniform * edges[-1], side="right"))
            shown = labels[donor] == c
            out_images[crop][:, shown] = images[donor][:, shown]
            out_labels[crop][shown] = c
    return out_images, out_labels


def pseudo_labels(logits: Tensor, batch: Batch, *, alpha: float) -> dict[str, Tensor]:
    """Planes of the weak crops, as `MIXED`: what is taught where nobody has spoken, and how sure that is."""
    p = logits.softmax(dim=1)
    entropy = -(p * torch.log(p + 1e-10)).sum(dim=1)
    confidence, labels = p.max(dim=1)
    threshold = np.percentile(entropy[~batch.answered].cpu().numpy(), 100 * (1 - alpha))
    uncertain = (entropy > float(threshold)) & ~batch.answered
    labels[uncertain | batch.answered] = IGNORE_INDEX
    told = torch.zeros_like(uncertain)
    return {"labels": labels.to(torch.uint8), "confidence": confidence, "told": told, "uncertain": uncertain}


def mix(planes: dict[str, Tensor], batch: Batch, kappa: Tensor, generators: list[Generator]) -> dict[str, Tensor]:
    """Adaptive CutMix of the crops in which nobody has spoken."""
    donors = planes | {
        "labels": torch.where(batch.answered, batch.target_labels, planes["labels"]),
        "confidence": torch.where(batch.answered, 1.0, planes["confidence"]),
        "told": batch.answered,
    }
    mixed = {name: planes[name].clone() for name in MIXED}
    for crop, (donor, generator) in enumerate(zip(partners(len(batch.answered)), generators, strict=True)):
        uniforms = torch.rand(5, generator=generator, dtype=torch.float64).tolist()
        if batch.answered[crop].any():
            continue
        top, left, bottom, right = rectangle(donors["labels"][donor], kappa, uniforms)
        for name in MIXED:
            mixed[name][crop, ..., top:bottom, left:right] = donors[name][donor, ..., top:bottom, left:right]
    return mixed


def rectangle(labels: Tensor, kappa: Tensor, uniforms: list[float]) -> Box:
    """Around a thing of a class that goes badly; of half the area where there is none."""
    height, width = labels.shape
    shown = [c for c in range(len(kappa)) if (labels == c).sum().item() >= PRESENCE * labels.numel()]
    if shown:
        edges = np.cumsum(np.exp(1 - kappa.double().cpu().numpy()[shown]))
        c = shown[int(np.searchsorted(edges, uniforms[0] * edges[-1], side="right"))]
        components = connected_components((labels == c).cpu().numpy(), connectivity=2)
        large = np.flatnonzero(np.bincount(components.ravel())[1:] > COMPONENT * labels.numel()) + 1
        if len(large):
            rows, columns = np.nonzero(components == large[int(uniforms[1] * len(large))])
            return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    share = 2.0 ** -uniforms[2]
    rows, columns = round(height * share), round(width * 0.5 / share)
    top, left = int(uniforms[3] * (height - rows + 1)), int(uniforms[4] * (width - columns + 1))
    return top, left, top + rows, left + columns


def ohem(logits: Tensor, labels: Tensor, config: SelfTrainingConfig) -> Tensor:
    """METHOD.md, section 4.2: the hardest by sorting the probabilities of all labelled pixels."""
    losses = F.cross_entropy(logits, labels.long(), ignore_index=IGNORE_INDEX, reduction="none")
    valid = labels != IGNORE_INDEX
    if not valid.any():
        return 0 * losses.sum()
    of_truth = logits.detach().softmax(dim=1).gather(1, labels.long().clamp(max=logits.shape[1] - 1)[:, None])[:, 0]
    ordered = of_truth[valid].sort().values
    hardest = ordered[math.ceil(config.ohem_kept * len(ordered)) - 1].item()
    return losses[valid & (of_truth <= max(config.ohem_threshold, hardest))].mean()


def contrastive_loss(maps: Maps, banks: list[Tensor], config: ContrastConfig, generator: Generator) -> Tensor:
    """As `direct_contrastive.contrastive_loss`, where the maps may be on a GPU and the banks stay on the CPU."""
    num_classes, device = maps.logits.shape[1], maps.logits.device
    low, high = config.rank_bounds(num_classes)
    student, teacher = maps.student.permute(0, 2, 3, 1), maps.teacher.permute(0, 2, 3, 1)
    p = maps.logits.softmax(dim=1)
    order = p.argsort(dim=1, descending=True)
    told = maps.labelled & (maps.labels != IGNORE_INDEX)
    losses = []
    for c in range(num_classes):
        own = maps.labels == c
        mistaken = (order[:, :low] == c).any(dim=1) & told
        unlikely = (order[:, low:high] == c).any(dim=1) & maps.uncertain & ~maps.labelled
        places = ((mistaken | unlikely) & ~own).nonzero()
        places = places[torch.randperm(len(places), device=device)[: config.keys_per_step]]
        banks[c] = torch.cat([banks[c], teacher[tuple(places.T)].cpu()])[-config.bank_size :]
        anchors = student[own & maps.reliable & (p[:, c] > config.confidence)]
        if len(anchors) == 0 or len(banks[c]) == 0:
            continue
        positive = teacher[own & maps.reliable].mean(dim=0, keepdim=True)
        drawn = anchors[torch.randint(len(anchors), (config.anchors,), device=device)]
        bank = banks[c].to(device, copy=True)
        negatives = bank[torch.randint(len(bank), (config.anchors * config.negatives,), generator=generator)]
        negatives = negatives.view(config.anchors, config.negatives, -1)
        against = torch.cat([positive.expand(config.anchors, 1, -1), negatives], dim=1)
        cosines = F.cosine_similarity(drawn[:, None], against, dim=2)
        first = torch.zeros(config.anchors, dtype=torch.int64, device=device)
        losses.append(F.cross_entropy(cosines / config.temperature, first))
    return torch.stack(losses).mean() if losses else 0 * maps.student.sum()


def train_miou(logits: Tensor, labels: Tensor) -> float:
    predicted, truth = logits.argmax(dim=1).cpu().numpy(), labels.cpu().numpy()
    known, num_classes = truth != IGNORE_INDEX, logits.shape[1]
    bins = np.arange(num_classes + 1)
    both = np.histogram(predicted[known & (predicted == truth)], bins)[0]
    union = np.histogram(predicted[known], bins)[0] + np.histogram(truth[known], bins)[0] - both
    return float((both[union > 0] / union[union > 0]).mean())
