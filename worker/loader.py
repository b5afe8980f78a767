"""Batches made ahead of the step that wants them, and how long the step waited nevertheless."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from models.self_training import Batch


class Loader:
    """The batches of iterations `first`, `first` + 1, … in this order.

    A batch depends on its iteration alone, so threads may make them in any order. Threads and not processes: decoding,
    cropping and resizing leave Python's lock, and nothing has to be copied between processes.
    """

    def __init__(self, make: Callable[[int], Batch], *, first: int, last: int, threads: int) -> None:
        """Make the batches of `first` to `last` - 1 by `make`, in so many threads; 0 makes each when it is wanted."""
        self._make = make
        self._next, self._last = first, last
        self._ahead: deque[Future[Batch]] = deque()
        self._depth = threads + 2
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="loader") if threads else None
        self.waited = 0.0  # s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def __next__(self) -> Batch:
        """The next batch; `waited` says how long it took in all."""
        began = time.perf_counter()
        if self._pool is None:
            batch = self._make(self._next)
            self._next += 1
        else:
            while len(self._ahead) < self._depth and self._next < self._last:
                self._ahead.append(self._pool.submit(self._make, self._next))
                self._next += 1
            batch = self._ahead.popleft().result()
        self.waited += time.perf_counter() - began
        return batch
