"""Ring buffers of feature vectors, one for each class, that stay on the device.

c classes, k new keys a class, d dimensions.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class ClassBank:
    """The latest `size` keys of each class, first in first out.

    Memory grows as the fullest class does, up to num_classes x size x dim numbers: bfloat16 on CUDA (19 classes of
    30 000 keys of 256: 292 MB), float32 elsewhere. Nothing here waits for the device but `state`.

    Attributes:
        size: the most keys of a class.
    """

    def __init__(self, *, num_classes: int, size: int, dim: int, device: torch.device) -> None:
        dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
        self.size = size
        self._keys = torch.empty(num_classes, 0, dim, dtype=dtype, device=device)
        self._written = torch.zeros(num_classes, dtype=torch.int64, device=device)  # keys of a class since the start
        self._most = 0  # no class has more keys than this, known without asking the device

    @property
    def rows(self) -> Float[Tensor, "r d"]:
        """The keys of all classes, one after the other, with room for more between; indexed by `places`."""
        return self._keys.flatten(0, 1)

    @property
    def filled(self) -> Int[Tensor, " c"]:
        """How many keys each class has."""
        return self._written.clamp(max=self.size)

    @torch.no_grad()
    def push(self, keys: Float[Tensor, "c k d"], counts: Int[Tensor, " c"]) -> None:
        """Add the first `counts[c]` of `keys[c]` to each class, in place of its oldest once it is full.

        Args:
            keys: unit vectors; rounded to the bank's type.
            counts: 0 to k.

        Raises:
            ValueError: more keys than a class may have.
        """
        new = keys.shape[1]
        if new > self.size:
            raise ValueError(f"A class of the bank has {self.size} keys; got {new} new ones at once.")
        self._reserve(min(self.size, self._most + new))
        classes = torch.arange(len(keys), device=keys.device)[:, None]
        steps = torch.arange(new, device=keys.device)
        # Those that are not to be added write back what is there: one shape whatever the counts, hence no waiting.
        places = (self._written[:, None] + steps) % self.size
        added = (steps < counts[:, None])[..., None]
        self._keys[classes, places] = torch.where(added, keys.to(self._keys.dtype), self._keys[classes, places])
        self._written += counts

    def places(self, draws: Int[Tensor, "c *shape"]) -> Int[Tensor, "c *shape"]:
        """Rows of keys of each class, drawn with replacement; any row of an empty class.

        Args:
            draws: int64, uniform in [0, 2^31). A key's chance is within 2^-31 of the others'.
        """
        per_class = (len(draws), *[1] * (draws.dim() - 1))
        first = torch.arange(len(draws), device=draws.device) * self._keys.shape[1]
        return first.view(per_class) + (draws * self.filled.view(per_class) >> 31)

    def state(self) -> dict[str, Tensor]:
        """A copy of the keys so far, and how many were ever added."""
        most = int(self.filled.max())
        return {"keys": self._keys[:, :most].clone(), "written": self._written.clone()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`, bit for bit on the same kind of device.

        Raises:
            ValueError: it is that of a bank with other classes, dimensions or size.
        """
        keys, written = state["keys"], state["written"]
        classes, most, dim = keys.shape
        expected = (self._keys.shape[0], int(written.max().clamp(max=self.size)), self._keys.shape[2])
        if (classes, most, dim) != expected:
            raise ValueError(
                f"The bank's keys should be {expected} (classes, keys, dimensions); got {tuple(keys.shape)}."
            )
        self._keys = keys.to(self._keys, copy=True)
        self._written = written.to(self._written, copy=True)
        self._most = most

    def _reserve(self, most: int) -> None:
        """Make room for `most` keys a class; doubles, so that copying costs little in the long run."""
        self._most = most
        classes, room, dim = self._keys.shape
        if room >= most:
            return
        grown = self._keys.new_zeros(classes, min(self.size, max(most, 2 * room)), dim)
        grown[:, :room] = self._keys
        self._keys = grown
