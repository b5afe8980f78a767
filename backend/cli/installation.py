"""`stal up` and `stal migrate`: an installation on this machine."""

import time
from typing import Annotated

import typer

from backend.cli.local import DataDir, settings_for
from backend.cli.terminal import say, until_stopped
from backend.supervisor.installation import Installation, prepare_database

Host = Annotated[str, typer.Option(help="Address to listen on. 127.0.0.1 is this machine only.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the browser app and the API; 0 takes a free one.")]
DEFAULT_PORT = 8000


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
    settings = settings_for(data)
    if settings.database.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    prepare_database(settings)
    say("database", "ready")
