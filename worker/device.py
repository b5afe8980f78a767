"""Which device a worker computes on. The only place that decides."""

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
