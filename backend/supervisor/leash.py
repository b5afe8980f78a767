"""Run a command that must not outlive its parent: `python leash.py PARENT_PID COMMAND [ARGUMENT]...`.

A program of its own, because what must happen between fork and exec is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    """Ask the kernel to kill this process when its parent dies, however that dies; then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel knew
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606  (a shell is what we do not want)


if __name__ == "__main__":
    main()
