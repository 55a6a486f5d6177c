"""The child processes of ``aegis up``: started, started again when they die, and ended.

One thread does it all: a child ends with the *thread* that started it, and a fork beside other
threads is a gamble.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from webapp.core.lifeline import PARENT
from webapp.core.time import monotonic, sleep

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
SETTLED_AFTER = 60
"""Seconds of life after which a child's next death counts as its first."""

STEP = 0.1
READ_AT_ONCE = 65536


def _nothing() -> None:
    return


@dataclass(eq=False)
class Child:
    """One process to keep alive; ``prepare`` runs before each start.

    One that runs ``once``, or was told to end, is not started again.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    prepare: Callable[[], None] = _nothing
    once: bool = False

    process: subprocess.Popen[bytes] | None = None
    mourned: bool = False
    started: float = 0
    due: float = 0
    delay: float = FIRST_DELAY

    @property
    def returncode(self) -> int | None:
        """What it ended with; None while it lives."""
        return self.process.poll() if self.process else None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class _Voice:
    """What one child writes, cut into lines."""

    name: str
    stream: IO[bytes]
    rest: bytes = b""

    def lines(self) -> list[str] | None:
        """The whole lines there are; None once there will be no more."""
        read = self.stream.read(READ_AT_ONCE)
        if read is None:
            return []
        if not read and not self.rest:
            return None
        *whole, self.rest = (self.rest + (read or b"\n")).split(b"\n")
        if len(self.rest) > READ_AT_ONCE:
            whole, self.rest = [*whole, self.rest], b""
        return [line.decode(errors="replace").rstrip() for line in whole]


class Children:
    """All children of this process. ``prefix`` marks each of their lines with their name."""

    def __init__(self, *, prefix: bool) -> None:
        self.prefix = prefix
        self.hurry = False
        self.all: list[Child] = []
        self._selector = selectors.DefaultSelector()

    def say(self, text: str, name: str = "aegis") -> None:
        """One line to standard output; an output that was closed must not end the site."""
        with contextlib.suppress(OSError, ValueError):
            print(f"{name:<8} | {text}" if self.prefix else text, flush=True)  # noqa: T201

    def start(self, child: Child) -> None:
        """Start a child in a session of its own: Ctrl-C reaches us alone, and we end it in order.

        Raises:
            RuntimeError, OSError: it cannot be started now.
        """
        child.prepare()
        if child not in self.all:
            self.all.append(child)
        child.process = subprocess.Popen(  # noqa: S603 - our own command lines
            child.argv,
            env={**child.env, PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if self.prefix else None,
            stderr=subprocess.STDOUT if self.prefix else None,
            start_new_session=True,
            bufsize=0,
        )
        child.mourned = False
        child.started = monotonic()
        if child.process.stdout:
            os.set_blocking(child.process.stdout.fileno(), False)
            voice = _Voice(child.name, child.process.stdout)
            self._selector.register(voice.stream, selectors.EVENT_READ, voice)

    # ---- keeping them alive ------------------------------------------------------------------

    def step(self) -> None:
        """Pass on what the children say, and start those again whose time has come."""
        self._pass_on(STEP)
        for child in self.all:
            if child.once or child.alive:
                continue
            if not child.mourned:
                self._mourn(child)
            elif monotonic() >= child.due:
                self._start_again(child)

    def _mourn(self, child: Child) -> None:
        child.mourned = True
        if monotonic() - child.started >= SETTLED_AFTER:
            child.delay = FIRST_DELAY
        self._put_off(child, how_it_ended(child.returncode))

    def _start_again(self, child: Child) -> None:
        try:
            self.start(child)
        except (RuntimeError, OSError) as error:
            self._put_off(child, f"cannot start: {error}")

    def _put_off(self, child: Child, why: str) -> None:
        self.say(f"{child.name} {why}; starting it again in {child.delay:g} s")
        child.due = monotonic() + child.delay
        child.delay = min(child.delay * 2, LONGEST_DELAY)

    # ---- what they say -----------------------------------------------------------------------

    def _pass_on(self, seconds: float) -> None:
        if not self._selector.get_map():
            sleep(seconds)
            return
        for key, _ in self._selector.select(seconds):
            voice: _Voice = key.data
            lines = voice.lines()
            for line in lines or ():
                self.say(line, voice.name)
            if lines is None:
                self._selector.unregister(voice.stream)
                voice.stream.close()

    # ---- ending them -------------------------------------------------------------------------

    def end(self, names: Sequence[str], seconds: float) -> None:
        """Tell these children to end, and end them hard after ``seconds``, or in a hurry."""
        chosen = [child for child in self.all if child.name in names]
        for child in chosen:
            child.once = True
            self._signal(child, signal.SIGTERM)
        until = monotonic() + seconds
        while any(child.alive for child in chosen) and monotonic() < until and not self.hurry:
            self._pass_on(STEP)
        for child in chosen:
            self._signal_group(child, signal.SIGKILL)
        for child in chosen:
            if child.process:
                child.process.wait()
        self._pass_on(0)

    def _signal(self, child: Child, number: signal.Signals) -> None:
        if child.process and child.alive:
            child.process.send_signal(number)

    def _signal_group(self, child: Child, number: signal.Signals) -> None:
        """Its own children too; they share the group that its session began with."""
        if child.process and child.alive:
            self.say(f"{child.name} did not end in time")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, number)


def how_it_ended(code: int | None) -> str:
    """A return code in words."""
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
