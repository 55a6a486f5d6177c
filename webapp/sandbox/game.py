"""The figures of one game, which agree with each other: kills are the other side's deaths."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from webapp.sandbox.match import CAPTAINS_MODE, PRE_GAME, SLOTS, Match
from webapp.sandbox.spec import chance

HEROES = (
    *range(1, 24),
    *range(25, 115),
    *(119, 120, 121, 123, 126, 128, 129, 131, 135, 136, 137, 138, 145),
)
CORE_ITEMS = (
    *(1, 48, 50, 63, 65, 96, 98, 108, 112, 114, 116, 119, 123, 127, 135, 137, 139, 141),
    *(145, 147, 151, 154, 156, 158, 160, 168, 174, 208, 235, 236, 249, 250),
)
SUPPORT_ITEMS = (36, 40, 43, 79, 90, 92, 100, 102, 180, 185, 190, 206, 214, 226, 229, 231, 232, 254)
NEUTRAL_ITEMS, ENCHANTMENTS = (828, 840, 1599, 1604), (1576, 1577, 1584, 1585, 1593, 1594)
KILL_SHARE = (8, 7, 5, 3, 2)
DEATH_SHARE = (3, 4, 5, 6, 7)
GOLD_A_MINUTE = (650, 570, 480, 350, 280)
LAST_HITS_A_MINUTE = (8.0, 7.0, 5.2, 2.0, 1.2)
DRAFT_24 = "bBBbBBbpPbbBPppPPpbBBbpP"
DRAFT_20 = "bBbBpPPpBbBbPpPpBbpP"
"""The order of bans (b) and picks (p) in captains mode; capitals are the second side's."""

Line = dict[str, Any]


@dataclass(frozen=True)
class Game:
    """What happened: ``players`` are lines in slot order, ready to be laid into a body."""

    players: tuple[Line, ...]
    radiant_score: int
    dire_score: int
    first_blood_time: int
    towers: tuple[int, int]
    barracks: tuple[int, int]
    picks_bans: tuple[Line, ...]
    cluster: int
    captains: tuple[int, int]


