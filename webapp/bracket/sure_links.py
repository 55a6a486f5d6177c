"""Links that may be made without a person, of one series as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.bracket.facts import gather_series
from webapp.bracket.suggest import Suggestion
from webapp.bracket.sure import Sure, sure_links


@dataclass(frozen=True, slots=True)
class SureLink:
    """A game, the match that it surely was, and what that rests on."""

    game_id: int
    match_id: int
    overlap: int
    reasons: list[str]
    facts: dict[str, Any]


def sure_for_series(series_id: int) -> list[SureLink]:
    """The links of this series that are sure now."""
    return [_link(one) for one in sure_links(gather_series(series_id))]


def _link(one: Sure) -> SureLink:
    made = one.suggestion
    return SureLink(
        one.game.game_id, made.match_id, made.overlap, list(made.reasons), facts_of(made)
    )


def facts_of(made: Suggestion) -> dict[str, Any]:
    """What a link was made on, to be kept with it."""
    return {
        "overlap": made.overlap,
        "expected": made.expected,
        "tier": made.tier,
        "sides_swapped": made.sides_swapped,
        "minutes": made.minutes,
        "same_series": made.same_series,
        "order": made.order,
        "reasons": list(made.reasons),
    }
