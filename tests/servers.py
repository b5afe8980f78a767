"""Starts real API processes for tests."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from backend.config import Settings

ROOT = Path(__file__).parents[1]

_SERVE = """
import os, socket, uvicorn
from backend.api.app import create_app
from backend.config import Settings
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
os.dup2(2, 1)  # nobody reads the pipe after the port; log lines would fill it and stop the API
config = uvicorn.Config(create_app(Settings(_env_file=None)), log_level="warning", timeout_graceful_shutdown=1)
uvicorn.Server(config).run(sockets=[listening])
"""


@contextmanager
def serve(settings: Settings, *, inside: Sequence[str] = ()) -> Iterator[str]:
    """A real API process on a free port of this machine; gives its address, such as `http://127.0.0.1:40123`."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "api.log").open("ab") as log:
        process = subprocess.Popen(
            [*inside, sys.executable, "-c", _SERVE],
            env=environment(settings),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip().decode()
        if not port:
            raise RuntimeError(f"The API did not start: {(settings.data_dir / 'api.log').read_text()[-2000:]}")
        address = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(f"{address}/livez", timeout=20).close()  # queued by the socket until the API accepts
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def environment(settings: Settings) -> dict[str, str]:
    """This process's environment, with `settings` as `STAL_` variables for a program that a test starts."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("STAL_")}
    for name, value in settings:
        if value is not None:
            variables[f"STAL_{name.upper()}"] = _as_text(value)
    return variables


def _as_text(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool | dict):
        return json.dumps(value)
    return str(value)
