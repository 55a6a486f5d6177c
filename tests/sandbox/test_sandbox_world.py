"""The stand-in's world: the same for the same spec, consistent in itself, and growing."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from webapp.sandbox.people import PEOPLE
from webapp.sandbox.spec import (
    COPPER_COAST,
    FIXED_NOW,
    NORTHERN_LIGHTS,
    LeagueSpec,
    WorldSpec,
    default_spec,
    remembered_spec,
    small_spec,
)
from webapp.sandbox.world import World

CUP = LeagueSpec(700, "Cup", 120, odd=4)


def test_the_same_spec_makes_the_same_world() -> None:
    spec = WorldSpec(leagues=(CUP, LeagueSpec(701, "Other", 40)), seed=7)
    again = WorldSpec.from_json(spec.to_json())
    assert again == spec
    for league_id in (700, 701):
        assert World(spec).truth(league_id) == World(again).truth(league_id)
    other = WorldSpec(leagues=spec.leagues, seed=8)
    assert World(spec).truth(700) != World(other).truth(700)


def test_the_figures_of_a_match_agree_with_each_other() -> None:
    for told in World(WorldSpec(leagues=(CUP,))).truth(700).values():
        sides = [[p for p in told["players"] if p["player_slot"] // 128 == s] for s in (0, 1)]
        kills = [sum(p["kills"] for p in side) for side in sides]
        assert kills == [told["radiant_score"], told["dire_score"]]
        assert [sum(p["deaths"] for p in side) for side in reversed(sides)] == kills
        picked = {p["hero_id"] for p in told["picks_bans"] if p["is_pick"]}
        played = {p["hero_id"] for p in told["players"]}
        assert not told["picks_bans"] or played <= picked
        assert len(told["picks_bans"]) in (0, 20, 24)
        accounts = [p["account_id"] for p in told["players"] if p["account_id"]]
        assert len(set(accounts)) == len(accounts)


def test_every_kind_of_odd_match_is_there() -> None:
    truth = World(WorldSpec(leagues=(CUP,))).truth(700).values()
    odd = {told["odd"]: told for told in truth if told["odd"]}
    assert len(odd["nine"]["players"]) == 9
    assert (odd["remade"]["duration"], odd["remade"]["radiant_score"]) == (0, 0)
    assert odd["teamless"]["radiant_name"] is None
    assert odd["all_pick"]["picks_bans"] == []


def test_anonymous_players_can_stand_several_times_in_one_match() -> None:
    league = LeagueSpec(700, "Cup", 60, anonymous=0.2)
    truth = World(WorldSpec(leagues=(league,))).truth(700).values()
    anonymous = [sum(p["account_id"] is None for p in told["players"]) for told in truth]
    assert max(anonymous) > 1


def test_ids_follow_starts_and_sequence_numbers_follow_ends() -> None:
    told = list(World(WorldSpec(leagues=(CUP,))).truth(700).values())
    by_id = sorted(told, key=lambda one: one["match_id"])
    by_seq = sorted(told, key=lambda one: one["match_seq_num"])
    assert [one["start_time"] for one in by_id] == sorted(one["start_time"] for one in told)
    assert [one["end_time"] for one in by_seq] == sorted(one["end_time"] for one in told)
    assert by_id != by_seq


def test_series_have_at_most_their_games_and_sides_change() -> None:
    truth = World(WorldSpec(leagues=(LeagueSpec(700, "Cup", 120),))).truth(700).values()
    games = Counter(told["series_id"] for told in truth)
    most = {0: 1, 1: 3, 3: 2}
    assert all(games[told["series_id"]] <= most[told["series_type"]] for told in truth)
    assert {told["series_type"] for told in truth} == {0, 1, 3}
    first, second = [
        next(t for t in truth if t["game_number"] == n and games[t["series_id"]] > 1)
        for n in (1, 2)
    ]
    if first["series_id"] == second["series_id"]:
        assert first["radiant_team_id"] == second["dire_team_id"]


def test_the_sandbox_people_play_in_every_league() -> None:
    spec = WorldSpec(leagues=(CUP, LeagueSpec(701, "Other", 120)))
    world = World(spec)
    played: Counter[str] = Counter()
    for league_id in (700, 701):
        for told in world.truth(league_id).values():
            played.update(line["steam_id"] for line in told["players"])
    for person in PEOPLE:
        assert all(played[steam_id] > 10 for steam_id in person.steam_ids), person


def test_a_still_world_moves_only_when_told() -> None:
    world = World(small_spec())
    before = set(world.truth(18204))
    (live,) = world.live(18204)
    assert live.match_id not in before
    assert world.now() == FIXED_NOW
    world.advance(3_600)
    assert world.live(18204) == []
    assert set(world.truth(18204)) == before | {live.match_id}


def test_a_growing_world_has_live_games_that_end_listed() -> None:
    world = World(default_spec(int(time.time())))
    leagues = [one for one in world.leagues if not one.spec.cup]
    for league in leagues:
        league_id = league.spec.league_id
        before = {one.match_id for one in world.finished(league_id)}
        live = {one.match_id for one in world.live(league_id)}
        assert live
        assert live.isdisjoint(before)
    world.advance(3_600)
    for league in leagues:
        assert 5 <= len(world.finished(league.spec.league_id)) - league.spec.matches <= 20


def test_a_new_match_comes_about_every_three_minutes() -> None:
    world = World(default_spec(int(time.time())))
    counts = []
    for _ in range(10):
        counts.append(len(world.finished(COPPER_COAST) + world.finished(NORTHERN_LIGHTS)))
        world.advance(720)
    assert counts[-1] - counts[0] == pytest.approx(9 * 4, abs=3)


def test_a_late_match_has_a_lower_id_and_a_higher_sequence_number() -> None:
    world = World(small_spec())
    before = world.truth(18204)
    match_id = world.add_match(18204)
    late = world.truth(18204)[match_id]
    assert match_id not in before
    assert match_id < max(before)
    assert late["match_seq_num"] > max(one["match_seq_num"] for one in before.values())
    assert late["reachable"]
    world.remove(match_id)
    assert world.truth(18204) == before


def test_a_changed_match_tells_the_change() -> None:
    world = World(small_spec())
    match_id = max(world.truth(18204))
    world.change(match_id, withheld=True, league_id=18204)
    assert world.truth(18204)[match_id]["withheld"]
    with pytest.raises(AttributeError):
        world.change(match_id, no_such_trait=1)


def test_a_restart_finds_the_world_unchanged(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "world.json"
    first = remembered_spec(state)
    assert remembered_spec(state) == first
    state.write_text("broken", encoding="utf-8")
    assert remembered_spec(state).leagues == first.leagues


def test_a_file_with_leagues_is_a_world_of_its_own(tmp_path: Path) -> None:
    state = tmp_path / "world.json"
    state.write_text(small_spec().to_json(), encoding="utf-8")
    assert remembered_spec(state) == small_spec()


def test_the_default_world_is_made_at_once() -> None:
    began = time.perf_counter()
    world = World(default_spec(FIXED_NOW))
    assert time.perf_counter() - began < 1
    assert [one.spec.league_id for one in world.leagues] == [18204, 17929, 18346]
