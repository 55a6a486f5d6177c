"""Which match kills the workers that read it, and how all others get in all the same. Pure rules.

A crash tells nothing of which match was to blame. After the second one without progress the
matches that the next slice would ask about first are asked about one at a time, each written down
before. One that was in hand when a worker died is set aside until all others are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

PARAM = "care"
CRASHES_BEFORE_CARE = 2
MOST_SUSPECTS = 40
"""A batch that was not stored yet, and the calls under way: more could not be lost in a crash."""


@dataclass(frozen=True)
class Care:
    """What is kept in the run's params: ``in_hand`` is the one match being asked about now."""

    in_hand: int | None = None
    suspects: tuple[int, ...] = ()
    set_aside: tuple[int, ...] = ()

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Self:
        kept = params.get(PARAM) or {}
        names = ("suspects", "set_aside")
        return cls(kept.get("in_hand"), *(tuple(kept.get(name, ())) for name in names))

    def added_to(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params with this in them; with nothing to take care of, without."""
        others = {name: value for name, value in params.items() if name != PARAM}
        return others if self == Care() else {**others, PARAM: asdict(self)}

    def after_crash(self, crashes: int, planned: Iterable[int]) -> Care:
        """What a slice knows that follows ``crashes`` without progress and would ask ``planned``.

        The last one set aside comes last, so that each of several gets its turn.
        """
        if self.in_hand is not None:
            others = tuple(one for one in self.set_aside if one != self.in_hand)
            return Care(set_aside=(*others, self.in_hand))
        if crashes < CRASHES_BEFORE_CARE:
            return self
        suspects = [one for one in planned if one not in self.set_aside]
        return replace(self, suspects=tuple(suspects[:MOST_SUSPECTS]))

    def choose(self, planned: Sequence[int]) -> tuple[list[int], bool]:
        """Whom to ask about now, and whether one at a time."""
        suspects = [one for one in planned if one in self.suspects]
        if suspects:
            return suspects, True
        others = [one for one in planned if one not in self.set_aside]
        return (others, False) if others else ([o for o in self.set_aside if o in planned], True)
