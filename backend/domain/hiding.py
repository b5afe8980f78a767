"""Which suggestions people do not see, so that what suggestions do to their answers can be measured."""

import random


def hidden_suggestions(num: int, *, share: float, seed: int) -> list[bool]:
    """For each of `num` queries in rank order, whether its suggestion is hidden.

    Each is drawn on its own with probability `share`, in [0, 1]: nobody can tell from those before it, and a round that
    is closed early has its share. The draws are the seed's for this purpose, so they move no other draw of the round.
    """
    generator = random.Random(f"hidden suggestions {seed}")
    return [generator.random() < share for _ in range(num)]
