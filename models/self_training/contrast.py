"""The contrastive loss: what the teacher is sure of is drawn to its class, and away from what it surely is not.

n images, c classes, d dimensions, h rows, w columns at the stride of the logits, p = n h w pixels, m anchors a class,
k negatives an anchor. `docs/contrast.md` has the definition in words.

Source: Wang et al. 2022, U2PL, arXiv:2203.03884, section 3.3; taken over by STAL, arXiv:2301.13361. The released code
of both computes something else (METHOD.md, section 4.6).
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Generator, Tensor
from torch.nn import functional

from models.losses import IGNORE_INDEX
from models.ranks import ALONE, Ranks
from models.self_training import contrast_pixels as pixels
from models.self_training.class_bank import ClassBank
from models.self_training.contrast_pixels import Drawn

# Bytes of gathered negatives at a time. On a CPU they should stay in its cache; 19 x 256 x 50 of 256 floats took 0.15 s
# so, and 0.35 s in one piece. On a GPU each piece costs launches.
_PIECE: Final = {"cpu": 1 << 20, "cuda": 1 << 27}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastConfig:
    """How features are contrasted.

    Attributes:
        weight: lambda_c.
        start: share of T in which the loss is off (U2PL: epoch 20 of 200).
        temperature: tau.
        anchors: M, the most of a class and step.
        negatives: N of an anchor.
        bank_size: keys of a class.
        keys_per_step: the most new keys of a class and step, over all ranks. About 20 000 of a class qualify
            (METHOD.md, B3), by which the bank would remember two steps. 512 fill it in 59, less than the 100 over which
            a teacher of decay 0.99 averages: keys of many images, none much older than the teacher.
        low_rank: classes that a pixel may be confused with: those of a rank below; None is min(3, ceil(C / 4)).
        high_rank: classes from this rank on are not contrasted with; None is C.
        confidence: delta_p, what the teacher must give an anchor's class.
    """

    weight: float = 0.1
    start: float = 0.1
    temperature: float = 0.5
    anchors: int = 256
    negatives: int = 50
    bank_size: int = 30_000
    keys_per_step: int = 512
    low_rank: int | None = None
    high_rank: int | None = None
    confidence: float = 0.3

    def __post_init__(self) -> None:
        if not 1 <= self.keys_per_step <= self.bank_size:
            raise ValueError(f"A step's {self.keys_per_step} keys must fit into a bank of {self.bank_size}.")

    def rank_bounds(self, num_classes: int) -> tuple[int, int]:
        """The low and the high rank for C classes (METHOD.md, trap T25).

        Raises:
            ValueError: fewer than three classes, for which no class is surely not meant; or not 1 <= low < high <= C.
        """
        if num_classes < 3:
            raise ValueError(f"The contrastive loss needs 3 classes or more; got {num_classes}.")
        low = min(3, math.ceil(num_classes / 4)) if self.low_rank is None else self.low_rank
        high = num_classes if self.high_rank is None else self.high_rank
        if not 1 <= low < high <= num_classes:
            raise ValueError(f"Ranks must be 1 <= low < high <= {num_classes}; got {low} and {high}.")
        return low, high


def contrastive_loss(
    student: Float[Tensor, "n d h w"],
    teacher: Float[Tensor, "n d h w"],
    teacher_logits: Float[Tensor, "n c h w"],
    labels: UInt8[Tensor, "n h w"],
    labelled: Bool[Tensor, "n h w"],
    reliable: Bool[Tensor, "n h w"],
    uncertain: Bool[Tensor, "n h w"],
    *,
    bank: ClassBank,
    config: ContrastConfig,
    priority: Float[Tensor, "n h w"],
    generator: Generator,
    ranks: Ranks = ALONE,
) -> Float[Tensor, ""]:
    r"""InfoNCE between pixels and classes; adds the step's keys to `bank`.

    .. math:: L_c = \frac{1}{|K|} \sum_{c \in K} \frac{1}{|A_c|} \sum_{a \in A_c} -\log
              \frac{e^{\cos(a, a_c^+) / \tau}}{e^{\cos(a, a_c^+) / \tau} + \sum_{k=1}^N e^{\cos(a, a_k^-) / \tau}}

    where A_c are the student's features at up to M pixels that are reliable, of class c, and to which the teacher gives
    more than delta_p for it; a_c^+ is the mean of the teacher's features over *all* reliable pixels of class c; a_k^-
    are drawn from the bank of class c, for each anchor anew, with replacement. K are the classes with an anchor and a
    key. A pixel is a candidate for the bank of class c if

    - it is unlabelled and uncertain, and the rank of c is in [low, high): surely not c;
    - or it is labelled, not as c, and the rank of c is below low: easily mistaken for c,

    the rank of c being the number of classes that the teacher finds likelier. No key ever carries label c.

    The bank takes the keys before it is read, as in the released code, so that the first step has negatives already.

    Anchors are drawn without replacement, U2PL's with it: a class of fewer than M has each of its anchors once, which
    is the mean that theirs estimates. `priority` says who is drawn: the smallest, of equal ones the earlier, those of
    lower ranks first. So the same are drawn however many ranks share the batch.

    Args:
        student: projections, any float dtype; cosines are computed in float32 whatever autocast says.
        teacher: projections of the teacher of the same images; no gradient flows back.
        teacher_logits: unnormalised scores of the teacher.
        labels: ground truth, answers, or pseudo labels; 255 where there is neither.
        labelled: whose label is a person's or the source's.
        reliable: who may be an anchor and has a say in the positives, if it has a label.
        uncertain: whose entropy is high; counts where there is no label of a person or the source.
        bank: of as many classes and dimensions, and at least `keys_per_step` keys; the same on all ranks.
        config: the numbers; `weight` and `start` are the caller's to apply.
        priority: in [0, 1), uniform and independent of all else.
        generator: which negatives; in the same state on all ranks, on any device.
        ranks: who shares the batch.

    Returns:
        A scalar in nats whose mean over ranks, in value and gradient, is the loss of the whole batch (trap T9); an
        exact 0 with zero gradient where no class has both anchors and keys. It can be differentiated once.

    Raises:
        ValueError: fewer than three classes, or ranks that do not fit their number.
    """
    num_classes = teacher_logits.shape[1]
    low, high = config.rank_bounds(num_classes)
    with torch.autocast(student.device.type, enabled=False):
        with torch.no_grad():
            logits = teacher_logits.float().contiguous()  # planes of one class each
            order = pixels.by_priority(priority)
            candidates = pixels.keys(logits, labels, labelled, uncertain, low=low, high=high)
            drawn = pixels.draw_members(candidates, priority, order, most=config.keys_per_step)
            bank.push(*_new_keys(teacher, drawn, dtype=bank.rows.dtype, ranks=ranks))
            reliable_labels = labels.masked_fill(~reliable, IGNORE_INDEX)
            positives = _positives(teacher, reliable_labels, num_classes=num_classes, ranks=ranks)
            eligible = pixels.anchors(logits, reliable_labels, confidence=config.confidence)
            drawn = pixels.draw_labelled(eligible, priority, order, num_classes=num_classes, most=config.anchors)
            slots, weights = _slots(drawn, bank.filled > 0, ranks=ranks)
            shape = (*slots.shape, config.negatives)
            draws = torch.randint(1 << 31, shape, generator=generator, device=generator.device).to(slots.device)
            negatives = bank.places(draws.gather(1, slots[..., None].expand(shape)))
        own = functional.normalize(_at(student, drawn.pixels).float(), dim=-1)
        with torch.no_grad():
            losses, slopes = _info_nce(own / config.temperature, positives, bank.rows, negatives)
            slopes *= weights[..., None] / config.temperature
        # The second term is 0; it carries the gradient, which came with the loss: 19 x 256 x 50 keys need not be kept.
        return (losses * weights).sum() + ((own - own.detach()) * slopes).sum()


def _new_keys(
    teacher: Float[Tensor, "n d h w"], drawn: Drawn, *, dtype: torch.dtype, ranks: Ranks
) -> tuple[Float[Tensor, "c k d"], Int[Tensor, " c"]]:
    """Unit vectors of the keys of smallest priority over all ranks, and how many there are of each class."""
    order, counts = drawn.order(ranks)
    most = drawn.pixels.shape[1]
    vectors = functional.normalize(_at(teacher.detach(), drawn.pixels).float(), dim=-1).to(dtype)
    everyone = ranks.gather(vectors[None]).movedim(0, 1).flatten(1, 2)
    classes = torch.arange(len(order), device=order.device)[:, None]
    return everyone[classes, order[:, :most]], counts.clamp(max=most)


def _positives(
    teacher: Float[Tensor, "n d h w"], reliable_labels: UInt8[Tensor, "n h w"], *, num_classes: int, ranks: Ranks
) -> Float[Tensor, "c d"]:
    """Directions of the classes' mean features: those of their sums, which need no count; 0 of an absent class."""
    planes = pixels.members(reliable_labels, num_classes=num_classes).float().flatten(2)
    sums = torch.bmm(planes, teacher.detach().float().flatten(2).mT).sum(dim=0)
    return functional.normalize(ranks.sum(sums), dim=-1)


