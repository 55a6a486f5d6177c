"""What the services answer, in one shape whoever answered. Every figure may be missing: None.

Ids of teams and series that a service gives as 0 are None, and so is the account of an anonymous
player. Logos and lobbies are strings because their numbers pass 2^53. Field names are Steam's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

STEAM_ID_BASE = 76_561_197_960_265_728
ANONYMOUS = 4_294_967_295
"""Steam's account id for a player who hides; it can stand several times in one match."""


def steam_id_of(account_id: int | None) -> int | None:
    """The 64-bit steamid of an account; None stays None."""
    return None if account_id is None else account_id + STEAM_ID_BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPlayer:
    """A player as a match history lists them."""

    player_slot: int
    account_id: int | None = None
    team_number: int | None = None
    team_slot: int | None = None
    hero_id: int | None = None
    hero_variant: int | None = None

    @property
    def steam_id(self) -> int | None:
        return steam_id_of(self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMatch:
    """A row of a match history: no winner, no duration."""

    match_id: int
    match_seq_num: int | None = None
    start_time: datetime | None = None
    lobby_type: int | None = None
    series_id: int | None = None
    series_type: int | None = None
    radiant_team_id: int | None = None
    dire_team_id: int | None = None
    players: tuple[ListedPlayer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """One page, newest id first, each id once. ``results_remaining`` is the service's own word."""

    matches: tuple[ListedMatch, ...]
    results_remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerLine:
    """One player's figures in one match. Items and heroes are ids; 0 is an empty place.

    ``ability_upgrades`` holds ``{"ability", "time", "level"}``, the time in seconds or None.
    """

    player_slot: int
    account_id: int | None = None
    personaname: str | None = None
    team_number: int | None = None
    team_slot: int | None = None
    hero_id: int | None = None
    hero_variant: int | None = None
    item_0: int | None = None
    item_1: int | None = None
    item_2: int | None = None
    item_3: int | None = None
    item_4: int | None = None
    item_5: int | None = None
    backpack_0: int | None = None
    backpack_1: int | None = None
    backpack_2: int | None = None
    item_neutral: int | None = None
    item_neutral2: int | None = None
    kills: int | None = None
    deaths: int | None = None
    assists: int | None = None
    leaver_status: int | None = None
    last_hits: int | None = None
    denies: int | None = None
    gold_per_min: int | None = None
    xp_per_min: int | None = None
    level: int | None = None
    net_worth: int | None = None
    gold: int | None = None
    gold_spent: int | None = None
    hero_damage: int | None = None
    tower_damage: int | None = None
    hero_healing: int | None = None
    scaled_hero_damage: int | None = None
    scaled_tower_damage: int | None = None
    scaled_hero_healing: int | None = None
    aghanims_scepter: int | None = None
    aghanims_shard: int | None = None
    moonshard: int | None = None
    ability_upgrades: tuple[dict[str, int | None], ...] = ()

    @property
    def steam_id(self) -> int | None:
        return steam_id_of(self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDetails:
    """A match with all its lines, by slot. Durations and the first blood are in seconds.

    ``picks_bans`` holds ``{"is_pick", "hero_id", "team", "order"}`` in order, where there was a
    draft. Captains are account ids. Series come from OpenDota alone, patch and region too.
    """

    match_id: int
    players: tuple[PlayerLine, ...]
    match_seq_num: int | None = None
    league_id: int | None = None
    start_time: datetime | None = None
    duration: int | None = None
    radiant_win: bool | None = None
    game_mode: int | None = None
    lobby_type: int | None = None
    series_id: int | None = None
    series_type: int | None = None
    radiant_team_id: int | None = None
    radiant_name: str | None = None
    radiant_logo: str | None = None
    radiant_team_complete: bool | None = None
    radiant_captain: int | None = None
    radiant_score: int | None = None
    dire_team_id: int | None = None
    dire_name: str | None = None
    dire_logo: str | None = None
    dire_team_complete: bool | None = None
    dire_captain: int | None = None
    dire_score: int | None = None
    tower_status_radiant: int | None = None
    tower_status_dire: int | None = None
    barracks_status_radiant: int | None = None
    barracks_status_dire: int | None = None
    first_blood_time: int | None = None
    pre_game_duration: int | None = None
    cluster: int | None = None
    human_players: int | None = None
    flags: int | None = None
    engine: int | None = None
    patch: int | None = None
    region: int | None = None
    picks_bans: tuple[dict[str, int | bool | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A match's details and the bytes they were read from."""

    details: MatchDetails
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePlayer:
    """A player of a live game; figures are missing before the horn."""

    team: int
    account_id: int | None = None
    name: str | None = None
    hero_id: int | None = None
    kills: int | None = None
    deaths: int | None = None
    assists: int | None = None
    last_hits: int | None = None
    denies: int | None = None
    level: int | None = None
    gold: int | None = None
    net_worth: int | None = None
    gold_per_min: int | None = None
    xp_per_min: int | None = None
    items: tuple[int, ...] = ()

    @property
    def steam_id(self) -> int | None:
        return steam_id_of(self.account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTeam:
    """One side of a live game."""

    team_id: int | None = None
    name: str | None = None
    logo: str | None = None
    series_wins: int | None = None
    score: int | None = None
    tower_state: int | None = None
    barracks_state: int | None = None
    picks: tuple[int, ...] = ()
    bans: tuple[int, ...] = ()
    players: tuple[LivePlayer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveGame:
    """A game being played. ``duration`` in seconds is None before the horn."""

    match_id: int
    radiant: LiveTeam
    dire: LiveTeam
    league_id: int | None = None
    lobby_id: str | None = None
    series_id: int | None = None
    series_type: int | None = None
    spectators: int | None = None
    stream_delay: int | None = None
    duration: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSummary:
    """A Steam profile. ``is_public`` tells whether anyone may see more than name and picture."""

    steam_id: int
    persona_name: str | None = None
    profile_url: str | None = None
    avatar: str | None = None
    avatar_small: str | None = None
    created_at: datetime | None = None
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueInfo:
    """A league's name and what else its lister says; OpenDota gives name and tier alone."""

    league_id: int
    name: str | None = None
    tier: str | None = None
    region: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    last_activity: datetime | None = None
    prize_pool: int | None = None
