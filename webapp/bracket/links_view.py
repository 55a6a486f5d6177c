"""A tournament's links as their page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from webapp.bracket.bracket_view import View
from webapp.bracket.panel_facts import names_of
from webapp.bracket.services import Bracket
from webapp.bracket.sure_links import SureLink
from webapp.core.db import db
from webapp.matches.models import Match
from webapp.tournaments.models import Game, Series

MADE = ("auto", "person")


class Played(NamedTuple):
    """How the match of a linked game stands."""

    id: int
    state: str
    start_time: datetime | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A linked game. ``by``: who linked it, or had Aegis do it; empty where it did so unasked."""

    series: Series
    game: Game
    teams: str
    winner: str
    by: str
    reasons: Sequence[str]
    state: str
    start_time: datetime | None


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A link that a dry run found to be sure."""

    series: Series
    game: Game
    teams: str
    link: SureLink


def links_of(view: View, made: str = "") -> list[LinkRow]:
    """All links of a bracket, the latest first; of one origin where ``made`` names it."""
    linked = [
        (series, game)
        for series in view.bracket.series
        for game in series.games
        if game.match_id is not None and made in {"", game.origin}
    ]
    people = names_of([game.linked_by for _, game in linked])
    matches = _matches(view.bracket.tournament.id)
    rows = [_row(view, series, game, people, matches) for series, game in linked]
    return sorted(rows, key=lambda row: (row.game.linked_at, row.game.id), reverse=True)


def _matches(tournament_id: int) -> dict[int, Played]:
    query = (
        sa.select(Match.id, Match.state, Match.start_time)
        .join(Game, Game.match_id == Match.id)
        .join(Series, Series.id == Game.series_id)
        .where(Series.tournament_id == tournament_id)
    )
    return {row.id: Played(*row) for row in db.session.execute(query)}


def _row(
    view: View,
    series: Series,
    game: Game,
    people: dict[int, str],
    matches: dict[int, Played],
) -> LinkRow:
    match = matches[game.match_id or 0]
    return LinkRow(
        series,
        game,
        view.teams_of(series),
        view.bracket.name_of(game.winner_id) if game.winner_id else "",
        people.get(game.linked_by or 0, ""),
        list((game.facts or {}).get("reasons") or []),
        match.state,
        match.start_time,
    )


def planned_rows(view: View, planned: Sequence[SureLink]) -> list[PlannedRow]:
    games = {game.id: (series, game) for series in view.bracket.series for game in series.games}
    return [
        PlannedRow(*games[one.game_id], view.teams_of(games[one.game_id][0]), one)
        for one in planned
        if one.game_id in games
    ]


def made_since(bracket: Bracket, by: int, moment: datetime) -> list[tuple[int, int]]:
    """The links Aegis made for this person since then, as games and matches."""
    return [
        (game.id, game.match_id)
        for series in bracket.series
        for game in series.games
        if game.match_id is not None
        and game.origin == "auto"
        and game.linked_by == by
        and game.linked_at is not None
        and game.linked_at >= moment
    ]
