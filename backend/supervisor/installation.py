"""Starts the parts in order, waits until each answers, starts again what dies, and stops them all."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend import queue
from backend.config import Settings
from backend.db.migrate import upgrade
from backend.db.session import open_database
from backend.services import auth
from backend.supervisor import lock
from backend.supervisor.child import Child
from backend.supervisor.parts import (
    Broker,
    api_part,
    broker_part,
    check_port,
    environment_of,
    free_port,
    worker_part,
)
from backend.supervisor.trouble import CannotStart

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (to tell them, not to bind them)
STOP_SECONDS = 10.0  # s; training saves its segment and yields within; then the rest is killed

Say = Callable[[str, str], None]  # (part, what happened)


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation. Whoever started it calls `tend` about every second."""

    settings: Settings
    url: str
    children: tuple[Child, ...]
    say: Say

    @classmethod
    @contextmanager
    def start(cls, settings: Settings, *, host: str, port: int, say: Say) -> Iterator["Installation"]:
        """Run an installation on `settings.data_dir` for as long as the context lasts.

        Args:
            settings: an empty `broker_url` gets a broker of its own, an empty `public_url` the address below.
            host: address to listen on.
            port: of the API and the browser app; 0 takes a free one.
            say: told what becomes of each part.

        Raises:
            CannotStart: the folder, the port or a part is in the way; nothing is left running.
        """
        data_dir = settings.data_dir
        make_folder(data_dir)
        with lock.held(data_dir) as descriptor, ExitStack() as stack:
            port = port or free_port()
            check_port(host, port)
            url = f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"
            broker = None if settings.broker_url else Broker(port=free_port())
            settings = settings.model_copy(
                update={
                    "broker_url": settings.broker_url if broker is None else broker.url,
                    "public_url": settings.public_url or url,
                }
            )
            environment = os.environ | environment_of(settings)
            queue.configure(settings)
            children = [
                api_part(host=host, port=port, url=url, data_dir=data_dir, environment=environment),
                worker_part(data_dir=data_dir, environment=environment),
            ]
            if broker is not None:
                children.insert(0, broker_part(broker, data_dir=data_dir, environment=environment))
            prepare_database(settings)
            say("database", "ready")
            stack.callback(_stop, children, say)
            for child in children:
                child.start()
            for child in children:
                child.wait_ready()
                say(child.name, "ready")
            lock.announce(descriptor, lock.Running(pid=os.getpid(), url=url, broker_url=settings.broker_url))
            yield cls(settings, url, tuple(children), say)

    def tend(self) -> None:
        """Start again what has died, and what does not answer any more.

        A look at a part takes 2 s at most, every 5 s, and only if it hangs: the others are tended meanwhile.

        Raises:
            PartFailed: a part dies over and over.
        """
        for child in self.children:
            if child.dead:
                self.say(child.name, child.revive())
            elif because := child.hangs():
                self.say(child.name, child.revive(because))


def prepare_database(settings: Settings) -> None:
    """Bring the database to the newest schema, with the first admin in it."""
    database = open_database(settings.database)
    database.check()  # says in words what is wrong, as migrations would not
    upgrade(settings.database)
    password = None if settings.admin_password is None else settings.admin_password.get_secret_value()
    with database.write() as session:
        auth.ensure_admin(session, email=settings.admin_email, password=password)
    database.engine.dispose()


def make_folder(data_dir: Path) -> None:
    """Make the data folder if need be, for its owner alone: there are hashes of passwords in it.

    Raises:
        CannotStart: it cannot be written.
    """
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=0o700, exist_ok=True)
        (data_dir / "logs").mkdir(exist_ok=True)
        probe = data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"The data folder {data_dir} cannot be written ({error.strerror}). Name another with --data."
        ) from error


def _stop(children: list[Child], say: Say) -> None:
    """Worker and API first, and kindly; then the broker; whatever is left then, by force."""
    try:
        deadline = time.monotonic() + STOP_SECONDS
        *others, last = reversed(children)
        for child in others:
            child.ask_to_stop()
        for child in others:
            child.wait(until=deadline)
        last.ask_to_stop()
        last.wait(until=deadline)
    finally:  # also when somebody presses Ctrl-C again
        for child in children:
            child.kill()
        say("all parts", "stopped")
