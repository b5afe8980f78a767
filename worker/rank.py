"""A rank: one of the processes that share a training, one a GPU. It ends with the process that has started it.

All ranks hold the same state, and rank 0 speaks for them: rows of figures, and the snapshots that it has saved.
Any rank may say why it cannot go on; what is heard first counts, since the others only lose sight of it.
"""

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from typing import Any, TypeAlias

import structlog
import torch
from torch import distributed

from backend import logging
from backend.config import Settings
from backend.domain.errors import ServiceError
from backend.storage import BlobKey, BlobStore, open_store
from models.ranks import joined
from worker.artifacts import save_snapshot
from worker.device import open_rank_device
from worker.training import Order, Training, advance, build

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Row:
    """What a step has found, for the training log."""

    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """A snapshot that nobody else knows of yet."""

    snapshot: BlobKey
    iteration: int


class RankFailed(Exception):
    """A rank has died, or has met an error that nobody foresaw."""


class RankOutOfMemory(Exception):
    """A rank's GPU is too small for its share of the batch."""


# Pickled, each is smaller than what a pipe takes at once: a rank that is killed leaves no half of one behind.
Word: TypeAlias = Row | Saved | ServiceError | RankFailed | RankOutOfMemory


def main(order: Order, settings: Settings, batch_size: int, orders: Connection, words: "SimpleQueue[Word]") -> None:
    """Train until it is done, or until a byte comes by `orders`, and end with a snapshot.

    Args:
        order: what is to be trained.
        settings: of the worker.
        batch_size: crops of each domain a step, over all ranks.
        orders: a byte: save and end; its end: end at once.
        words: to the process at work.
    """
    # Signals to the worker's group are its foreman's to hear. Ours are the launcher's, and of the kernel, by which
    # torch tells us where it can that our parent has died.
    os.setpgrp()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    hurry = threading.Event()
    threading.Thread(target=_listen, args=(orders, hurry), daemon=True).start()
    logging.configure()
    try:
        _train(order, settings, batch_size, hurry, words)
    except ServiceError as error:
        words.put(error)
        raise
    except torch.OutOfMemoryError:
        words.put(RankOutOfMemory())
        raise
    except Exception as error:
        log.exception("rank_failed", rank=os.environ["RANK"])  # first: once it is told, we may be ended at any moment
        words.put(RankFailed(f"{type(error).__name__}: {error}"[:1000]))
        raise


def _listen(orders: Connection, hurry: threading.Event) -> None:
    """One pipe for all ranks: it does not matter which of them reads a byte, and all of them see its end."""
    while os.read(orders.fileno(), 1):
        hurry.set()
    os._exit(1)


def _train(
    order: Order, settings: Settings, batch_size: int, hurry: threading.Event, words: "SimpleQueue[Word]"
) -> None:
    device = _join(settings)
    ranks, blobs = joined(), open_store(settings.storage, settings.storage_options)
    training = build(order, settings, blobs, device=device, ranks=ranks)
    training.batch_size = batch_size

    def anybody_in_a_hurry() -> bool:
        return bool(ranks.sum(torch.tensor(int(hurry.is_set()), device=device)))

    saved_at = time.monotonic()
    for figures in advance(training, should_stop=anybody_in_a_hurry):
        if ranks.index == 0:
            words.put(Row(figures))
            if time.monotonic() - saved_at > settings.segment_seconds and not training.is_done:
                words.put(_save(training, blobs))
                saved_at = time.monotonic()
    if ranks.index == 0:
        words.put(_save(training, blobs))
    distributed.destroy_process_group()


def _join(settings: Settings) -> torch.device:
    index, size = int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"])
    device = open_rank_device(settings, index=index, size=size)
    if sys.platform == "linux":  # else both look for an interface that other machines can reach
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        os.environ.setdefault("NCCL_SOCKET_IFNAME", "lo")
    if device.type == "cuda":
        distributed.init_process_group("nccl", device_id=device)
    else:
        distributed.init_process_group("gloo")
    return device


def _save(training: Training, blobs: BlobStore) -> Saved:
    return Saved(save_snapshot(blobs, training.state()), training.trainer.iteration)
