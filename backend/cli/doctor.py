"""`stal doctor`: is this place fit for what is installed in it, and do the parts of the settings answer?

In plain words, with what to do. An image of the API has no torch, one of the worker no FastAPI: each is asked for what
it needs itself.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import typer

from backend import queue
from backend.cli.installation import DEFAULT_PORT, Port
from backend.cli.local import DataDir, Local, open_local, settings_for
from backend.cli.terminal import console
from backend.config import Settings
from backend.db import archive, migrate
from backend.db.session import Database
from backend.domain.errors import TransientError
from backend.supervisor.lock import running
from backend.supervisor.parts import check_port
from backend.supervisor.trouble import CannotStart

NEED_BYTES = 2 * 10**9  # free disk that a small project wants
SOURCES = Path(__file__).parents[2] / "frontend" / "src"  # only in a checkout
Finding = tuple[str, bool | None, str]  # part; fine, broken or neither; what was seen and what to do

TORCH = """
import torch, torchvision
from backend.config import Settings
from worker.device import open_device
wanted = Settings().device
device = open_device(Settings())
if device.type == "cuda":
    name = torch.cuda.get_device_name(device)
elif wanted == "cpu":
    name = "the CPU, as STAL_DEVICE says"
else:
    name = "the CPU: " + ("torch sees no GPU" if torch.version.cuda else "this torch is built without CUDA")
