"""Starts the ranks that share a training by torch's elastic launcher, and hears what they say.

The launcher runs in a thread of its own: in a main thread it would take over the signals that the process at work
ignores on purpose.
"""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from backend.config import Settings
from backend.domain.errors import JobSuperseded
from worker import rank
from worker.loopback import LOOPBACK
from worker.rank import RankFailed, Row, Saved, Word
from worker.training import Order

# It warns that it leaves signals alone, as it shall, and of each process that it ends.
logging.getLogger("torch.distributed.elastic.multiprocessing.api").setLevel(logging.ERROR)

LISTEN_SECONDS = 0.05  # s between looks at what ranks have said


@dataclass(frozen=True, slots=True)
class Launch:
    """Ranks at work."""

    orders: Connection
    words: "SimpleQueue[Word]"
    outcome: Future[Any]

    def hear(self, *, hurry: threading.Event, drop: threading.Event) -> Iterator[Row | Saved]:
        """What rank 0 says, until all have ended; the last word is of a snapshot.

        Args:
            hurry: once set, ranks stop after the step that they are at.
            drop: once set, nobody wants to hear more.

        Raises:
            JobSuperseded: `drop` is set.
            ServiceError: a rank has raised it.
            RankOutOfMemory: a rank's GPU is too small.
            RankFailed: a rank has died, or has raised something else.
        """
        asked = False
        while not drop.is_set():
            if hurry.is_set() and not asked:
                asked = True
                os.write(self.orders.fileno(), b"h")
            ended = self.outcome.done()  # asked before the queue: what was said before the end is heard
            if not self.words.empty():
                word = self.words.get()
                if not isinstance(word, Row | Saved):
                    raise word
                yield word
            elif ended:
                self._raise_failure()
                return
            else:
                time.sleep(LISTEN_SECONDS)
        raise JobSuperseded("This job was taken away.")

    def _raise_failure(self) -> None:
        try:
            self.outcome.result()
        except ChildFailedError as error:
            index, failure = error.get_first_failure()
            raise RankFailed(f"exit code {failure.exitcode} of rank {index}") from error


def ranks_for(batch_size: int, *, at_most: int) -> int:
    """How many ranks can share a batch: each takes an even number of crops, so that in mixing each has a partner."""
    return max(size for size in range(1, at_most + 1) if size == 1 or batch_size % (2 * size) == 0)


@contextmanager
def launched(order: Order, settings: Settings, *, ranks: int, batch_size: int) -> Iterator[Launch]:
    """Ranks that train until it is done; whatever happens, none of them lives on afterwards."""
    torch.cuda.empty_cache()  # what earlier jobs have left is room that rank 0 can use
    context = multiprocessing.get_context("spawn")
    theirs, orders = context.Pipe(duplex=False)
    words: SimpleQueue[Word] = context.SimpleQueue()
    with TemporaryDirectory(prefix="stal-ranks-") as folder, ThreadPoolExecutor(1, "launcher") as thread:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=ranks,
            run_id=order.round_id,
            rdzv_backend=LOOPBACK,
            max_restarts=0,
            monitor_interval=0.1,
            start_method="spawn",
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        launch = elastic_launch(config, rank.main)
        try:
            yield Launch(orders, words, thread.submit(launch, order, settings, batch_size, theirs, words))
        finally:
            orders.close()  # whoever still lives ends now
    theirs.close()
    words.close()
