"""Which devices a worker computes on. The only place that decides."""

import torch

from backend.config import Settings


def open_device(settings: Settings) -> torch.device:
    """The device of `settings.device`, with torch's threads set.

    Raises:
        ValueError: the settings name a GPU that is not there.
    """
    if settings.worker_threads:
        torch.set_num_threads(settings.worker_threads)
    if settings.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(settings.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"STAL_DEVICE is {settings.device}, but torch sees no GPU. Set it to cpu or auto.")
    return device


def count_ranks(settings: Settings) -> int:
    """How many processes may share a training: as many as the settings say, else one for each GPU; at least one.

    Raises:
        ValueError: the settings ask for more than there are GPUs, or name a GPU that is not there.
    """
    device = open_device(settings)
    if device.type != "cuda":
        return settings.ranks or 1
    gpus = torch.cuda.device_count() if device.index is None else 1
    if settings.ranks > gpus:
        raise ValueError(
            f"STAL_RANKS is {settings.ranks}, but STAL_DEVICE={settings.device} has {gpus} of torch's GPUs. "
            "Ranks cannot share one: set STAL_RANKS to 0."
        )
    return settings.ranks or gpus


def open_rank_device(settings: Settings, *, index: int, size: int) -> torch.device:
    """The device of the rank `index` of `size` on this machine: a GPU of its own, or its share of the CPU's threads."""
    device = open_device(settings)
    torch.set_num_threads(max(1, torch.get_num_threads() // size))
    if device.type != "cuda":
        return device
    device = torch.device("cuda", index)
    torch.cuda.set_device(device)
    return device
