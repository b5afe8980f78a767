"""What verbs say to people, and how Ctrl-C ends them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console

console = Console(highlight=False)


def say(part: str, what: str) -> None:
    """One line of state a part."""
    console.print(f"[bold]{part:>9}[/]  {what}", soft_wrap=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGTERM and a closed terminal end the block as Ctrl-C does, so that it tidies up."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def until_stopped() -> Iterator[None]:
    """As `interruptible`, where being stopped is no error."""
    with interruptible(), suppress(KeyboardInterrupt):
        yield
