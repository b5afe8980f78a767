"""`stal up` and `stal migrate`: an installation on this machine."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from backend.cli.local import DataDir, settings_for
from backend.supervisor import Installation

Host = Annotated[str, typer.Option(help="Address to listen on. 127.0.0.1 is this machine only.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the browser app and the API; 0 takes a free one.")]
DEFAULT_PORT = 8000
console = Console(highlight=False)


def up(port: Port = DEFAULT_PORT, data: DataDir = None, host: Host = "127.0.0.1") -> None:
    """Run everything on this machine until Ctrl-C: broker, database, API with the browser app, worker."""
    settings = settings_for(data)
    with until_stopped(), Installation.start(settings, host=host, port=port, say=say) as installation:
        say("stal", f"ready at {installation.url} (sign in: stal token --link --data {settings.data_dir})")
        while True:
            installation.tend()
            time.sleep(1)


def migrate(data: DataDir = None) -> None:
    """Bring the database of the settings to the newest schema, with the first admin in it."""
    from backend.supervisor.installation import prepare_database

    settings = settings_for(data)
    if settings.database.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    prepare_database(settings)
    say("database", "ready")


def say(part: str, what: str) -> None:
    """One line of state a part."""
    console.print(f"[bold]{part:>9}[/]  {what}", soft_wrap=True)


@contextmanager
def until_stopped() -> Iterator[None]:
    """Make SIGTERM and a closed terminal end the block as Ctrl-C does, and none of them an error."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
