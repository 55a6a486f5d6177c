"""Links that may be made without a person, of one series as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
    return []  # TODO(suggestions): gather_series and sure_links
