"""A process that ends when its parent does, so that even a SIGKILL of the parent leaves nothing.

As a script it does the same for a program that is not ours, and then becomes it:
``python lifeline.py PARENT_PID SIGNAL_NUMBER PROGRAM [ARGUMENT...]``
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PARENT = "AEGIS_PARENT"
"""The environment variable in which a parent gives its process id to a child of ours."""

PR_SET_PDEATHSIG = 1
POLL_EVERY = 0.5

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Have ``how`` sent to this process once ``parent``, its parent, is gone.

    On Linux the kernel does it, when the *thread* that started this process ends: children are
    started from main threads only. Elsewhere a thread looks twice a second.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent, how), daemon=True).start()
    _end_if_orphaned(parent, how)  # the parent may have gone before we asked


def end_with_supervisor() -> None:
    """Do so where ``aegis up`` started this process; otherwise nothing."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        end_with_parent(int(parent))


def wrapped(command: list[str], how: signal.Signals) -> list[str]:
    """The command that runs ``command`` as a child which gets ``how`` when this process ends."""
    python = [sys.executable, "-I", "-S", os.path.abspath(__file__)]  # noqa: PTH100 - starts sooner
    return [*python, str(os.getpid()), str(int(how)), *command]


def _end_if_orphaned(parent: int, how: signal.Signals) -> None:
    if os.getppid() != parent:
        os.kill(os.getpid(), how)


def _watch(parent: int, how: signal.Signals) -> None:
    while True:
        time.sleep(POLL_EVERY)
        _end_if_orphaned(parent, how)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]), signal.Signals(int(sys.argv[2])))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - becoming the given program is the purpose
