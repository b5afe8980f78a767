"""The process at work as its foreman sees it: a pipe that is always read, and a question that it has to answer.

The child is spawned, not forked, so that it may use CUDA and have children of its own. It ends by itself when the
foreman is gone.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import SimpleQueue

import psutil
import structlog

from backend.config import Settings
from backend.heartbeat import BEAT_SECONDS
from worker import process
from worker.messages import Drop, Ended, Hurry, Ping, Pong, Progress, Work

log = structlog.get_logger()

START_SECONDS = 300.0  # s to import torch and the rest: a cold disk takes minutes, a hung one forever
REAP_SECONDS = 5.0  # s; a killed process that stays longer is stuck in the kernel, and is left behind
QUESTIONS = 6  # unanswered ones, after which a process hangs: counted, for a worker that was itself frozen asks anew


@dataclass(frozen=True, slots=True)
class Gone:
    """The process has ended, and why."""

    exit_code: int | None
    reason: str


class Child:
    """One process at work. One thread calls `attend`; the other methods are for any.

    Attributes:
        said: what it says of its job; `Gone` at its end.
        can_work: it has answered once, so it has imported everything.
        last_words: why it has ended; empty before.
        failed: it has ended without an answer, and nobody had asked it to end; where memory ends, too.
    """

    def __init__(self, settings: Settings, target: Callable[[Connection, Settings], None] = process.main) -> None:
        self._hung_seconds, self._stalled_seconds = settings.hung_seconds, settings.stalled_seconds
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, settings), daemon=False)
        self._process.start()
        theirs.close()
        self.said: SimpleQueue[Progress | Ended | Gone] = SimpleQueue()
        self.can_work = False
        self.last_words = ""
        self.failed = False
        self._ended_on_purpose = False
        self._started_at = time.monotonic()
        self._heard_of_work_at: float | None = None  # None: it has none
        self._unanswered = 0
        self._killed_because = ""
        self._sending = threading.RLock()  # a signal may come in the middle of a word
        self._gone = threading.Event()
        log.info("process_started", pid=self._process.pid)

    @property
    def trouble(self) -> str:
        """Why it cannot work now; empty if it can."""
        if not self.can_work:
            return "The process at work is starting."
        if self._unanswered > QUESTIONS // 3:
            return f"The process at work has not answered for {self._unanswered * self._interval:.0f} s."
        return ""

    @property
    def is_gone(self) -> bool:
        return bool(self._killed_because) or self._gone.is_set()

    def give(self, work: Work) -> None:
        self._heard_of_work_at = time.monotonic()
        self._send(work)

    def hurry(self) -> None:
        """Ask it to save and yield."""
        self._send(Hurry())

    def drop(self) -> None:
        """Tell it that its job is not ours any more."""
        self._send(Drop())

    def end(self, because: str) -> None:
        """Kill it, and return when it is gone, or cannot be killed."""
        self._ended_on_purpose = True
        self._kill(because)
        self._gone.wait(2 * REAP_SECONDS)

    def attend(self, tell: Callable[[], None]) -> None:
        """Hear it and ask it until it is gone; kill it if it hangs, or its job gets no further.

        Args:
            tell: called every few seconds, and when it begins to answer.
        """
        while not self._killed_because:
            tell()
            try:
                if not self._hears_until(time.monotonic() + self._interval):
                    break
            except (EOFError, OSError):
                break
            trouble = self._fatal_trouble()
            if trouble:
                self._kill(trouble)
            else:
                self._unanswered += 1
                self._send(Ping())
        self._bury()

    def _hears_until(self, moment: float) -> bool:
        """Hear it until a moment; False if it is to end before."""
        while (left := moment - time.monotonic()) > 0:
            # Messages are small, and a small one is in the pipe whole or not at all: `recv` never waits for the rest.
            if not self._pipe.poll(left):
                continue
            said = self._pipe.recv()
            if isinstance(said, Pong):
                self._unanswered = 0
                if not self.can_work:
                    self.can_work = True
                    if self._heard_of_work_at is not None:
                        self._heard_of_work_at = time.monotonic()  # it could not begin before
                    log.info("process_ready", pid=self._process.pid, seconds=self._age())
                    return True
            else:
                self._heard_of_work_at = None if isinstance(said, Ended) else time.monotonic()
                self.said.put(said)
        return not self._killed_because

    def _fatal_trouble(self) -> str:
        if not self.can_work:
            return f"not started within {START_SECONDS:.0f} s" if self._age() > START_SECONDS else ""
        if self._unanswered >= QUESTIONS:
            return f"no answer for {self._hung_seconds:g} s"
        worked_at = self._heard_of_work_at
        if worked_at is not None and time.monotonic() - worked_at > self._stalled_seconds:
            return f"no progress for {self._stalled_seconds:g} s"
        return ""

    @property
    def _interval(self) -> float:
        """Seconds between questions."""
        return min(BEAT_SECONDS, self._hung_seconds / QUESTIONS)

    def _age(self) -> float:
        return round(time.monotonic() - self._started_at, 1)

    def _send(self, message: Work | Hurry | Drop | Ping) -> None:
        with self._sending, suppress(OSError):  # one that has just died is buried by who attends it
            self._pipe.send(message)

    def _kill(self, because: str) -> None:
        if self.is_gone:
            return
        self._killed_because = because
        log.warning("process_killed", pid=self._process.pid, reason=because)
        # Its ranks too: one that was stopped would not see that its parent is gone, and keep its GPU's memory.
        for one in _descendants(self._process.pid):
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self._process.kill()

    def _bury(self) -> None:
        self._process.join(REAP_SECONDS)
        code = self._process.exitcode
        self._pipe.close()
        self.last_words = self._killed_because or f"exit code {code}"
        self.failed = not (self.can_work or self._ended_on_purpose)
        self._gone.set()
        self.said.put(Gone(code, self.last_words))


def _descendants(pid: int | None) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True) if pid else []
    except psutil.NoSuchProcess:
        return []