print(f"{torch.__version__} with torchvision {torchvision.__version__}, computes on {name}")
"""


def doctor(port: Port = DEFAULT_PORT, data: DataDir = None) -> None:
    """Look at everything that stal needs here; exit code 1 where something is broken."""
    settings = settings_for(data)
    is_api, is_worker = find_spec("fastapi") is not None, find_spec("torch") is not None
    broken = 0
    for part, fine, words in _findings(settings, port, is_api=is_api, is_worker=is_worker):
        sign = {True: "[green]ok[/]", False: "[red]broken[/]", None: "[yellow]note[/]"}[fine]
        console.print(f"{part:>14}  {sign}  {words}", soft_wrap=True)
        broken += fine is False
    if broken:
        raise typer.Exit(1)


def _findings(settings: Settings, port: int, *, is_api: bool, is_worker: bool) -> Iterator[Finding]:
    yield "Python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}"
    what = " and ".join(name for name, there in (("API", is_api), ("worker", is_worker)) if there)
    yield "packages", bool(what), f"those of the {what}" if what else "neither the API's nor the worker's: make setup"
    if is_worker:
        yield from _worker(settings)
    if is_worker or not (settings.database_url and settings.storage_url):
        yield from _data_folder(settings.data_dir)
    if is_api and is_worker:
        yield from _installation(settings, port)
    if is_api:
        yield from _api(settings)
    if SOURCES.is_dir():
        yield from _checkout()
    yield from _parts(settings, alone=is_api != is_worker)


def _worker(settings: Settings) -> Iterator[Finding]:
    # In another process: this one must stay free of torch.
    tried = subprocess.run([sys.executable, "-c", TORCH], check=False, capture_output=True, text=True)
    why = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
    if tried.returncode == 0:
        yield "torch", True, tried.stdout.strip()
    elif why.startswith("ValueError: "):
        yield "torch", False, why.removeprefix("ValueError: ")
    else:
        yield "torch", False, f"cannot be imported ({why}). Install torch and torchvision together: make setup"
    if settings.weights is not None:
        yield _folder("weights", settings.weights, "STAL_WEIGHTS")
    if settings.import_root is not None:
        yield _folder("import root", settings.import_root, "STAL_IMPORT_ROOT")
    free, most = shutil.disk_usage(_existing(settings.data_dir)).free, settings.decoded_gigabytes * 1e9
    if free < most:
        yield (
            "decoded images",
            None,
            (
                f"may take {most / 1e9:.0f} GB of {settings.data_dir}, where {free / 1e9:.1f} GB are free. "
                "Set STAL_DECODED_GIGABYTES lower, or give the folder more room."
            ),
        )


def _folder(part: str, folder: Path, setting: str) -> Finding:
    if folder.is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return part, True, f"{folder} can be read"
    state = "cannot be read by" if folder.exists() else "is not there for"
    return part, False, f"{folder} {state} user {os.getuid()}. Set {setting} to one that is, or mount it."


def _data_folder(data_dir: Path) -> Iterator[Finding]:
    folder = _existing(data_dir)
    if not os.access(folder, os.W_OK | os.X_OK):
        status = folder.stat()
        yield (
            "data folder",
            False,
            (
                f"{folder} belongs to user {status.st_uid} and cannot be written by user {os.getuid()}, who runs this. "
                "Change its owner, or name another with --data or STAL_DATA_DIR."
            ),
        )
        return
    yield _room("data folder", folder, "can be written", "Free some, or set STAL_DATA_DIR elsewhere.")


def _room(part: str, folder: Path, good: str, remedy: str) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{good}, {free / 1e9:.1f} GB free at {folder}"
    return part, free > NEED_BYTES, words if free > NEED_BYTES else f"{words}. {remedy}"


def _installation(settings: Settings, port: int) -> Iterator[Finding]:
    there = running(settings.data_dir)
    if there is not None:
        yield "installation", True, f"runs at {there.url} (process {there.pid})"
        return
    try:
        check_port("127.0.0.1", port)
        yield "port", True, f"{port} is free"
    except CannotStart as error:
        yield "port", None, str(error)


def _api(settings: Settings) -> Iterator[Finding]:
    built = (settings.frontend_dir / "index.html").is_file()
    absent = f"is not at {settings.frontend_dir}; make frontend builds it, STAL_FRONTEND_DIR names another folder"
    yield "browser app", built or None, "built" if built else absent
    url = urlsplit(settings.public_url)
    local = url.hostname in {"localhost", "127.0.0.1", "::1"}
    if url.scheme == "https" and not settings.secure_cookies:
        yield "cookies", None, "people come by https, but cookies may travel without it. Set STAL_SECURE_COOKIES=true"
    elif url.scheme == "http" and settings.secure_cookies and not local:
        yield (
            "cookies",
            False,
            (
                f"nobody stays signed in at {settings.public_url}: STAL_SECURE_COOKIES=true needs https. Set it to "
                "false, or STAL_PUBLIC_URL to the https address."
            ),
        )
    elif settings.public_url:
        yield "public URL", True, settings.public_url


def _checkout() -> Iterator[Finding]:
    node, chromium = _first("node"), _first("chromium", "chromium-browser", "google-chrome")
    yield "node", True if node else None, node or "none; make takes the one of a package to build the browser app"
    yield "Chromium", True if chromium else None, chromium or "none; only the browser tests need one, make test gets it"


def _parts(settings: Settings, *, alone: bool) -> Iterator[Finding]:
    """Database, blobs and broker; `alone` where no `stal up` can start a broker."""
    there = running(settings.data_dir)
    if there is not None and not settings.broker_url:
        settings = settings.model_copy(update={"broker_url": there.broker_url})
    queue.configure(settings)
    if settings.broker_url or alone:
        yield _answering("broker", queue.check, lambda: ("broker", True, "answers"))
    try:
        local = open_local(settings)
    except CannotStart as error:
        yield "database", None, str(error)
        return
    yield _answering("database", local.database.check, lambda: _schema(local.database))
    yield _answering("blob store", local.blobs.check, lambda: _blobs(local))
    local.database.engine.dispose()


def _answering(part: str, check: Callable[[], None], then: Callable[[], Finding]) -> Finding:
    try:
        check()
        return then()
    except TransientError as error:
        advice = "" if error.context.get("refused") else " Is its address in the settings right, and is it running?"
        return part, False, f"{error.message}{advice}"


def _schema(database: Database) -> Finding:
    with database.read() as session:
        revision = archive.revision(session)
    if revision == migrate.newest():
        return "database", True, "answers, and its schema is the newest"
    if revision is not None and not migrate.knows(revision):
        return "database", False, f"has a schema of a newer stal ({revision}). Update this one."
    return "database", False, f"has an older schema ({revision or 'none'}, not {migrate.newest()}): stal migrate"


def _blobs(local: Local) -> Finding:
    url = urlsplit(local.settings.storage)
    if url.scheme != "file":
        return "blob store", True, f"{local.settings.storage} can be written"
    return _room("blob store", Path(url2pathname(url.path)), "can be written", "Free some, or move it to more.")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _first(*names: str) -> str | None:
    beside = Path(sys.executable).parent
    return next((found for name in names if (found := shutil.which(name) or shutil.which(name, path=beside))), None)
