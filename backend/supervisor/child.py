"""One child process: started on a leash in its own process group, watched, started again, stopped with its heirs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from backend.supervisor import leash
from backend.supervisor.trouble import CannotStart, PartFailed

MAX_DEATHS = 5
DEATHS_SECONDS = 60.0  # s; a part that dies `MAX_DEATHS` times within is given up
LOG_BYTES = 5_000_000  # of an old log; then it moves aside when the part is started


@dataclass(slots=True, kw_only=True)
class Child:
    """A part of the installation.

    Attributes:
        command: the program by its full path, and its arguments.
        check: True once it answers.
        given: for its standard input, so that secrets do not show in the list of processes.
        ready_seconds: s it has for its first answer.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    check: Callable[[], bool]
    given: str = ""
    ready_seconds: float = 60.0
    process: subprocess.Popen[bytes] | None = None
    _deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it. The kernel kills it with the calling thread, so call this from one that lives as long."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self.command],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.process.stdin is not None:
            with suppress(BrokenPipeError), self.process.stdin as stdin:
                stdin.write(self.given.encode())

    def wait_ready(self) -> None:
        """Return when it answers.

        Raises:
            CannotStart: it ended, or said nothing for `ready_seconds`.
        """
        deadline = time.monotonic() + self.ready_seconds
        while not self.check():
            if self.dead:
                raise CannotStart(f"The {self.name} did not start: {self._last_words()} (see {self.log})")
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The {self.name} does not answer after {self.ready_seconds:.0f} s: {self._last_words()} "
                    f"(see {self.log})"
                )
            time.sleep(0.05)

    @property
    def dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def revive(self) -> str:
        """Start it again after a death, and say what happened.

        Raises:
            PartFailed: it has died too often.
        """
        code = None if self.process is None else self.process.returncode
        self.kill()
        moment = time.monotonic()
        self._deaths = [*(death for death in self._deaths if death > moment - DEATHS_SECONDS), moment]
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        if len(self._deaths) >= MAX_DEATHS:
            raise PartFailed(
                f"The {self.name} has died {MAX_DEATHS} times within {DEATHS_SECONDS:.0f} s ({how}): "
                f"{self._last_words()} (see {self.log})"
            )
        self.start()
        return f"died ({how}); started again"

    def ask_to_stop(self) -> None:
        """Tell its first process only: what that started, it must end in its own way."""
        if self.process is not None and not self.dead:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, *, until: float) -> None:
        """Wait for its end, not longer than `until` on the monotonic clock."""
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=max(0.0, until - time.monotonic()))

    def kill(self) -> None:
        """Kill its whole process group."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it left no word")
