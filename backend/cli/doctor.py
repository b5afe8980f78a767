"""`stal doctor`: is this machine fit, and do the parts of the settings answer? In plain words, and what to do."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from backend import queue
from backend.cli.installation import DEFAULT_PORT, Port
from backend.cli.local import DataDir, open_local, settings_for
from backend.cli.terminal import console
from backend.config import Settings
from backend.domain.errors import TransientError
from backend.supervisor.lock import running
from backend.supervisor.parts import check_port
from backend.supervisor.trouble import CannotStart

NEED_BYTES = 2 * 10**9  # free disk that a small project wants
Finding = tuple[str, bool | None, str]  # part; fine, broken or neither; what was seen and what to do

TORCH = """
import torch, torchvision
print(torch.__version__, "with " + torch.cuda.get_device_name(0) if torch.cuda.is_available() else "without a GPU")
"""


def doctor(port: Port = DEFAULT_PORT, data: DataDir = None) -> None:
    """Look at everything that stal needs; exit code 1 where something is broken."""
    settings = settings_for(data)
    broken = 0
    for part, fine, words in [*_machine(settings, port), *_parts(settings)]:
        sign = {True: "[green]ok[/]", False: "[red]broken[/]", None: "[yellow]note[/]"}[fine]
        console.print(f"{part:>14}  {sign}  {words}", soft_wrap=True)
        broken += fine is False
    if broken:
        raise typer.Exit(1)


def _machine(settings: Settings, port: int) -> Iterator[Finding]:
    yield "Python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}"
    # In another process: this one must stay free of torch.
    tried = subprocess.run([sys.executable, "-c", TORCH], check=False, capture_output=True, text=True)
    if tried.returncode == 0:
        yield "torch", True, tried.stdout.strip()
    else:
        why = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield "torch", False, f"cannot be imported ({why}). Install torch and torchvision together: make setup"
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    disk = f"{free / 1e9:.1f} GB free at {folder}"
    yield (
        "disk",
        free > NEED_BYTES,
        disk if free > NEED_BYTES else f"{disk}. Free some, or set STAL_DATA_DIR elsewhere.",
    )
    if not os.access(folder, os.W_OK):
        yield "data folder", False, f"{folder} cannot be written. Name another with --data or STAL_DATA_DIR."
    there = running(settings.data_dir)
    if there is not None:
        yield "installation", True, f"runs at {there.url} (process {there.pid})"
    else:
        try:
            check_port("127.0.0.1", port)
            yield "port", True, f"{port} is free"
        except CannotStart as error:
            yield "port", None, str(error)
    built = (settings.frontend_dir / "index.html").is_file()
    yield "browser app", built or None, "built" if built else "not built yet: make frontend"
    node, chromium = _first("node"), _first("chromium", "chromium-browser", "google-chrome")
    yield "node", True if node else None, node or "none; make takes the one of a package to build the browser app"
    yield "Chromium", True if chromium else None, chromium or "none; only the browser tests need one, make test gets it"


def _parts(settings: Settings) -> Iterator[Finding]:
    there = running(settings.data_dir)
    if there is not None and not settings.broker_url:
        settings = settings.model_copy(update={"broker_url": there.broker_url})
    try:
        local = open_local(settings)
    except CannotStart as error:
        yield "database", None, str(error)
        return
    queue.configure(settings)
    checks = [("database", local.database.check), ("blob store", local.blobs.check)]
    if settings.broker_url:
        checks.append(("broker", queue.check))
    for part, check in checks:
        try:
            check()
            yield part, True, "answers"
        except TransientError as error:
            yield part, False, f"{error.message} Is its address in the settings right, and is it running?"


def _first(*names: str) -> str | None:
    beside = Path(sys.executable).parent
    return next((found for name in names if (found := shutil.which(name) or shutil.which(name, path=beside))), None)
