"""How far something is: a bar with the time to go on a terminal, now and then a line elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

LINE_SECONDS = 10.0  # s between lines where there is no terminal


class Meter:
    """Shows one thing at a time; showing the next replaces it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[eta]}"),
            console=console, transient=True,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._said_at, self._said = 0.0, ""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def show(self, what: str, *, fraction: float | None, eta_seconds: float | None) -> None:
        """Say how far `what` is, in [0, 1] of it, and how long it will take; None where nobody knows."""
        eta = "" if eta_seconds is None else f"{duration(eta_seconds)} to go"
        if self._console.is_terminal:
            total = None if fraction is None else 1.0  # without one the bar only shows that something goes on
            if self._task is None:
                self._task = self._bar.add_task(what, total=total, eta=eta)
            self._bar.update(self._task, description=what, total=total, completed=fraction or 0, eta=eta)
            return
        moment, subject = time.monotonic(), what.rstrip("0123456789 of/.%")
        if subject != self._said or moment - self._said_at >= LINE_SECONDS:
            self._said, self._said_at = subject, moment
            far = "" if fraction is None else f" ({fraction:.0%}{', ' + eta if eta else ''})"
            self._console.print(f"{what}{far}", soft_wrap=True)


def duration(seconds: float) -> str:
    """A time as people say it: `42 s`, `3 min 20 s`, `1 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
