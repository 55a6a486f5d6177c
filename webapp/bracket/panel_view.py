"""A series' panel: its games, who was there, the matches that could be the game, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from webapp.bracket import known, results
from webapp.bracket.bracket_view import Card, View, next_game, zone_of
from webapp.bracket.facts import gather_search, gather_series
from webapp.bracket.known import Facts, Player, SeriesFacts
from webapp.bracket.panel_facts import matches_of, names_of
from webapp.bracket.panel_games import LinkedGame, Tab, linked_game, tab_of
from webapp.bracket.preview_view import Effect, without_result
from webapp.bracket.seats import Half, Stranger, read
from webapp.bracket.services import Bracket
from webapp.bracket.suggest import Suggestion, rank
from webapp.core.errors import AegisError
from webapp.tournaments.local_time import to_field
from webapp.tournaments.models import Game, Series, StandIn, Team

SHOWN: Final = 6
"""Suggestions shown before the rest is folded away."""

MOST_OFFERS: Final = 3
"""Players for whom somebody unexpected is offered as a stand-in."""

TIERS: Final = {
    "all_players": "All known players",
    "captains_plus": "Both captains and more",
    "captains_only": "Both captains",
    "partial": "Some players",
}


@dataclass(frozen=True, slots=True)
class Roster:
    """A team's players ticked off in one match; ``side`` is empty while that is not known."""

    team: Team
    half: Half
    side: str
    won: bool

    def missing(self, stranger: Stranger) -> list[Player]:
        """For whom a stranger may stand in: those surely absent first."""
        absent = {tick.player.steam_id for tick in self.half.ticks if tick.state == "absent"}
        found = sorted(stranger.stand_in_for, key=lambda one: one.steam_id not in absent)
        return found[:MOST_OFFERS]


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question before something is undone that takes other results along."""

    title: str
    action: str
    button: str
    effects: Sequence[Effect]


@dataclass(slots=True)
class Panel:
    card: Card
    series: Series
    game: Game
    tabs: list[Tab]
    organizer: bool
    teams: tuple[Team | None, Team | None]
    starts: str
    zone: str
    linked: LinkedGame | None = None
    rosters: tuple[Roster, ...] = ()
    shown_match: int | None = None
    suggestions: list[Suggestion] = field(default_factory=list)
    query: str = ""
    dismissed: tuple[int, ...] = ()
    stand_ins: Sequence[StandIn] = ()
    hand_by: str = ""
    confirm: Confirm | None = None
    unlink_asks: bool = False
    expected: Sequence[known.Roster] = ()
    problem: AegisError | None = None

    @property
    def known(self) -> bool:
        """Whether both teams are."""
        return all(self.teams)

    @property
    def best(self) -> Suggestion | None:
        """The one that gets the gold and the primary button."""
        first = self.suggestions[0] if self.suggestions else None
        return first if first and is_linkable(first) else None

    def member(self, stand_in: StandIn) -> str:
        """For whom somebody stands in."""
        names = {one.steam_id: one.name for roster in self.expected for one in roster.players}
        out = stand_in.steam_id_out
        return names.get(out or 0) or (str(out) if out else "anyone missing")

    @property
    def open_games(self) -> list[Game]:
        return [game for game in self.series.games if game.state in {"pending", "ready"}]


def is_linkable(one: Suggestion) -> bool:
    """Whether it may be the primary button: nothing speaks against it."""
    return one.taken is None and one.doubt is None and not one.dismissed


def panel_of(
    view: View,
    series: Series,
    args: Mapping[str, str],
    *,
    problem: AegisError | None = None,
) -> Panel:
    """The panel of one series, with the game and the match that the address asks for."""
    bracket = view.bracket
    game = chosen_game(series, args.get("game", ""))
    teams = (
        bracket.teams.get(series.team_a_id or 0),
        bracket.teams.get(series.team_b_id or 0),
    )
    zone = zone_of(bracket)
    panel = Panel(
        card=view.card_of(series),
        series=series,
        game=game,
        tabs=[],
        organizer=view.look.organizer,
        teams=teams,
        starts=to_field(series.scheduled_at, zone),
        zone=zone.key,
        problem=problem,
    )
    matches = matches_of(series)
    panel.tabs = [tab_of(view, one, matches, current=one is game) for one in series.games]
    people = names_of((series.hand_by, game.linked_by))
    panel.hand_by = people.get(series.hand_by or 0, "")
    if game.match_id in matches:
        panel.linked = linked_game(game, matches[game.match_id], people)
        panel.unlink_asks = _falls(bracket, series)
    panel.confirm = _confirm(view, series, game, args.get("do", ""))
    if panel.known:
        panel.stand_ins = series.stand_ins
        _add_facts(panel, args)
    return panel


def chosen_game(series: Series, text: str) -> Game:
    """The game by its number, else the next one to link."""
    by_number = {str(game.number): game for game in series.games}
    return by_number.get(text) or next_game(series)


# ---- what is about to be undone --------------------------------------------------------------


def _confirm(view: View, series: Series, game: Game, asked: str) -> Confirm | None:
    if asked == "undo-result" and series.has_hand_result:
        return Confirm(
            f"Undo the result of {series.label}?",
            f"/series/{series.id}/undo-result",
            "Undo the result",
            without_result(view, series),
        )
    if asked == "unlink" and game.match_id is not None:
        return Confirm(
            f"Unlink game {game.number} of {series.label}?",
            f"/games/{game.id}/unlink",
            "Unlink",
            without_result(view, series) if series.state == "done" else (),
        )
    return None


def _falls(bracket: Bracket, series: Series) -> bool:
    """Whether other series lose results of theirs once a game of this one does not count."""
    if series.state != "done":
        return False
    return any(change.undone for change in results.preview(bracket, without=series))


# ---- facts -----------------------------------------------------------------------------------


def _add_facts(panel: Panel, args: Mapping[str, str]) -> None:
    """Who was there, and for organizers what could be the game."""
    game = panel.game
    to_link = panel.organizer and game.match_id is None and game.state in {"pending", "ready"}
    panel.query = args.get("q", "").strip()[:80] if to_link else ""
    series = gather_search(game.id, panel.query).series if panel.query else None
    series = series or gather_series(panel.series.id)
    panel.expected = (series.a, series.b)
    panel.shown_match = game.match_id
    if to_link:
        facts = Facts(series, game.number)
        panel.dismissed = tuple(sorted(facts.game.dismissed))
        panel.suggestions = rank(facts)[:SHOWN]
        panel.shown_match = _shown(panel.suggestions, args.get("match", ""))
    panel.rosters = _rosters(panel, series)


def _shown(suggestions: Sequence[Suggestion], wanted: str) -> int | None:
    """The match whose players are ticked off: the one asked for, else the best."""
    ids = [one.match_id for one in suggestions]
    return next((one for one in ids if str(one) == wanted), ids[0] if ids else None)


def _rosters(panel: Panel, facts: SeriesFacts) -> tuple[Roster, ...]:
    match = next((m for m in facts.candidates if m.match_id == panel.shown_match), None)
    a, b = panel.teams
    if match is None or a is None or b is None:
        return ()
    reading = read(match, facts.a, facts.b)
    radiant_a = not reading.sides_swapped
    if panel.game.match_id == match.match_id:
        radiant_a = panel.game.radiant_team_id == a.id
    return tuple(
        Roster(team, half, "radiant" if radiant else "dire", match.radiant_win is radiant)
        for team, half, radiant in ((a, reading.a, radiant_a), (b, reading.b, not radiant_a))
    )
