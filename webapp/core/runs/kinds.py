"""The kinds of run there are. Features register theirs when the application is put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.core.runs.models import Run
    from webapp.core.runs.slices import Outcome, Slice


def _nothing_in_hand(_run: Run) -> str:
    return ""


@dataclass(frozen=True)
class Kind:
    """``step`` works on one slice and says whether the run goes on; ``queue`` is RQ's.

    ``give_up`` is called in the transaction that ends a run for its crashes: it makes sure that
    the next run does not meet the same end, and says in words what was in hand.
    """

    name: str
    title: str
    queue: str
    step: Callable[[Slice], Outcome]
    give_up: Callable[[Run], str] = _nothing_in_hand


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> Kind:
    return _kinds[name]


def kinds() -> list[Kind]:
    return list(_kinds.values())