def _slots(drawn: Drawn, ready: Bool[Tensor, " c"], *, ranks: Ranks) -> tuple[Int[Tensor, "c m"], Float[Tensor, "c m"]]:
    """Which of the whole batch's M anchors of a class each of this rank's is, and what it weighs; 0 if it is none."""
    most = drawn.pixels.shape[1]
    order, counts = drawn.order(ranks)
    slots = order.argsort(dim=1)[:, ranks.index * most : (ranks.index + 1) * most]
    counts = counts.clamp(max=most) * ready
    contributing = (counts > 0).sum()
    weights = ranks.size / (counts * contributing).clamp(min=1).float()
    chosen = (slots < counts[:, None]) & drawn.priority.isfinite()
    return slots.clamp(max=most - 1), weights[:, None] * chosen


def _at(features: Float[Tensor, "n d h w"], places: Int[Tensor, "c k"]) -> Float[Tensor, "c k d"]:
    """The features of some pixels. Indexed as they lie in memory, for so is the gradient scattered back."""
    height, width = features.shape[-2:]
    image, row, column = places // (height * width), places // width % height, places % width
    if features.is_contiguous(memory_format=torch.channels_last):
        return features.permute(0, 2, 3, 1)[image, row, column]
    return features[image, :, row, column]


def _info_nce(
    anchors: Float[Tensor, "c m d"],
    positives: Float[Tensor, "c d"],
    rows: Float[Tensor, "r d"],
    negatives: Int[Tensor, "c m k"],
) -> tuple[Float[Tensor, "c m"], Float[Tensor, "c m d"]]:
    """-log softmax of the products with an anchor at the positive's, and its gradient by the anchor, piece by piece."""
    per_class, count, dim = anchors.shape[1], negatives.shape[2], anchors.shape[2]
    gains, slopes = [], []
    piece = max(1, _PIECE[anchors.device.type] // (4 * count * dim))
    goals = positives[:, None].expand(-1, per_class, -1).flatten(0, 1)
    flat = (anchors.flatten(0, 1), goals, negatives.flatten(0, 1))
    for anchor, goal, places in zip(*(torch.split(tensor, piece) for tensor in flat), strict=True):
        against = rows.index_select(0, places.flatten()).float().view(-1, count, dim)
        near, far = (anchor * goal).sum(dim=1, keepdim=True), torch.bmm(against, anchor[..., None])[..., 0]
        log_p = torch.cat([near, far], dim=1).log_softmax(dim=1)
        p = log_p.exp()
        gains.append(log_p[:, 0])
        slopes.append(torch.bmm(p[:, None, 1:], against)[:, 0].addcmul_(p[:, :1] - 1, goal))
    return -torch.cat(gains).view(anchors.shape[:2]), torch.cat(slopes).view(anchors.shape)
