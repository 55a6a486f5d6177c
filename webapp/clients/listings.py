"""Reading Steam's lists: match histories, live games, profiles, leagues.

A listed match is never given up for an odd figure beside its id; details are stricter.
"""

from __future__ import annotations

from typing import Any

from webapp.clients.fields import (
    Fields,
    account,
    integer,
    large_id,
    lenient_integer,
    lenient_moment,
    mapping,
    required_id,
    rows,
    some_id,
    text,
)
from webapp.clients.match_details import SEATS
from webapp.clients.shapes import (
    HistoryPage,
    LeagueInfo,
    ListedMatch,
    ListedPlayer,
    LiveGame,
    LivePlayer,
    LiveTeam,
    PlayerSummary,
)

PUBLIC = 3
"""``communityvisibilitystate`` of a profile that anyone may see."""


def read_history(result: Fields) -> HistoryPage:
    """The page in ``result``; without a word on what remains, a page with rows has more."""
    listed: dict[int, ListedMatch] = {}
    for row in rows(result.get("matches"), "matches"):
        match = _listed_match(mapping(row, "a match"))
        listed.setdefault(match.match_id, match)
    remaining = lenient_integer(result, "results_remaining")
    return HistoryPage(
        matches=tuple(listed[match_id] for match_id in sorted(listed, reverse=True)),
        results_remaining=int(bool(listed)) if remaining is None else remaining,
    )


def _listed_match(fields: Fields) -> ListedMatch:
    series_id = some_id(lenient_integer(fields, "series_id"))
    return ListedMatch(
        match_id=required_id(fields, "match_id"),
        match_seq_num=some_id(lenient_integer(fields, "match_seq_num")),
        start_time=lenient_moment(lenient_integer(fields, "start_time")),
        lobby_type=lenient_integer(fields, "lobby_type"),
        series_id=series_id,
        series_type=lenient_integer(fields, "series_type") if series_id else None,
        radiant_team_id=some_id(lenient_integer(fields, "radiant_team_id")),
        dire_team_id=some_id(lenient_integer(fields, "dire_team_id")),
        players=_listed_players(fields.get("players")),
    )


def _listed_players(value: Any) -> tuple[ListedPlayer, ...]:
    players: dict[int, ListedPlayer] = {}
    for row in value if isinstance(value, list) else ():
        slot = lenient_integer(row, "player_slot") if isinstance(row, dict) else None
        if slot in SEATS:
            players.setdefault(slot, _listed_player(slot, row))
    return tuple(players[slot] for slot in sorted(players))


def _listed_player(slot: int, fields: Fields) -> ListedPlayer:
    return ListedPlayer(
        player_slot=slot,
        account_id=account(lenient_integer(fields, "account_id")),
        team_number=lenient_integer(fields, "team_number"),
        team_slot=lenient_integer(fields, "team_slot"),
        hero_id=lenient_integer(fields, "hero_id"),
        hero_variant=lenient_integer(fields, "hero_variant"),
    )


def read_live_games(result: Fields) -> tuple[LiveGame, ...]:
    """The games in ``result``; a lobby that has no match id yet is left out."""
    games = (mapping(row, "a game") for row in rows(result.get("games"), "games"))
    return tuple(_live_game(game) for game in games if some_id(lenient_integer(game, "match_id")))


def _live_game(fields: Fields) -> LiveGame:
    board = _inner(fields, "scoreboard")
    series_id = some_id(lenient_integer(fields, "series_id"))
    return LiveGame(
        match_id=required_id(fields, "match_id"),
        radiant=_live_team(fields, board, "radiant", 0),
        dire=_live_team(fields, board, "dire", 1),
        league_id=some_id(lenient_integer(fields, "league_id")),
        lobby_id=large_id(fields, "lobby_id"),
        series_id=series_id,
        series_type=lenient_integer(fields, "series_type"),
        spectators=lenient_integer(fields, "spectators"),
        stream_delay=lenient_integer(fields, "stream_delay_s"),
        duration=_seconds(board.get("duration")),
    )


