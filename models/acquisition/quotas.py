"""Sharing whole things out."""

from collections.abc import Sequence


def largest_remainder(weights: Sequence[int], *, total: int, room: Sequence[int]) -> list[int]:
    """`total` whole things shared in proportion to `weights`, none beyond its `room`.

    Whose share does not fit gets all its room, and the rest is shared among the others, until all shares fit. Then each
    gets its share rounded down; what is left goes, one by one, to the largest remainders, the earlier of equal ones
    first. The sum is always `total`, or all the room of those that have a weight, and nothing is negative, both of
    which rounding every share and giving the rest to the last one does not promise (STAL's released code; METHOD.md,
    section 5.2 and trap T14).

    Args:
        weights: at least 0; for images, how many of a group may be asked.
        total: what is shared, at least 0.
        room: what each can take, at least 0.

    Raises:
        ValueError: a negative number, or lists of different lengths.

    Source: Hamilton's method of apportionment.
    """
    if len(weights) != len(room):
        raise ValueError(f"Expected as many weights as rooms; got {len(weights)} and {len(room)}.")
    if total < 0 or any(number < 0 for number in (*weights, *room)):
        raise ValueError("Expected weights, rooms and total of at least 0.")
    shares = [0] * len(weights)
    open_ = [i for i, weight in enumerate(weights) if weight > 0]
    left = min(total, sum(room[i] for i in open_))
    whole = sum(weights[i] for i in open_)
    while full := [i for i in open_ if left * weights[i] >= room[i] * whole]:
        for i in full:
            shares[i] = room[i]
            open_.remove(i)
        left -= sum(room[i] for i in full)
        whole = sum(weights[i] for i in open_)
    exact = {i: divmod(left * weights[i], whole) for i in open_}
    for i, (quotient, _) in exact.items():
        shares[i] = quotient
    rest = left - sum(quotient for quotient, _ in exact.values())
    for i in sorted(open_, key=lambda i: (-exact[i][1], i))[:rest]:
        shares[i] += 1
    return shares
