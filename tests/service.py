"""A real API process, which can be killed and started again at the same address."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from backend.config import Settings

ROOT = Path(__file__).parents[1]
_SERVE = """
import os, socket, sys, uvicorn
from backend.api.app import create_app
from backend.config import Settings
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(listening.getsockname()[1], flush=True)
os.dup2(2, 1)  # nobody reads the pipe after the port; log lines would fill it and stop the API
config = uvicorn.Config(create_app(Settings(_env_file=None)), log_level="warning", timeout_graceful_shutdown=1)
uvicorn.Server(config).run(sockets=[listening])
"""


class Service:
    """The API with these settings: on a free port of this machine at first, on the same one ever after."""

    def __init__(self, settings: Settings, *, inside: Sequence[str] = ()) -> None:
        self._settings = settings
        self._command = [*inside, sys.executable, "-c", _SERVE]
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def start(self) -> str:
        """Its address, such as `http://127.0.0.1:40123`, once it answers."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        log_file = self._settings.data_dir / "api.log"
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, str(self._port)],
                env=environment(self._settings),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip().decode()
        if not port:
            raise RuntimeError(f"The API did not start: {log_file.read_text()[-2000:]}")
        self._port = int(port)
        address = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(f"{address}/livez", timeout=20).close()  # queued by the socket until the API accepts
        return address

    def kill(self) -> None:
        """As a crash does: nothing is ended in order."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._end()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _end(self) -> None:
        assert self._process is not None
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None


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
