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

import psutil

from backend.supervisor import leash
from backend.supervisor.trouble import CannotStart, PartFailed

CHECK_SECONDS = 5.0  # s between looks whether a part still answers
HUNG_SECONDS = 30.0  # s without an answer, to every look in them; then a part is killed, and started again
MAX_DEATHS = 5
DEATHS_SECONDS = 60.0  # s; a part that dies `MAX_DEATHS` times within is given up
LOG_BYTES = 5_000_000  # of an old log; then it moves aside when the part is started


@dataclass(slots=True, kw_only=True)
class Child:
    """A part of the installation.

    Attributes:
        command: the program by its full path, and its arguments.
        check: True once it is ready for work.
        lives: whether it answers at all, within 2 s; one that does not any more is killed and started again.
        given: for its standard input, so that secrets do not show in the list of processes.
        ready_seconds: s it has for its first answer.
        leftover: a file of its last run, which must not be taken for an answer of this one.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    check: Callable[[], bool]
    lives: Callable[[], bool]
    given: str = ""
    ready_seconds: float = 60.0
    leftover: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    _deaths: list[float] = field(default_factory=list)
    _started_at: float = 0.0
    _looked_at: float = 0.0
    _answered: bool = False
    _killed: bool = False
    _missed: int = 0  # looks in a row; counted, for a supervisor that was itself frozen has seen nothing meanwhile

    def start(self) -> None:
        """Start it. The kernel kills it with the calling thread, so call this from one that lives as long."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.old"))
        if self.leftover is not None:
            self.leftover.unlink(missing_ok=True)
        self._started_at = self._looked_at = time.monotonic()
        self._answered, self._missed, self._killed = False, 0, False
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

    def hangs(self) -> str:
        """Why it is to be killed, since it does not answer; empty where it does, or may yet. Looks now and then."""
        moment = time.monotonic()
        if moment - self._looked_at < CHECK_SECONDS:
            return ""
        self._looked_at = moment
        if self.lives():
            self._answered, self._missed = True, 0
        elif self._answered:
            self._missed += 1
        elif moment - self._started_at > self.ready_seconds:
            return f"did not answer within {self.ready_seconds:.0f} s of its start"
        return f"did not answer for {HUNG_SECONDS:.0f} s" if self._missed * CHECK_SECONDS >= HUNG_SECONDS else ""

    def revive(self, because: str = "") -> str:
        """Start it again after a death, and say what happened.

        Args:
            because: why it is killed, if it is not dead.

        Raises:
            PartFailed: it has died too often.
        """
        code = None if self.process is None else self.process.returncode
        self.kill()
        moment = time.monotonic()
        self._deaths = [*(death for death in self._deaths if death > moment - DEATHS_SECONDS), moment]
        how = because or (f"signal {-code}" if code is not None and code < 0 else f"exit code {code}")
        if len(self._deaths) >= MAX_DEATHS:
            raise PartFailed(
                f"The {self.name} has died {MAX_DEATHS} times within {DEATHS_SECONDS:.0f} s ({how}): "
                f"{self._last_words()} (see {self.log})"
            )
        self.start()
        return f"{because or f'died ({how})'}; started again"

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
        """Kill its whole session: its process group, and ranks of a training, which have groups of their own."""
        if self.process is None or self._killed:
            return  # once: the number may be another's by now
        self._killed = True
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for pid in psutil.pids():
            with suppress(OSError):  # it has ended, or is another user's
                if os.getsid(pid) == self.process.pid:
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it left no word")
