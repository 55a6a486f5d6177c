"""All that the bracket's page shows, read once for the page and for its live part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

import sqlalchemy as sa

from webapp.bracket import bracket_view, discord_text, live_games, summary
from webapp.bracket.bracket_view import Card, Look, Picture, View
from webapp.bracket.discord_text import Told
from webapp.bracket.services import Bracket
from webapp.core.db import db
from webapp.core.figures import plural, span
from webapp.matches.models import Match
from webapp.tournaments.models import Game, Series


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: the game night that is shown alone, a team's path, a series."""

    night: date | None = None
    team_id: int | None = None
    series: Series | None = None

    @property
    def kept(self) -> str:
        """The night and the team for an address that names something else, with ``&`` ahead."""
        night = f"&night={self.night}" if self.night else ""
        return night + (f"&team={self.team_id}" if self.team_id else "")

    @property
    def query(self) -> str:
        """The same as a whole query; empty where nothing is filtered."""
        return f"?{self.kept[1:]}" if self.kept else ""


def read_asked(args: Mapping[str, str], bracket: Bracket) -> Asked:
    """What is unknown counts as not asked for: a link stays good when a bracket is made anew."""
    team_id = args.get("team", "")
    known = team_id.isdecimal() and len(team_id) < 19 and int(team_id) in bracket.teams
    try:
        night = date.fromisoformat(args.get("night", ""))
    except ValueError:
        night = None
    series = bracket_view.by_label(bracket.series, args.get("series", ""))
    return Asked(night, int(team_id) if known else None, series)


@dataclass(frozen=True, slots=True)
class Live:
    """The part that changes while somebody looks. ``cards``: those of the night asked for."""

    view: View
    picture: Picture | None
    cards: tuple[Card, ...]
    asked: Asked
    polls: bool

    @property
    def playing(self) -> str:
        return live_games.token(self.view.look.live)


def live(bracket: Bracket, asked: Asked, look: Look) -> Live:
    view = View(bracket, look)
    tournament = bracket.tournament
    polls = tournament.state == "running" and tournament.archived_at is None
    if asked.night is not None:
        cards = tuple(view.card_of(one) for one in summary.of_night(bracket, asked.night))
        return Live(view, None, cards, asked, polls)
    return Live(view, bracket_view.picture(view), (), asked, polls)


def for_discord(view: View, url: str) -> str:
    """The text of *Copy for Discord*."""
    played = [one for one in view.bracket.series if summary.is_played(one)]
    settled = sorted((one for one in played if one.state == "done" and one.ended_at), key=_ended)
    upcoming = summary.next_up(view.bracket)
    words = f"{len(settled)} of {plural(len(played), 'series', 'series')} settled"
    return discord_text.message(
        view.bracket.tournament.name,
        words,
        [_told(view, one, settled=True) for one in settled],
        [_told(view, one, settled=False) for one in upcoming],
        url,
    )


def _ended(series: Series) -> tuple[datetime, int]:
    assert series.ended_at is not None
    return series.ended_at, series.id


def _told(view: View, series: Series, *, settled: bool) -> Told:
    a, b = view.card_of(series).slots
    return Told(
        series.label,
        a.who,
        b.who,
        (series.score_a, series.score_b) if settled else None,
        "a" if a.won else "b" if b.won else "",
        forfeit=series.forfeit is not None,
        at=series.scheduled_at,
    )


def zero_click(tournament_id: int) -> str:
    """How long games that linked themselves took from being listed to moving the bracket."""
    rows = db.session.execute(
        sa.select(Game.moved_at, Match.created_at)
        .join(Series, Series.id == Game.series_id)
        .join(Match, Match.id == Game.match_id)
        .where(
            Series.tournament_id == tournament_id,
            Game.origin == "auto",
            Game.moved_at.is_not(None),
        )
    )
    spans = [max(timedelta(0), row.moved_at - row.created_at) for row in rows]
    if not spans:
        return ""
    middle = median(one.total_seconds() for one in spans)
    return (
        f"From listed to moved: {span(middle)} at the median, {span(max(spans))} at most"
        f" ({plural(len(spans), 'game')})"
    )
