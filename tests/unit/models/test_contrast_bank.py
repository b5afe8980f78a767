"""The ring buffers of the contrastive loss against queues of the standard library."""

from collections import deque

import pytest
import torch

from models.self_training.class_bank import ClassBank

CPU = torch.device("cpu")


def numbered(first: int, classes: int, count: int) -> torch.Tensor:
    """Keys that can be told apart: (number, class)."""
    numbers = torch.arange(first, first + count).float().expand(classes, count)
    return torch.stack([numbers, torch.arange(classes).float()[:, None].expand(classes, count)], dim=-1)


def filled_bank(*, pushes: int, seed: int = 0) -> tuple[ClassBank, list[deque]]:
    generator = torch.Generator().manual_seed(seed)
    bank = ClassBank(num_classes=3, size=7, dim=2, device=CPU)
    queues = [deque(maxlen=7) for _ in range(3)]
    for step in range(pushes):
        keys, counts = numbered(10 * step, 3, 4), torch.randint(0, 5, (3,), generator=generator)
        counts[2] = 0  # a class that never appears
        bank.push(keys, counts)
        for queue, new, count in zip(queues, keys, counts, strict=True):
            queue.extend(map(tuple, new[:count].tolist()))
    return bank, queues


@pytest.mark.parametrize("pushes", [1, 2, 3, 12])
def test_the_oldest_make_room_and_draws_find_every_key_as_often(pushes):
    bank, queues = filled_bank(pushes=pushes)
    assert bank.filled.tolist() == [len(queue) for queue in queues]
    assert len(queues[0]) > 0
    draws = (torch.arange(420) * (1 << 31) // 420).expand(3, 2, 420)
    found = bank.rows[bank.places(draws)[:2]]
    for c, queue in enumerate(queues[:2]):
        seen = [tuple(key) for key in found[c].flatten(0, 1).tolist()]
        assert set(seen) == set(queue)
        for key in queue:
            assert abs(seen.count(key) - 840 / len(queue)) <= 2


def test_the_largest_draw_is_a_key():
    bank = ClassBank(num_classes=2, size=30_000, dim=1, device=CPU)
    bank.push(torch.ones(2, 30_000, 1), torch.tensor([30_000, 0]))
    assert bank.places(torch.full((2, 1), (1 << 31) - 1)).tolist() == [[29_999], [30_000]]


def test_memory_grows_as_keys_come():
    bank = ClassBank(num_classes=3, size=30_000, dim=2, device=CPU)
    bank.push(numbered(0, 3, 10), torch.tensor([10, 3, 0]))
    assert len(bank.rows) == 3 * 10
    bank.push(numbered(0, 3, 10), torch.tensor([10, 3, 0]))
    bank.push(numbered(0, 3, 10), torch.tensor([10, 3, 0]))
    assert len(bank.rows) == 3 * 40
    assert bank.state()["keys"].shape == (3, 30, 2)


@pytest.mark.parametrize("pushes", [0, 1, 9])
def test_a_restored_bank_goes_on_bit_for_bit(pushes):
    bank, _ = filled_bank(pushes=pushes)
    other = ClassBank(num_classes=3, size=7, dim=2, device=CPU)
    other.load_state(bank.state())
    draws = torch.randint(1 << 31, (3, 50), generator=torch.Generator().manual_seed(1))
    for step in range(5):
        for one in (bank, other):
            one.push(numbered(1000 + step, 3, 4), torch.tensor([step, 4, 0]))
        assert torch.equal(bank.state()["written"], other.state()["written"])
        assert torch.equal(bank.state()["keys"], other.state()["keys"])
        found = [one.rows[one.places(draws)[:2]] for one in (bank, other)]
        assert torch.equal(*found)


def test_a_state_shares_no_memory_with_the_bank():
    bank, _ = filled_bank(pushes=9)
    state = bank.state()
    before = {name: tensor.clone() for name, tensor in state.items()}
    other = ClassBank(num_classes=3, size=7, dim=2, device=CPU)
    other.load_state(state)
    for one in (bank, other):
        one.push(-numbered(0, 3, 4), torch.tensor([4, 4, 4]))
    assert all(torch.equal(state[name], before[name]) for name in state)


@pytest.mark.parametrize(("classes", "size", "dim"), [(4, 7, 2), (3, 6, 2), (3, 7, 5)])
def test_the_state_of_another_bank_is_refused(classes, size, dim):
    bank, _ = filled_bank(pushes=9)
    other = ClassBank(num_classes=classes, size=size, dim=dim, device=CPU)
    with pytest.raises(ValueError, match="bank"):
        other.load_state(bank.state())


def test_more_keys_at_once_than_a_class_may_have_are_refused():
    bank = ClassBank(num_classes=2, size=3, dim=2, device=CPU)
    with pytest.raises(ValueError, match="3 keys; got 4"):
        bank.push(numbered(0, 2, 4), torch.tensor([4, 4]))
