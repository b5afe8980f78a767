"""The contrastive loss as U2PL's text defines it, pixel by pixel, class by class, in float64; and scenes for it."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from models.losses import IGNORE_INDEX
from models.ranks import ALONE, Ranks
from models.self_training.class_bank import ClassBank
from models.self_training.contrast import ContrastConfig, contrastive_loss


@dataclass
class Scene:
    student: Tensor
    teacher: Tensor
    logits: Tensor
    labels: Tensor
    labelled: Tensor
    reliable: Tensor
    uncertain: Tensor
    priority: Tensor

    def part(self, start: int, stop: int) -> "Scene":
        parts = {name: getattr(self, name)[start:stop] for name in self.__dataclass_fields__}
        return replace(self, **parts)

    def loss(self, bank: ClassBank, config: ContrastConfig, *, seed: int = 0, ranks: Ranks = ALONE) -> Tensor:
        maps = (self.labels, self.labelled, self.reliable, self.uncertain)
        generator = torch.Generator().manual_seed(seed)
        return contrastive_loss(
            *(self.student, self.teacher, self.logits, *maps),
            bank=bank,
            config=config,
            priority=self.priority,
            generator=generator,
            ranks=ranks,
        )


def make_scene(seed: int, *, classes: tuple[int, ...], num_classes: int, n: int = 4, size: int = 5) -> Scene:
    """Labels of people in the first half of the images, among `classes`; pseudo labels of the same in the others.

    Some pixels have no label, and some pseudo labels are not the teacher's likeliest class, as happens by resampling.
    """
    g = torch.Generator().manual_seed(seed)
    shape = (n, size, size + 1)
    logits = 2 * torch.randn(n, num_classes, *shape[1:], generator=g)
    labelled = (torch.arange(n) < n / 2)[:, None, None].expand(shape)
    labels = torch.tensor(classes, dtype=torch.uint8)[torch.randint(len(classes), shape, generator=g)]
    labels[torch.rand(shape, generator=g) < 0.1] = IGNORE_INDEX
    uncertain = torch.rand(shape, generator=g) < 0.5  # counts only where there is no label of a person
    return Scene(
        student=torch.randn(n, 4, *shape[1:], generator=g).requires_grad_(),
        teacher=torch.randn(n, 4, *shape[1:], generator=g),
        logits=logits,
        labels=labels,
        labelled=labelled,
        reliable=labelled | (torch.rand(shape, generator=g) < 0.3),
        uncertain=uncertain,
        priority=torch.rand(shape, generator=g),
    )


@dataclass
class Definition:
    """The loss with banks that are lists: `banks[c][i]` is what was written there last."""

    config: ContrastConfig
    low: int
    high: int
    num_classes: int
    banks: list[list[Tensor]] = field(init=False)
    written: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.banks = [[] for _ in range(self.num_classes)]
        self.written = [0] * self.num_classes

    def loss(self, scene: Scene, *, seed: int = 0) -> Tensor:
        config, goals = self.config, []
        student, teacher = (
            torch.nn.functional.normalize(x.double().movedim(1, -1).flatten(0, 2), dim=1)
            for x in (scene.student, scene.teacher)
        )
        raw = scene.teacher.double().movedim(1, -1).flatten(0, 2)
        p = scene.logits.double().softmax(dim=1).movedim(1, -1).flatten(0, 2)
        maps = (scene.labels, scene.labelled, scene.reliable, scene.uncertain, scene.priority)
        labels, labelled, reliable, uncertain, priority = (plane.flatten().tolist() for plane in maps)
        order = sorted(range(len(labels)), key=lambda j: priority[j])
        shape = (self.num_classes, config.anchors, config.negatives)
        draws = torch.randint(1 << 31, shape, generator=torch.Generator().manual_seed(seed)).tolist()
        for c in range(self.num_classes):
            rank = [sum(float(q) > float(row[c]) for q in row) for row in p]
            sure_not = [uncertain[j] and not labelled[j] and self.low <= rank[j] < self.high for j in order]
            mistaken = [labelled[j] and labels[j] != IGNORE_INDEX and rank[j] < self.low for j in order]
            either = zip(order, sure_not, mistaken, strict=True)
            keys = [j for j, a, b in either if (a or b) and labels[j] != c]
            for j in keys[: config.keys_per_step]:
                self._write(c, teacher[j])
            members = [j for j in order if reliable[j] and labels[j] == c]
            anchors = [j for j in members if p[j, c] > config.confidence][: config.anchors]
            if not anchors or not self.banks[c]:
                continue
            positive = torch.nn.functional.normalize(raw[members].mean(dim=0), dim=0)
            losses = []
            for slot, j in enumerate(anchors):
                places = [draw * len(self.banks[c]) >> 31 for draw in draws[c][slot]]
                near = (student[j] @ positive / config.temperature).exp()
                far = sum((student[j] @ self.banks[c][place] / config.temperature).exp() for place in places)
                losses.append(-(near / (near + far)).log())
            goals.append(sum(losses) / len(losses))
        return sum(goals) / len(goals) if goals else scene.student.double().sum() * 0

    def _write(self, c: int, key: Tensor) -> None:
        place = self.written[c] % self.config.bank_size
        self.banks[c][place : place + 1] = [key]
        self.written[c] += 1