def _live_team(fields: Fields, board: Fields, side: str, number: int) -> LiveTeam:
    team, score = _inner(fields, f"{side}_team"), _inner(board, side)
    return LiveTeam(
        team_id=some_id(lenient_integer(team, "team_id")),
        name=text(team, "team_name"),
        logo=large_id(team, "team_logo"),
        series_wins=lenient_integer(fields, f"{side}_series_wins"),
        score=lenient_integer(score, "score"),
        tower_state=lenient_integer(score, "tower_state"),
        barracks_state=lenient_integer(score, "barracks_state"),
        picks=_heroes(score.get("picks")),
        bans=_heroes(score.get("bans")),
        players=_live_players(fields.get("players"), score.get("players"), number),
    )


def _live_players(listed: Any, scored: Any, team: int) -> tuple[LivePlayer, ...]:
    """The players of one team with their figures; an account and its hero tell who is who."""
    figures = {_who(row): row for row in _objects(scored)}
    players = (row for row in _objects(listed) if lenient_integer(row, "team") == team)
    return tuple(_live_player(row, figures.get(_who(row), {}), team) for row in players)


def _who(fields: Fields) -> tuple[int | None, int | None]:
    return lenient_integer(fields, "account_id"), lenient_integer(fields, "hero_id")


def _live_player(fields: Fields, figures: Fields, team: int) -> LivePlayer:
    items = (lenient_integer(figures, f"item{place}") for place in range(6))
    return LivePlayer(
        team=team,
        account_id=account(lenient_integer(fields, "account_id")),
        name=text(fields, "name"),
        hero_id=some_id(lenient_integer(fields, "hero_id")),
        kills=lenient_integer(figures, "kills"),
        deaths=lenient_integer(figures, "death"),
        assists=lenient_integer(figures, "assists"),
        last_hits=lenient_integer(figures, "last_hits"),
        denies=lenient_integer(figures, "denies"),
        level=lenient_integer(figures, "level"),
        gold=lenient_integer(figures, "gold"),
        net_worth=lenient_integer(figures, "net_worth"),
        gold_per_min=lenient_integer(figures, "gold_per_min"),
        xp_per_min=lenient_integer(figures, "xp_per_min"),
        items=tuple(item for item in items if item),
    )


def _inner(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Fields]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _heroes(value: Any) -> tuple[int, ...]:
    heroes = (some_id(lenient_integer(row, "hero_id")) for row in _objects(value))
    return tuple(hero for hero in heroes if hero)


def _seconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) < 10**9 else None


def read_summaries(response: Fields) -> tuple[PlayerSummary, ...]:
    return tuple(
        _summary(mapping(row, "a profile")) for row in rows(response.get("players"), "players")
    )


def _summary(fields: Fields) -> PlayerSummary:
    return PlayerSummary(
        steam_id=required_id(fields, "steamid"),
        persona_name=text(fields, "personaname"),
        profile_url=text(fields, "profileurl", 500),
        avatar=text(fields, "avatarfull", 500),
        avatar_small=text(fields, "avatarmedium", 500),
        created_at=lenient_moment(lenient_integer(fields, "timecreated")),
        is_public=lenient_integer(fields, "communityvisibilitystate") == PUBLIC,
    )


def read_leagues(fields: Fields) -> tuple[LeagueInfo, ...]:
    infos = (mapping(row, "a league") for row in rows(fields.get("infos"), "infos"))
    return tuple(_league(info) for info in infos if some_id(lenient_integer(info, "league_id")))


def _league(fields: Fields) -> LeagueInfo:
    tier = integer(fields, "tier")
    return LeagueInfo(
        league_id=required_id(fields, "league_id"),
        name=text(fields, "name"),
        tier=None if tier is None else str(tier),
        region=lenient_integer(fields, "region"),
        start_time=lenient_moment(lenient_integer(fields, "start_timestamp")),
        end_time=lenient_moment(lenient_integer(fields, "end_timestamp")),
        last_activity=lenient_moment(lenient_integer(fields, "most_recent_activity")),
        prize_pool=lenient_integer(fields, "total_prize_pool"),
    )
