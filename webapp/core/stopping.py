"""Whether this process was told to end: work in slices looks here between two batches."""

from __future__ import annotations

import signal
from types import FrameType

from webapp.core.time import monotonic, sleep

_told = False
"""A plain flag: it is set in a signal handler, where taking an Event's lock could wait for ever."""

STEP = 0.1


def stopping() -> bool:
    """Whether to end the work in hand at the next safe point."""
    return _told


def stop() -> None:
    global _told  # noqa: PLW0603 - one process is told once
    _told = True


def wait(seconds: float) -> bool:
    """Sleep ``seconds``, or until this process is told to end; says whether it was."""
    end = monotonic() + seconds
    while not _told and (left := end - monotonic()) > 0:
        sleep(min(left, STEP))
    return _told


def listen() -> None:
    """Take SIGTERM and Ctrl-C as being told to end. Only the main thread may call this."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _on_signal)


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    stop()
