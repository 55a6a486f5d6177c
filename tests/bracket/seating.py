"""Rosters, matches and series as plain values, to be ranked and linked without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.bracket.known import (
    Candidate,
    Facts,
    GameFacts,
    Player,
    Roster,
    Seat,
    SeriesFacts,
)

EVENING = datetime(2026, 3, 6, 20, 0, tzinfo=UTC)
A, B = tuple(range(1, 6)), tuple(range(11, 16))


def roster(ids: Sequence[int], team_id: int, **known: Any) -> Roster:
    """A team of these players; the first is captain."""
    players = tuple(Player(one, f"P{one}", captain=at == 0) for at, one in enumerate(ids))
    return Roster(team_id, f"Team {team_id}", players, **known)


def seats(radiant: Sequence[int | None], dire: Sequence[int | None]) -> tuple[Seat, ...]:
    return tuple(Seat(at, one) for at, one in enumerate(radiant)) + tuple(
        Seat(128 + at, one) for at, one in enumerate(dire)
    )


def match(
    match_id: int,
    minutes: float = 0,
    radiant: Sequence[int | None] = A,
    dire: Sequence[int | None] = B,
    **told: Any,
) -> Candidate:
    """A match of 40 minutes that began so many minutes after the evening did; Radiant won."""
    values: dict[str, Any] = {
        "duration": 2400,
        "radiant_win": True,
        "radiant_score": 30,
        "dire_score": 20,
    }
    return Candidate(
        match_id,
        EVENING + timedelta(minutes=minutes),
        told.pop("seats", None) or seats(radiant, dire),
        **(values | told),
    )


def listed(match_id: int, minutes: float = 0, **told: Any) -> Candidate:
    """A match that is only listed: players, but neither a duration nor a winner."""
    unknown = dict.fromkeys(("duration", "radiant_win", "radiant_score", "dire_score"))
    return match(match_id, minutes, **({"state": "stub"} | unknown | told))


def linked(number: int, one: Candidate, winner: str = "a", **more: Any) -> GameFacts:
    """A game that is linked to this match."""
    return GameFacts(
        number,
        number,
        "done",
        match_id=one.match_id,
        start=one.start_time,
        end=one.end,
        steam_series=one.series_id,
        winner=winner,  # type: ignore[arg-type]
        **more,
    )


def series(
    *candidates: Candidate, best_of: int = 3, games: Sequence[GameFacts] = (), **known: Any
) -> SeriesFacts:
    """A series of A and B at eight; ``games`` replace those of their number."""
    given = {game.number: game for game in games}
    values: dict[str, Any] = {
        "a": roster(A, 1),
        "b": roster(B, 2),
        "scheduled_at": EVENING,
        "since": EVENING - timedelta(hours=6),
        "not_before": EVENING - timedelta(hours=6),
        "until": EVENING + timedelta(hours=30),
    }
    return SeriesFacts(
        1,
        best_of,
        games=tuple(given.get(at, GameFacts(at, at)) for at in range(1, best_of + 1)),
        candidates=candidates,
        **(values | known),
    )


def facts(*candidates: Candidate, number: int = 1, **known: Any) -> Facts:
    return Facts(series(*candidates, **known), number)
