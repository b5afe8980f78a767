"""A container engine restarts what has ended, not what hangs. So a health check ends it, if it is asked to.

Each check is a process of its own; how often one has missed in a row is kept in a file of the temporary folder. Imports
next to nothing.
"""

import os
import signal
import sys
import time

MISSES = 3  # in a row
MISSED_SECONDS = 60.0  # s from the first of them to the last; a part that starts has so long, too
#: PID 1 of a container with `init: true`. Anywhere else, other people's work would be ended.
INITS = ("docker-init", "podman-init", "catatonit", "tini", "dumb-init")


def conclude(name: str, *, well: bool, answers: bool, words: str, replace: bool) -> int:
    """Print how a part is, and end it once it has not answered for too long.

    Args:
        name: of the part.
        well: it can work.
        answers: it can at least say that it cannot; only one that does not is ended.
        words: how it is.
        replace: whether it may be ended: every process of this user in this container.

    Returns:
        The exit code of the check.
    """
    path = f"{os.environ.get('TMPDIR') or '/tmp'}/stal-missed-{name}-{os.getuid()}"  # noqa: S108
    note = ""
    if answers:
        _forget(path)
    elif replace:
        note = _miss(path)
    sys.stdout.write(f"{words}{note}\n")
    sys.stdout.flush()
    return 0 if well else 1


def _miss(path: str) -> str:
    if _read("/proc/1/comm").strip() not in INITS:
        return " It is not replaced: --replace is for a container whose PID 1 is an init (init: true)."
    life = _read("/proc/1/stat").rpartition(")")[2].split()[19]  # when PID 1 began: another container, another count
    now = time.monotonic()
    first, count = now, 1
    before = _read(path).split()
    if len(before) == 3 and before[0] == life:
        first, count = float(before[1]), int(before[2]) + 1
    if count < MISSES or now - first < MISSED_SECONDS:
        _write(path, f"{life} {first} {count}")
        return ""
    _forget(path)
    sys.stdout.write(f"No answer to {count} checks in {now - first:.0f} s: everything in this container is killed. ")
    sys.stdout.flush()
    os.kill(-1, signal.SIGKILL)  # all that this user has here, but neither PID 1 nor this process
    return ""


def _read(path: str) -> str:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        return os.read(file, 4096).decode(errors="replace")
    finally:
        os.close(file)


def _write(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _forget(path: str) -> None:
    try:  # noqa: SIM105  (contextlib costs more than all the rest)
        os.unlink(path)  # noqa: PTH108
    except OSError:
        pass
