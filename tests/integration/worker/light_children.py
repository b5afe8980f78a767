"""Processes at work that import next to nothing and do no job, so that a test can start them at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from worker.messages import Ping, Pong


def answers(pipe, settings) -> None:
    """Answers every question, and gets no further with any job."""
    pipe.send(Pong())
    while True:
        try:
            said = pipe.recv()
        except EOFError:
            return
        if isinstance(said, Ping):
            pipe.send(Pong())


def keeps_a_frozen_rank(pipe, settings) -> None:
    """As `answers`, with a process of its own group that is stopped; its id is in a file."""
    rank = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
    rank.send_signal(signal.SIGSTOP)
    (Path(settings.data_dir) / "rank").write_text(str(rank.pid))
    answers(pipe, settings)


def dies_until_mended(pipe, settings) -> None:
    """Notes each start in a file; cannot start before another file is there."""
    folder = Path(settings.data_dir)
    with (folder / "starts").open("a") as starts:
        starts.write("x")
    if (folder / "mended").exists():
        answers(pipe, settings)
    os._exit(3)
