"""Slow down guessing: a few failures a key and time, per process."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from backend.domain.errors import TooManyRequests

MAX_KEYS = 10_000


@dataclass(slots=True)
class Throttle:
    """At most `limit` noted failures a key in `seconds`."""

    limit: int
    seconds: float
    _failures: dict[str, deque[float]] = field(init=False)

    def __post_init__(self) -> None:
        self._failures = defaultdict(lambda: deque(maxlen=self.limit))

    def check(self, key: str) -> None:
        """Raise `TooManyRequests` where the limit is reached."""
        since = time.monotonic() - self.seconds
        if sum(moment > since for moment in self._failures.get(key, ())) >= self.limit:
            raise TooManyRequests(f"Too many failed attempts. Try again in {self.seconds / 60:.0f} minutes.")

    def note(self, key: str) -> None:
        """Count a failure."""
        if len(self._failures) >= MAX_KEYS:  # whoever tries so many addresses must not fill the memory
            self._failures.clear()
        self._failures[key].append(time.monotonic())
