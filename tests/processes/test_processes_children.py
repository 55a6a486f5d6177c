"""Children are started again with growing patience, heard line by line, and ended in time."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import wait_for
from webapp.core import children as module
from webapp.core.children import Child, Children

pytestmark = pytest.mark.processes


class Heard(Children):
    """Keeps what it would print."""

    def __init__(self) -> None:
        super().__init__(prefix=True)
        self.lines: list[str] = []

    def say(self, text: str, name: str = "aegis") -> None:
        self.lines.append(f"{name}: {text}")


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    monkeypatch.setattr(module, "STEP", 0.01)
    heard = Heard()
    yield heard
    heard.hurry = True
    heard.end([child.name for child in heard.all], 0)
    for child in heard.all:
        if child.process and child.process.stdout:
            child.process.stdout.close()


def shell(name: str, script: str, **more: object) -> Child:
    return Child(name, ["/bin/sh", "-c", script], dict(os.environ), **more)  # type: ignore[arg-type]


def until(children: Heard, line: str, seconds: float = 5) -> None:
    def said() -> bool:
        children.step()
        return any(line in each for each in children.lines)

    wait_for(line, said, seconds)


def test_a_child_that_keeps_dying_is_started_again_ever_later(
    children: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_DELAY", 0.2)
    child = shell("web", "exit 3", delay=0.05)
    children.start(child)
    until(children, "again in 0.1 s")
    until(children, "again in 0.2 s")
    assert children.lines[0] == "aegis: web ended with code 3; starting it again in 0.05 s"
    children.lines.clear()
    until(children, "again in 0.2 s")


def test_a_child_that_lived_long_is_back_soon(
    children: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLED_AFTER", 0)
    child = shell("web", "kill -9 $$", delay=20)
    children.start(child)
    until(children, "web was ended by SIGKILL; starting it again in 0.5 s")


def test_a_child_that_cannot_start_is_tried_again(children: Heard) -> None:
    tries: list[None] = []

    def prepare() -> None:
        tries.append(None)
        if len(tries) == 2:
            raise RuntimeError("the socket is taken")

    children.start(shell("valkey", "sleep 0.1", prepare=prepare, delay=0.05))
    until(children, "valkey cannot start: the socket is taken; starting it again")
    wait_for("a third try", lambda: children.step() or len(tries) == 3)


def test_a_child_that_runs_once_is_left_at_that(children: Heard) -> None:
    child = shell("migrate", "exit 1", once=True)
    children.start(child)
    wait_for("its end", lambda: children.step() or child.returncode == 1)
    children.step()
    assert children.lines == []


def test_lines_are_passed_on_whole_and_named(children: Heard) -> None:
    children.start(shell("web", "printf one; sleep 0.1; printf ' line\\ntwo\\nrest'", once=True))
    until(children, "rest")
    assert children.lines == ["web: one line", "web: two", "web: rest"]


def test_a_child_that_does_not_listen_is_ended_hard_with_its_own_children(
    children: Heard,
) -> None:
    children.start(shell("deaf", "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"))
    until(children, "deaf: ")
    inner = int(children.lines[0].removeprefix("deaf: "))
    start = time.monotonic()
    children.end(["deaf"], 0.3)
    assert time.monotonic() - start < 2
    assert children.lines[1:] == ["aegis: deaf did not end in time"]
    wait_for("the inner child to end", lambda: not Path(f"/proc/{inner}/exe").exists(), 2)


def test_a_child_told_to_end_is_not_started_again(children: Heard) -> None:
    children.start(shell("web", "sleep 60", delay=0))
    children.end(["web"], 5)
    children.step()
    children.step()
    assert not children.all[0].alive
    assert children.lines == []
