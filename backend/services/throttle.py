"""Slow down guessing: a few failures a key and time, per process."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from backend.domain.errors import TooManyRequests


@dataclass(slots=True)
class Throttle:
    """At most `limit` noted failures a key in `seconds`."""

    limit: int
    seconds: float
    _failures: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, key: str) -> None:
        """Raise `TooManyRequests` where the limit is reached."""
        failures = self._failures[key]
        while failures and failures[0] < time.monotonic() - self.seconds:
            failures.popleft()
        if len(failures) >= self.limit:
            raise TooManyRequests(f"Too many failed attempts. Try again in {self.seconds / 60:.0f} minutes.")

    def note(self, key: str) -> None:
        """Count a failure."""
        self._failures[key].append(time.monotonic())
