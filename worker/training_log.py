"""What a training says of itself while it learns: progress for people, and rows that are saved with its state."""

import time
from dataclasses import dataclass, field
from typing import Any

from backend.db.session import Session
from worker.context import Context

LOG_SECONDS = 1.0  # s between rows


@dataclass(slots=True, kw_only=True)
class TrainingLog:
    """One row a second, the last, and those that say more than figures.

    Attributes:
        iterations: of the whole training.
        first: iterations done when the clock began; None: it begins with the first row.
        rows: not saved yet.
    """

    context: Context
    iterations: int
    first: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _logged: float = 0.0
    _latest: dict[str, Any] = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        """Take a row, and report.

        Raises:
            JobSuperseded: the job is not ours any more.
        """
        moment, iteration = time.monotonic(), row["iteration"]
        if self.first is None:
            self.first, self._began = iteration, moment
        done = iteration - self.first
        says_more = iteration == self.iterations or "note" in row or "val_miou" in row
        if moment - self._logged >= LOG_SECONDS or says_more:
            self._logged, self._latest = moment, row
            self.rows.append(row)
        self.context.report(
            iteration / self.iterations,
            row.get("note", f"Training: iteration {iteration} of {self.iterations}"),
            remaining=(moment - self._began) / done * (self.iterations - iteration) if done else None,
            **self._latest,
        )

    def take(self) -> list[dict[str, Any]]:
        """The rows since the last time."""
        rows, self.rows = self.rows, []
        return rows


def log_rows(context: Context, session: Session, rows: list[dict[str, Any]]) -> None:
    """Add rows to the training log of the job's round, in the transaction that saves the state they lead to."""
    round_, _ = context.round_and_project(session)
    round_.training_log = [*round_.training_log, *rows]
