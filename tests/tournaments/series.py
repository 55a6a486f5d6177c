"""Series of a bracket as rows, for tests that need no rules to make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.core.db import db
from webapp.tournaments.models import Series, Team, Tournament


def series(number: int = 1, **columns: Any) -> Series:
    """A series that is not stored: of two teams, the first of an upper bracket."""
    usual: dict[str, Any] = {
        "id": number,
        "bracket": "winners",
        "round": 1,
        "position": number,
        "label": f"U{number}",
        "best_of": 3,
        "a_kind": "team",
        "b_kind": "team",
        "state": "ready",
        "vacant_a": False,
        "vacant_b": False,
        "skipped": False,
        "if_needed": False,
    }
    return Series(**(usual | columns))


def add_bracket(tournament: Tournament, teams: Sequence[Team]) -> list[Series]:
    """A single elimination of four teams: U1, U2, and U3 which they feed; commits."""
    first = [
        series(
            n,
            id=None,
            tournament_id=tournament.id,
            a_team_id=a.id,
            team_a_id=a.id,
            b_team_id=b.id,
            team_b_id=b.id,
        )
        for n, (a, b) in enumerate(((teams[0], teams[3]), (teams[1], teams[2])), 1)
    ]
    db.session.add_all(first)
    db.session.flush()
    final = series(3, id=None, tournament_id=tournament.id, state="pending", round=2, position=1)
    final.a_kind = final.b_kind = "winner"
    final.a_series_id, final.b_series_id = (one.id for one in first)
    db.session.add(final)
    db.session.commit()
    return [*first, final]
