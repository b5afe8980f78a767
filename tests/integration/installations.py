"""Installations for tests: the program as people start it, with its output and its processes; and patience."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")
STAL = Path(sys.executable).with_name("stal")


def run_environment() -> dict[str, str]:
    cleared = {name: value for name, value in os.environ.items() if not name.startswith("STAL_")}
    return cleared | {"STAL_FRONTEND_DIR": os.devnull}  # the browser app may be in the middle of a build


@dataclass
class Up:
    process: psutil.Popen
    data_dir: Path
    output: Path

    def lines(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        return re.search(r"(http://127.0.0.1:\d+)", self.lines()).group(1)

    def parts(self, words: str) -> list[psutil.Process]:
        """The living children whose command holds these words."""
        found = []
        for child in self.process.children():
            with suppress(psutil.NoSuchProcess):  # it may die, or be a zombie, while it is asked
                if words in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def part(self, words: str) -> psutil.Process:
        return self.parts(words)[0]


def wait_for(what: Callable[[], T], *, seconds: float = 60, because: Callable[[], object] = lambda: "") -> T:
    """What `what` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s; {because()}")


@contextmanager
def start(folder: Path, verb: str = "up", *, until: str = "ready at") -> Iterator[Up]:
    """`stal VERB` on a fresh data folder and a free port, once it has said `until`; stopped at the end."""
    output = folder / "output"
    with output.open("wb") as file:
        process = psutil.Popen(
            [STAL, verb, "--port", "0", "--data", folder / "data"],
            stdout=file,
            stderr=subprocess.STDOUT,
            env=run_environment(),
            cwd=folder,
        )
    up = Up(process, folder / "data", output)
    try:
        wait_for(lambda: until in up.lines() or process.poll() is not None, seconds=120)
        assert process.poll() is None, up.lines()
        yield up
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=30)


def stal(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [STAL, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env=run_environment() | environment,
        cwd=cwd,
        timeout=300,
    )
