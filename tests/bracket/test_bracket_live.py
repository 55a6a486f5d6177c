"""Live games: matched to their games of a bracket, and shown wherever somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.api.rows import statements, take_redis_away
from tests.browsers import add_person, browser, sign_in
from tests.factories.brackets import labelled, make_bracket, play
from tests.factories.tournaments import LEAGUE
from tests.matches.page import look
from webapp.accounts import steam_accounts
from webapp.accounts.steam_ids import BASE
from webapp.bracket import links, live_asking, live_games, live_series
from webapp.bracket.live_fit import Fit, OpenSeries, Sides, fits
from webapp.bracket.services import Bracket
from webapp.clients.shapes import LiveGame, LivePlayer, LiveTeam
from webapp.clients.steam import SteamClient
from webapp.core.db import db
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.time import utcnow
from webapp.dashboard.timetable import entries, run_entry
from webapp.tournaments.models import Series, StandIn, TeamMember, Tournament

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NOW = datetime.fromisoformat("2026-11-21T20:00:00+00:00")
A, B, OTHERS = range(1, 6), range(11, 16), range(21, 26)


# ---- the rule ----------------------------------------------------------------------------------


def game(radiant: Sequence[int], dire: Sequence[int], number: int = 1, **more: Any) -> Sides:
    return Sides(number, frozenset(radiant), frozenset(dire), **more)


def series(number: int = 7, **more: Any) -> OpenSeries:
    values: dict[str, Any] = {"a": frozenset(A), "b": frozenset(B), "waiting": (1, 2, 3)}
    return OpenSeries(number, **(values | more))


def test_rosters_on_opposite_sides_are_their_series(database: str) -> None:
    assert fits([game(A, B)], [series()], NOW) == {1: Fit(7, 1, False, 10)}
    assert fits([game(B, A)], [series()], NOW) == {1: Fit(7, 1, True, 10)}


@pytest.mark.parametrize(
    ("radiant", "dire", "fitting"),
    [
        ((1, 2, 3, 91, 92), (11, 12, 93, 94, 95), True),
        ((1, 2, 3, 4, 5), (11,), False),
        ((1, 2), (11, 12), False),
        ((1, 2, 3, 4, 11), (12, 13, 14, 15, 5), False),
        ((1, 2, 3, 4, 5, 11), (12, 13, 14, 15), False),
        (OTHERS, B, False),
        ((), (), False),
    ],
)
def test_too_few_players_or_mixed_sides_are_nobody(
    database: str, radiant: Sequence[int], dire: Sequence[int], fitting: bool
) -> None:
    assert bool(fits([game(radiant, dire)], [series()], NOW)) is fitting


def test_of_two_series_of_the_same_teams_the_one_due_now_is_meant(database: str) -> None:
    now, later = series(1, scheduled_at=NOW), series(2, scheduled_at=NOW + timedelta(days=1))
    assert fits([game(A, B)], [later, now], NOW)[1].series_id == 1
    begun = series(3, began=True, scheduled_at=NOW - timedelta(hours=5))
    assert fits([game(A, B)], [now, begun], NOW)[1].series_id == 3
    assert fits([game(A, B)], [series(1), series(2)], NOW) == {}, "nobody can tell"


def test_a_series_has_one_live_game_and_it_is_the_better_one(database: str) -> None:
    both = [game(A[:3], B, 1), game(A, B, 2)]
    assert list(fits(both, [series()], NOW)) == [2]


def test_the_number_is_the_next_without_a_match_or_what_steam_counts(database: str) -> None:
    def number(waiting: tuple[int, ...], played: int | None) -> int:
        found = fits([game(A, B, played=played)], [series(waiting=waiting)], NOW)
        return found[1].number

    assert number((2, 3), None) == 2
    assert number((1, 2, 3), 1) == 2, "game 1 is over and only not linked yet"
    assert number((2, 3), 0) == 2
    assert number((3,), 5) == 3
    assert fits([game(A, B)], [series(waiting=())], NOW) == {}


# ---- what Steam tells --------------------------------------------------------------------------


class Steam:
    """What the live games are, and how often Steam was asked."""

    def __init__(self) -> None:
        self.games: list[LiveGame] = []
        self.asked: list[int | None] = []
        self.down = False

    def live_games(self, league_id: int | None, _patience: Any) -> Any:
        self.asked.append(league_id)
        if self.down:
            raise UpstreamError("steam", AnswerClass.SERVER, status=500)
        return tuple(one for one in self.games if one.league_id == league_id)


@pytest.fixture
def steam(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steam]:
    told = Steam()
    monkeypatch.setattr(SteamClient, "live_games", told.live_games)
    yield told


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    return make_bracket()


@pytest.fixture
def first(bracket: Bracket) -> Series:
    return labelled(bracket, "U1")


def players(team_id: int | None) -> list[int]:
    query = sa.select(TeamMember.steam_id).where(TeamMember.team_id == team_id)
    return list(db.session.scalars(query.order_by(TeamMember.id)))


def live(one: Series, *, swapped: bool = False, match_id: int = 9_000_000_001) -> LiveGame:
    """The two teams of a series at play; team a has 14 kills, team b 9."""

    def team(team_id: int | None, number: int, score: int, worth: int) -> LiveTeam:
        return LiveTeam(
            name="On Steam",
            score=score,
            picks=(1, 2, 3),
            players=tuple(
                LivePlayer(
                    team=number, account_id=steam_id - BASE, name="Somebody", net_worth=worth
                )
                for steam_id in players(team_id)
            ),
        )

    a = team(one.team_a_id, int(swapped), 14, 1840)
    b = team(one.team_b_id, int(not swapped), 9, 1000)
    radiant, dire = (b, a) if swapped else (a, b)
    return LiveGame(
        match_id=match_id, league_id=LEAGUE, radiant=radiant, dire=dire, duration=1100.5
    )


def test_a_live_game_is_told_with_its_game_of_the_bracket(
    client: FlaskClient, steam: Steam, bracket: Bracket, first: Series
) -> None:
    steam.games = [live(first, swapped=True)]
    game_id, series_id, tournament_id = first.games[0].id, first.id, bracket.tournament.id
    (told,) = client.get("/api/steam/live/").json["games"]
    assert told["game"] == {
        "tournament_id": tournament_id,
        "series_id": series_id,
        "game_id": game_id,
        "label": "U1",
        "number": 1,
    }
    with statements() as asked:
        found = live_games.now(tournament_id)
    assert asked == []
    short = found[series_id]
    assert (short.words, short.ahead) == ("14:9 · 18:20", f"{short.team_a} ahead by 4.2k")
    assert short.href == f"/tournaments/{tournament_id}?series=U1"
    assert live_games.now(tournament_id + 1) == {}


def test_stand_ins_count_and_strangers_do_not(
    client: FlaskClient, steam: Steam, first: Series
) -> None:
    told = live(first)
    strangers = tuple(LivePlayer(team=0, account_id=900 + n) for n in range(4))
    radiant = LiveTeam(players=(told.radiant.players[0], *strangers))
    steam.games = [
        LiveGame(match_id=1, league_id=LEAGUE, radiant=radiant, dire=told.dire, duration=None)
    ]
    assert client.get("/api/steam/live/").json["games"][0]["game"] is None
    db.session.add_all(
        StandIn(
            series_id=first.id,
            team_id=first.team_a_id,
            steam_id_in=BASE + 900 + number,
            approved_at=utcnow(),
        )
        for number in range(2)
    )
    db.session.commit()
    client.application.extensions["outside"].redis.flushall()
    assert client.get("/api/steam/live/").json["games"][0]["game"]["label"] == "U1"


def test_the_next_game_is_live_once_the_first_is_linked_and_none_in_a_closed_series(
    client: FlaskClient, steam: Steam, first: Series
) -> None:
    steam.games = [live(first)]
    redis = client.application.extensions["outside"].redis
    for number in (1, 2):
        links.link(first.games[number - 1].id, play(first, first.team_a_id).id)
        db.session.commit()
        redis.flushall()
        told = client.get("/api/steam/live/").json["games"][0]["game"]
        assert told is None if number == 2 else told["number"] == 2


def test_matching_costs_few_statements_however_many_games(
    app: Flask, steam: Steam, bracket: Bracket
) -> None:
    ready = [one for one in bracket.series if one.state == "ready"]
    games = [live(one, match_id=number) for number, one in enumerate(ready, 1)]
    with statements() as asked:
        found = live_series.shorts_of(LEAGUE, games)
    assert sorted(one.label for one in found.values()) == ["U1", "U2", "U3", "U4"]
    assert len(asked) <= 4


def test_somebody_plays_now(client: FlaskClient, steam: Steam, first: Series) -> None:
    steam.games = [live(first)]
    one, nobody = players(first.team_a_id)[0], BASE + 77
    address = "/api/steam/live/?steam_ids="
    assert len(client.get(f"{address}{nobody},{one}").json["games"]) == 1
    assert client.get(f"{address}{nobody}").json["games"] == []
    assert len(client.get(f"{address}{one}&league_id={LEAGUE}").json["games"]) == 1
    assert client.get(f"{address}me").status_code == 400
    assert client.get(f"{address}").json["games"], "an empty one was not asked"
    assert steam.asked == [LEAGUE]
    client.application.extensions["outside"].redis.flushall()
    steam.down = True
    assert client.get(f"{address}{one}").status_code == 503, "a failure is not shown as nobody"


# ---- the page ----------------------------------------------------------------------------------


def test_the_page_shows_the_games_and_leads_to_their_series(
    client: FlaskClient, steam: Steam, bracket: Bracket, first: Series
) -> None:
    steam.games = [live(first)]
    series_at = f"/tournaments/{bracket.tournament.id}?series=U1"
    with statements() as asked:
        seen = look(client, "/live")
    assert len(asked) <= 12
    for words in ("18:20", "14", "U1 game 1", f"League {LEAGUE}", "ahead by 4.2k"):
        assert words in seen.text
    assert series_at in seen.links
    assert "Anti-Mage" in seen.text
    opened = look(client, "/live?players=9000000001")
    assert f"/players/{players(first.team_a_id)[0]}" in opened.links
    for _ in range(3):
        fragment = client.get("/live", headers={"HX-Request": "true", "HX-Target": "live-games"})
        assert fragment.text.lstrip().startswith("<div")
    assert steam.asked == [LEAGUE], "one call for all visitors"


def test_the_page_says_what_it_does_not_know(
    app: Flask, client: FlaskClient, steam: Steam, bracket: Bracket
) -> None:
    assert "Nobody plays right now" in look(client, "/live").text
    app.extensions["outside"].redis.flushall()
    steam.down = True
    seen = look(client, "/live").text
    assert f"League {LEAGUE}: " in seen
    assert "Nobody plays" not in seen


class TestWithoutAKey:
    @pytest.fixture
    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        return environment | {"STEAM_API_KEY": ""}

    def test_the_page_says_so_calmly(self, client: FlaskClient, steam: Steam) -> None:
        assert "Steam key" in look(client, "/live").text
        assert steam.asked == []

    def test_the_timetable_asks_nothing(self, app: Flask, steam: Steam, first: Series) -> None:
        first.scheduled_at = utcnow()
        db.session.commit()
        assert live_asking.refresh() == 0
        assert steam.asked == []


def test_the_bracket_shows_what_is_live_and_hears_of_it(
    client: FlaskClient, steam: Steam, bracket: Bracket, first: Series
) -> None:
    tournament_id, version = bracket.tournament.id, bracket.tournament.version
    at = f"/tournaments/{tournament_id}/bracket/live"
    steam.games = [live(first)]
    assert client.get(at, query_string={"version": version}).status_code == 204
    client.get("/api/steam/live/")
    heard = client.get(at, query_string={"version": version})
    told = 'Live 14:9<span class="clock"> · 18:20</span>'
    assert told in heard.text
    assert told in client.get(f"/tournaments/{tournament_id}").text
    (playing,) = re.findall(r'id="bracket-playing" value="([^"]+)"', heard.text)
    known = client.get(at, query_string={"version": version, "playing": playing})
    assert known.status_code == 204
    assert steam.asked == [LEAGUE]


# ---- the banner --------------------------------------------------------------------------------


def test_the_banner_is_with_those_whose_tournament_is_live(
    app: Flask, client: FlaskClient, steam: Steam, bracket: Bracket, first: Series
) -> None:
    series_at = f"/tournaments/{bracket.tournament.id}?series=U1"
    mate = add_person("player", "Plays in another team")
    other = next(iter(bracket.teams.keys() - {first.team_a_id, first.team_b_id}))
    steam_accounts.give_steam_account(mate, players(other)[0])
    db.session.commit()
    steam.games = [live(first)]
    browsers = {
        "mate": sign_in(app, mate),
        "organizer": browser(app, "organizer"),
        "somebody": browser(app, "player"),
        "nobody": client,
    }
    assert series_at not in look(browsers["organizer"], "/matches/").links
    client.get("/api/steam/live/")
    shown = {who: series_at in look(one, "/matches/").links for who, one in browsers.items()}
    assert shown == {"mate": True, "organizer": True, "somebody": False, "nobody": False}
    seen = look(browsers["mate"], "/matches/").text
    assert "Team 1 vs Team 8 , game 1 14:9 · 18:20" in seen
    with statements() as asked:
        fragment = browsers["mate"].get("/live/banner")
    assert series_at in fragment.text
    assert len(asked) <= 4, "three to know who asks, and one"
    assert 'id="live-banner"' not in client.get("/matches/").text
    assert steam.asked == [LEAGUE]


def test_a_page_comes_without_redis(app: Flask, tmp_path: Any) -> None:
    organizer = browser(app, "organizer")
    take_redis_away(app, tmp_path)
    assert organizer.get("/matches/").status_code == 200
    assert organizer.get("/live").status_code == 200


# ---- the timetable -----------------------------------------------------------------------------


def test_the_timetable_asks_for_leagues_with_a_series_due(
    app: Flask, steam: Steam, bracket: Bracket, first: Series
) -> None:
    entry = next(one for one in entries(app) if one.name == "live")
    series_id, tournament_id = first.id, bracket.tournament.id
    steam.games = [live(first)]

    def asked_at(moment: datetime | None) -> int:
        app.extensions["outside"].redis.flushall()
        db.session.get_one(Series, series_id).scheduled_at = moment
        db.session.commit()
        before = len(steam.asked)
        run_entry(app, entry)
        return len(steam.asked) - before

    assert asked_at(None) == 0
    assert asked_at(utcnow() + timedelta(hours=1)) == 0
    assert asked_at(utcnow() - timedelta(hours=9)) == 0
    assert asked_at(utcnow() + timedelta(minutes=5)) == 1
    assert series_id in live_games.now(tournament_id)
    steam.down = True
    assert asked_at(utcnow()) == 1
    db.session.get_one(Tournament, tournament_id).archived_at = utcnow()
    db.session.commit()
    assert asked_at(utcnow()) == 0
