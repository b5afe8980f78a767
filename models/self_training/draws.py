"""What is random in a step: a function of the training's seed, the iteration, the crop and the purpose.

So nothing that is random needs to be stored to resume, no draw depends on how many came before it, and a batch that
several ranks share is drawn as if one had it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Generator, Tensor

Purpose: TypeAlias = Literal[
    "data",
    "paste",
    "mix",
    "recolour_source",
    "recolour_target",
    "sample",
    "priority_source",
    "priority_target",
    "negatives",
]


@dataclass(frozen=True, slots=True)
class Draws:
    """The generators of one step.

    Attributes:
        seed: of the training.
        iteration: of the step.
        crops: places in the whole batch of the crops that this rank holds; source and target crops are counted alike.
    """

    seed: int
    iteration: int
    crops: Sequence[int]

    def of_crops(self, purpose: Purpose) -> list[Generator]:
        """A generator for each crop, on the CPU."""
        return [self._generator(purpose, crop) for crop in self.crops]

    def of_all(self, purpose: Purpose) -> Generator:
        """One generator, the same on all ranks, on the CPU."""
        return self._generator(purpose, -1)

    def uniform(self, purpose: Purpose, height: int, width: int, *, device: torch.device) -> Float[Tensor, "n h w"]:
        """A number in [0, 1) for every pixel of every crop, drawn on `device`."""
        planes = []
        for crop in self.crops:
            generator = Generator(device).manual_seed(self._seed(purpose, crop))
            planes.append(torch.rand(height, width, generator=generator, device=device))
        return torch.stack(planes)

    def _generator(self, purpose: Purpose, crop: int) -> Generator:
        return Generator().manual_seed(self._seed(purpose, crop))

    def _seed(self, purpose: Purpose, crop: int) -> int:
        words = f"{self.seed} {self.iteration} {crop} {purpose}".encode()
        return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest()) >> 1
