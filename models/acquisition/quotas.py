"""Sharing whole things out."""

from collections.abc import Sequence


def largest_remainder(weights: Sequence[int], *, total: int, room: Sequence[int]) -> list[int]:
    """`total` whole things shared in proportion to `weights`, none beyond its `room`.

    Each gets its share rounded down; what is left goes, one by one, to the largest remainders, the earlier of equal
    ones first. What does not fit is shared again among those that have room. The sum is always `total`, or all the
    room there is, and nothing is negative, both of which rounding every share and giving the rest to the last one does
    not promise (STAL's released code; METHOD.md, section 5.2 and trap T14).

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
    left = min(total, sum(space for weight, space in zip(weights, room, strict=True) if weight))
    while left:
        open_ = [i for i, weight in enumerate(weights) if weight and shares[i] < room[i]]
        whole = sum(weights[i] for i in open_)
        exact = {i: divmod(left * weights[i], whole) for i in open_}
        ideal = {i: quotient for i, (quotient, _) in exact.items()}
        rest = left - sum(ideal.values())
        for i in sorted(open_, key=lambda i: (-exact[i][1], i))[:rest]:
            ideal[i] += 1
        for i, wanted in ideal.items():
            given = min(wanted, room[i] - shares[i])
            shares[i] += given
            left -= given
    return shares
