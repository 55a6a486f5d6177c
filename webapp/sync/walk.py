"""How a walk through a league's match list goes on. Pure; the facts are those of Steam's list.

The list is inclusive and descending from ``start_at``; rows may come unsorted, pages short; ids
appear late below known ones. So a walk re-reads until a whole page was known, and past known
pages while an earlier walk did not reach its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

MOST_PAGES = 200
MOST_ID = 2**63 - 1


@dataclass(frozen=True)
class Walk:
    """A walk under way; it is kept in its run's row between pages.

    ``step``: history, opendota, end. ``past_known``: known pages do not end it. ``low`` and
    ``high`` are the lowest and highest id it saw. ``probing``: it asks past what looks like an end.
    ``expects``: the list held matches before, so that an empty one is not believed.
    ``cut`` says why Steam's list was not read to its end, ``missing`` why OpenDota's was not read.
    """

    full: bool
    past_known: bool
    started_at: str
    step: str = "history"
    start_at: int | None = None
    pages: int = 0
    listed: int = 0
    low: int | None = None
    high: int | None = None
    probing: bool = False
    expects: bool = False
    cut: str | None = None
    missing: str | None = None

    def as_params(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> Walk:
        known = {name: params[name] for name in cls.__dataclass_fields__ if name in params}
        return cls(**known)

    @property
    def reached_end(self) -> bool:
        """Whether Steam's list was read to its end, or to ground already walked."""
        return self.step != "history" and self.cut is None

    @property
    def incomplete(self) -> str | None:
        """Why ids may be missing, in words."""
        return "; ".join(filter(None, (self.cut, self.missing))) or None

    def without(self, reason: str) -> Walk:
        """The walk when its present step cannot be done."""
        if self.step == "history":
            return replace(self, step=after_history(self), cut=reason)
        return replace(self, step="end", missing=reason)


def advance(walk: Walk, ids: Sequence[int], results_remaining: int, *, wholly_known: bool) -> Walk:
    """The walk after a page with these ids. ``wholly_known``: every id was stored before it.

    An empty page, and a page said to be the last, are asked past once: both have been seen to lie.
    """
    lowest = min(ids, default=None)
    seen = replace(
        walk,
        pages=walk.pages + 1,
        listed=walk.listed + len(ids),
        low=min([*ids, walk.low or MOST_ID]) if ids or walk.low else None,
        high=max([*ids, walk.high or 0]) or None,
    )
    if lowest is None or (walk.low is not None and lowest >= walk.low):
        return _nothing_lower(walk, seen)
    if lowest <= 1 or (wholly_known and not walk.past_known):
        return _ended(seen)
    if seen.pages >= MOST_PAGES:
        return seen.without(f"Steam's list went on after {MOST_PAGES} pages")
    if results_remaining == 0:
        return _probe(seen, lowest - 1)
    return replace(seen, start_at=lowest - 1, probing=False)


def _nothing_lower(walk: Walk, seen: Walk) -> Walk:
    """The walk after a page without an id below those it saw: the end, if asking again says so."""
    if walk.low is None and not walk.probing:
        return replace(seen, probing=True)
    if walk.low is None and walk.expects:
        return seen.without("Steam's list came back empty")
    if walk.low is None or walk.probing or walk.low <= 1:
        return _ended(seen)
    return _probe(seen, walk.low - 1)


def _probe(walk: Walk, start_at: int) -> Walk:
    """Ask once past what looks like the end."""
    return replace(walk, start_at=start_at, probing=True)


def _ended(walk: Walk) -> Walk:
    return replace(walk, step=after_history(walk))


def after_history(walk: Walk) -> str:
    """OpenDota's list is read on first, full and nightly walks only: it has a daily budget."""
    return "opendota" if walk.full else "end"
