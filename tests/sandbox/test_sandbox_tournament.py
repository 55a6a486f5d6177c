"""The tournament of the invented world, and the one that waits in the sandbox over it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.sandbox.conftest import Asker
from webapp.accounts import people
from webapp.bracket import links
from webapp.bracket.follow import follow
from webapp.bracket.services import key_of, load
from webapp.core.db import db
from webapp.core.runs.jobs import work_here
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.sandbox.cup_plan import CupGame
from webapp.sandbox.people import ORGANIZER, PEOPLE, STEAM_BASE
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import (
    EMBERFALL,
    FIXED_NOW,
    CupSpec,
    LeagueSpec,
    WorldSpec,
    cup_league,
    small_spec,
)
from webapp.sandbox.tournament import seed
from webapp.sandbox.world import World
from webapp.sync import services as syncing
from webapp.tournaments import teams
from webapp.tournaments.models import StandIn, Tournament

DAY = 86_400


def spec_of(now: int = FIXED_NOW, **cup: int) -> WorldSpec:
    return WorldSpec(leagues=(cup_league(CupSpec(**cup)),), seed=2026, now=now)


@pytest.fixture
def world() -> World:
    return World(spec_of())


def games_of(world: World) -> list[CupGame]:
    assert world.cup
    return world.cup.games


def of_series(world: World, label: str) -> list[CupGame]:
    return [one for one in games_of(world) if one.series.label == label]


# ---- the truth -------------------------------------------------------------------------------


def test_seven_series_are_played_one_is_under_way_and_the_rest_is_to_come(world: World) -> None:
    now = world.now()
    games = games_of(world)
    over = {one.series.label for one in games if one.end <= now}
    assert over == {"U1", "U2", "U3", "U4", "U5", "U6", "L1", "L2"}
    assert [(one.end <= now) for one in of_series(world, "U5")] == [True, False, False]
    assert len({one.series.label for one in games}) == 14
    assert games[-1].series.label == "GF"


@pytest.mark.parametrize("length", [0, 20])
def test_at_every_hour_the_bracket_allows_the_order_and_nobody_plays_twice_at_once(
    length: int,
) -> None:
    for hour in range(24):
        played = games_of(World(spec_of(FIXED_NOW + 3_600 * hour, length=length)))
        for one in played:
            begins = min(game.start for game in played if game.series is one.series)
            assert 0 < begins - one.series.scheduled_at < 900
            for before in (game for game in played if game.start < one.start):
                shared = {*before.sides} & {*one.sides}
                assert not shared or before.said_end < one.start
        teams_of = {(one.series.label, *sorted(team.name for team in one.sides)) for one in played}
        assert len(teams_of) == 14


def test_its_league_is_the_same_for_the_same_seed_and_grows_the_same_way() -> None:
    one, other = World(spec_of()), World(WorldSpec.from_json(spec_of().to_json()))
    for world in (one, other):
        world.advance(2 * 3_600)
    assert one.truth(EMBERFALL) == other.truth(EMBERFALL)
    assert one.cup_truth() == other.cup_truth()
    assert World(replace(spec_of(), seed=3)).truth(EMBERFALL) != World(spec_of()).truth(EMBERFALL)


def test_a_game_is_live_then_listed_with_its_details_and_the_next_one_starts(world: World) -> None:
    order = [one for one in games_of(world) if one.end > world.now()]
    for game in order:
        (live,) = world.live(EMBERFALL)
        assert live.match_id == game.match_id
        assert live.match_id not in world.truth(EMBERFALL)
        world.advance(game.end - world.now())
        told = world.truth(EMBERFALL)[live.match_id]
        assert told["detailed"]
        assert told["reachable"]
        assert world.live(EMBERFALL) == []
        world.advance(80)
    assert world.live(EMBERFALL) == []
    assert len(world.truth(EMBERFALL)) == len(games_of(world))


def test_matches_say_who_won_by_players(world: World) -> None:
    world.advance(DAY)
    told = world.truth(EMBERFALL)
    for game in games_of(world):
        match = told[game.match_id or 0]
        assert match["duration"] >= 600 or game.remade
        radiant = {line["account_id"] for line in match["players"][:5]} - {None}
        fives = [set(team.roster) | set(game.series.stand_in or ()) for team in game.sides]
        assert radiant <= fives[0]
        assert game.remade or match["radiant_win"] == (game.winner is game.sides[0])


def test_the_cup_has_one_of_everything_that_makes_linking_hard(world: World) -> None:
    world.advance(DAY)
    told = world.truth(EMBERFALL)
    (remade,) = [one for one in games_of(world) if one.remade]
    again = next(one for one in of_series(world, "U2") if not one.remade)
    shown = told[remade.match_id or 0]
    assert (shown["duration"], shown["radiant_score"], shown["dire_score"]) == (240, 0, 0)
    assert (remade.number, again.number) == (1, 1)
    lineups = [{line["account_id"] for line in match["players"]} for match in told.values()]
    agents = set(world.leagues[0].agents)
    assert sum(bool(lineup & agents) for lineup in lineups) == len(of_series(world, "U4"))
    assert any(None in lineup for lineup in lineups)
    assert sum(match["radiant_team_id"] is None for match in told.values()) == 1
    assert sum(not match["series_id"] for match in told.values()) == 3
    wrong = [
        one
        for one in games_of(world)
        if told[one.match_id or 0]["radiant_team_id"] == one.sides[1].team_id
    ]
    assert [(one.series.label, one.number) for one in wrong] == [("U6", 2)]


def test_somebody_who_can_sign_in_plays_in_the_live_game(world: World) -> None:
    (live,) = world.live(EMBERFALL)
    there = {str(account + STEAM_BASE) for account in live.lineup} - {
        str(account + STEAM_BASE) for account in live.anonymous
    }
    assert [one.role for one in PEOPLE if there & {*one.steam_ids}] == ["player", "player"]


# ---- its pace --------------------------------------------------------------------------------


def test_the_live_game_ends_when_told_and_the_rest_comes_sooner(world: World) -> None:
    (live,) = world.live(EMBERFALL)
    now, planned = world.now(), [one.opened for one in games_of(world)]
    assert world.end_live() == live.match_id
    assert world.now() == now
    told = world.truth(EMBERFALL)[live.match_id]
    assert told["duration"] == now - told["start_time"] - 90
    assert world.from_seq(told["match_seq_num"], 1)[0].match_id == live.match_id
    assert games_of(world)[-1].opened == planned[-1] - 240
    world.advance(75)
    assert [one.match_id for one in world.live(EMBERFALL)] != [live.match_id]
    next_one = world.end_live()
    assert world.truth(EMBERFALL)[next_one]["duration"] == 600
    with pytest.raises(ValueError, match="live"):
        world.end_live()


def test_a_cup_of_seconds_says_of_itself_that_it_was_played_before(world: World) -> None:
    quick = World(spec_of(length=20, pause=3))
    (live,) = quick.live(EMBERFALL)
    quick.advance(20)
    assert live.match_id in quick.truth(EMBERFALL)
    quick.advance(3)
    assert quick.end_live() not in {live.match_id, 0}
    quick.advance(23 * 20)
    games = games_of(quick)
    assert len(quick.truth(EMBERFALL)) == len(games)
    assert all(one.said_end <= FIXED_NOW for one in games)
    ids = [one.match_id or 0 for one in sorted(games, key=lambda one: one.start)]
    assert ids == sorted(ids)


def test_the_other_leagues_do_not_notice_the_cup() -> None:
    other = LeagueSpec(700, "Cup", 40, live=1)
    alone = WorldSpec(leagues=(other,), grow=True)
    both = replace(alone, leagues=(other, cup_league()))
    worlds = [World(alone), World(both)]
    ids = []
    for world in worlds:
        world._ahead = FIXED_NOW + DAY - world.now()
        ids.append({one.match_id for one in world.finished(700)})
    assert ids[0] == ids[1]
    assert len(worlds[1].finished()) > len(ids[0])


# ---- over HTTP -------------------------------------------------------------------------------


def test_steam_tells_of_the_live_game_and_control_ends_it(
    opened: Callable[[WorldSpec], Asker],
) -> None:
    ask = opened(spec_of())
    truth = ask.get("/_control/truth/cup").json()
    playing = next(
        one for one in truth["games"] if one["end"] > FIXED_NOW and one["opened"] <= FIXED_NOW
    )
    (live,) = ask.steam("GetLiveLeagueGames", league_id=EMBERFALL).json()["result"]["games"]
    assert live["match_id"] == playing["match_id"]
    assert (live["radiant_team"]["team_name"], live["dire_team"]["team_name"]) == (
        playing["radiant"],
        playing["dire"],
    )
    assert (live["radiant_series_wins"], live["dire_series_wins"]) == (0, 1)
    assert ask.control("world", do="end_live") == {"match_id": live["match_id"]}
    listed = {row["match_id"] for row in ask.history(league_id=EMBERFALL)["matches"]}
    assert live["match_id"] in listed
    assert ask.steam("GetLiveLeagueGames").json()["result"]["games"] == []


# ---- the tournament that waits ---------------------------------------------------------------


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(spec_of(int(time.time()))) as running:
        yield running


@pytest.fixture
def environment(environment: dict[str, str], sandbox: Sandbox) -> dict[str, str]:
    return environment | {
        "STEAM_API_KEY": sandbox.spec.steam_key,
        "STEAM_API_URL": f"{sandbox.url}/steam",
        "OPENDOTA_API_URL": f"{sandbox.url}/opendota",
    }


@pytest.fixture
def seeded(app: Flask, sandbox: Sandbox) -> Tournament:
    organizer, _ = people.find_or_add(int(ORGANIZER.discord_id))
    tournament = seed(sandbox.spec, by=organizer.id)
    db.session.commit()
    assert tournament
    return tournament


def sync(app: Flask) -> None:
    started = syncing.start_sync(app.extensions["settings"], EMBERFALL, full=False)
    db.session.commit()
    assert work_here(started.run.id).state == "succeeded"
    follow(EMBERFALL)
    db.session.expire_all()


def test_a_double_elimination_waits_with_eight_teams_under_their_captains(
    seeded: Tournament,
) -> None:
    assert (seeded.name, seeded.format, seeded.auto_link, seeded.league_ids) == (
        *("Emberfall Cup", "double_elimination", "suggest"),
        [EMBERFALL],
    )
    found = teams.of(seeded.id)
    assert [team.seed for team in found] == list(range(1, 9))
    assert sum(team.steam_team_id is None for team in found) == 2
    captains = [one.steam_id for team in found for one in team.present if one.captain]
    assert len(captains) == 8
    assert {int(person.steam_ids[0]) for person in PEOPLE if person.steam_ids} <= set(captains)
    assert all(len(team.present) == 5 and all(one.mmr for one in team.present) for team in found)
    assert all(sum(one.deputy for one in team.present) == 1 for team in found)


def test_the_first_sync_moves_the_bracket_as_far_as_games_are_linked(
    app: Flask, seeded: Tournament, sandbox: Sandbox
) -> None:
    world = sandbox.world
    assert world.cup
    before = {one.label: one for one in load(seeded.id).series}
    assert {one.state for one in before.values()} == {"live", "pending"}
    assert [game.state for game in before["U4"].games] == ["linked", "ready", "ready"]
    (stand_in,) = db.session.scalars(sa.select(StandIn)).all()
    assert (stand_in.series_id, stand_in.steam_id_in - STEAM_BASE) == (
        before["U4"].id,
        world.cup.league.agents[3],
    )

    sync(app)

    bracket = load(seeded.id)
    here = {one.label: one for one in bracket.series}
    truth = {one.label: one for one in world.cup.series}
    assert {label: one.scheduled_at for label, one in here.items()} == {
        label: datetime.fromtimestamp(one.scheduled_at, UTC) for label, one in truth.items()
    }
    for label in ("U1", "U2", "U3"):
        assert here[label].state == "done"
        assert bracket.name_of(here[label].winner_id) == truth[label].winner.name
    assert here["U4"].state == "live"
    assert (here["U4"].score_a, here["U4"].score_b) == (0, 1)
    for label in ("U5", "L1"):
        names = [bracket.name_of(one) for one in (here[label].team_a_id, here[label].team_b_id)]
        assert names == [truth[label].a.name, truth[label].b.name]
        assert here[label].state == "ready"


def test_every_game_that_was_played_can_be_linked_and_gives_the_true_bracket(
    app: Flask, seeded: Tournament, sandbox: Sandbox
) -> None:
    sandbox.world.advance(DAY)
    sync(app)
    for game in games_of(sandbox.world):
        bracket = load(seeded.id)
        stored = bracket.by_key[game.series.key].games[game.number - 1]
        if not game.remade and stored.match_id is None:
            links.link(stored.id, game.match_id or 0)
    db.session.commit()
    bracket = load(seeded.id)
    assert sandbox.world.cup
    for series in bracket.series:
        true = next(one for one in sandbox.world.cup.series if one.key == key_of(series))
        assert (series.score_a, series.score_b) == (true.won.count("a"), true.won.count("b"))
        assert bracket.name_of(series.winner_id) == true.winner.name
    assert bracket.tournament.state == "finished"


def test_whoever_has_the_tournament_keeps_it(seeded: Tournament, sandbox: Sandbox) -> None:
    seeded.name = "Our cup"
    db.session.commit()
    assert seed(sandbox.spec, by=None) is None
    assert db.session.scalars(sa.select(Tournament.name)).all() == ["Our cup"]


def test_whoever_deleted_it_does_not_get_it_back(app: Flask) -> None:
    league = leagues.ensure(EMBERFALL)
    league.walked_at = utcnow()
    db.session.commit()
    assert seed(spec_of(), by=None) is None


def test_a_world_without_a_cup_has_no_tournament(app: Flask) -> None:
    assert seed(small_spec(), by=None) is None