def play(match: Match, seed: int) -> Game:
    """The game of ``match``: always the same one for the same world and id."""
    rng = chance(seed, "game", match.match_id)
    minutes = 0 if match.odd == "remade" else match.duration / 60
    winner, loser = rng.randint(20, 45), rng.randint(6, 34)
    kills = _score((winner, loser) if match.radiant_win else (loser, winner), minutes)
    sides = [_side(rng, match, side, kills) for side in (0, 1)]
    players = tuple(line for line in (*sides[0], *sides[1]) if line["player_slot"] in match.slots)
    scores = [
        sum(line["kills"] for line in players if line["player_slot"] // 128 == side)
        for side in (0, 1)
    ]
    lost, stood = rng.choice((0, 256, 384, 1536)), rng.choice((1974, 1983, 2039, 2047))
    return Game(
        players=players,
        radiant_score=scores[0],
        dire_score=scores[1],
        first_blood_time=rng.randint(20, 300) if minutes else 0,
        towers=(stood, lost) if match.radiant_win else (lost, stood),
        barracks=(63, rng.choice((0, 3, 51))) if match.radiant_win else (rng.choice((0, 48)), 63),
        picks_bans=_draft(rng, match),
        cluster=rng.choice((121, 132, 137, 155, 183, 192, 204, 227, 271)),
        captains=(match.lineup[rng.randrange(5)], match.lineup[5 + rng.randrange(5)]),
    )


def _score(kills: tuple[int, int], minutes: float) -> tuple[int, int]:
    scale = min(minutes / 35, 1.4)
    return int(kills[0] * scale), int(kills[1] * scale)


def _spread(rng: random.Random, total: int, shares: tuple[int, ...]) -> list[int]:
    drawn = rng.choices(range(len(shares)), shares, k=total)
    return [drawn.count(seat) for seat in range(len(shares))]


def _side(rng: random.Random, match: Match, side: int, kills: tuple[int, int]) -> list[Line]:
    own, against = kills[side], kills[1 - side]
    killed = _spread(rng, own, KILL_SHARE)
    if match.odd == "nine" and side:
        killed = [*_spread(rng, own, KILL_SHARE[:4]), 0]
    died = _spread(rng, against, DEATH_SHARE)
    if match.odd == "nine" and side:
        died = [*_spread(rng, against, DEATH_SHARE[:4]), 0]
    won = match.radiant_win is (side == 0)
    return [
        _line(rng, match, SLOTS[side * 5 + seat], (killed[seat], died[seat], own), won)
        for seat in range(5)
    ]


def _line(
    rng: random.Random, match: Match, slot: int, kda: tuple[int, int, int], won: bool
) -> Line:
    seat, minutes = slot % 128, match.duration / 60
    kills, deaths, team_kills = kda
    gold_rate = int(GOLD_A_MINUTE[seat] * (1.1 if won else 0.88) * rng.uniform(0.88, 1.12))
    worth = int(gold_rate * minutes * 0.85)
    gold = int(worth * rng.uniform(0.01, 0.15))
    level = max(1, min(30, int(minutes * rng.uniform(0.5, 0.6) + 6 - seat))) if minutes else 1
    damage = int((kills * 900 + (5 - seat) * 1500) * rng.uniform(0.8, 1.3)) if minutes else 0
    tower = int((4 - seat) * rng.randint(0, 2200)) if minutes else 0
    healing = rng.randint(200, 9000) if seat > 2 and minutes else 0
    return {
        "player_slot": slot,
        "team_number": slot // 128,
        "team_slot": seat,
        "hero_id": match.hero(slot),
        "hero_variant": rng.randint(1, 3),
        **_items(rng, seat, worth),
        "kills": kills,
        "deaths": deaths,
        "assists": int((team_kills - kills) * rng.uniform(0.3, 0.85)),
        "leaver_status": 0,
        "last_hits": int(LAST_HITS_A_MINUTE[seat] * minutes * rng.uniform(0.8, 1.15)),
        "denies": rng.randint(0, 14) if minutes else 0,
        "gold_per_min": gold_rate if minutes else 0,
        "xp_per_min": int(gold_rate * rng.uniform(0.95, 1.35)) if minutes else 0,
        "level": level,
        "net_worth": worth,
        "aghanims_scepter": int(worth > 16_000 and rng.random() < 0.4),
        "aghanims_shard": int(worth > 9_000 and rng.random() < 0.6),
        "moonshard": 0,
        "hero_damage": damage,
        "tower_damage": tower,
        "hero_healing": healing,
        "gold": gold,
        "gold_spent": worth - gold,
        "scaled_hero_damage": int(damage * 0.66),
        "scaled_tower_damage": int(tower * 0.5),
        "scaled_hero_healing": int(healing * 0.6),
        "ability_upgrades": _abilities(rng, match.hero(slot), level),
    }


def _items(rng: random.Random, seat: int, worth: int) -> Line:
    held = min(6, 1 + worth // 2500) if worth else 0
    chosen = rng.sample(CORE_ITEMS if seat < 3 else SUPPORT_ITEMS, held) + [0] * (6 - held)
    line: Line = {f"item_{place}": item for place, item in enumerate(chosen)}
    line |= {f"backpack_{place}": 0 for place in range(3)}
    line["backpack_0"] = rng.choice((0, 0, 34, 43, 73)) if worth else 0
    line["item_neutral"] = rng.choice(NEUTRAL_ITEMS) if worth else 0
    line["item_neutral2"] = rng.choice(ENCHANTMENTS) if worth else 0
    return line


def _abilities(rng: random.Random, hero_id: int, level: int) -> list[Line]:
    first, pace = 5003 + hero_id * 4, rng.randint(60, 100)
    return [
        {"ability": first + step % 4, "time": PRE_GAME + pace * step, "level": step}
        for step in range(1, min(level, 25) + 1)
    ]


def _draft(rng: random.Random, match: Match) -> tuple[Line, ...]:
    if match.game_mode != CAPTAINS_MODE:
        return ()
    order = DRAFT_20 if rng.random() < 0.15 else DRAFT_24
    first = rng.randrange(2)
    picks = {side: iter(match.heroes[side * 5 : side * 5 + 5]) for side in (0, 1)}
    free = [hero for hero in HEROES if hero not in match.heroes]
    bans = iter(rng.sample(free, 14))
    draft = []
    for number, letter in enumerate(order):
        team, is_pick = first ^ letter.isupper(), letter in "pP"
        hero_id = next(picks[team]) if is_pick else next(bans)
        draft.append({"is_pick": is_pick, "hero_id": hero_id, "team": team, "order": number})
    return tuple(draft)
