"""What is gathered for a game from the database, in how many statements, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from bench.suggest.measure import Desk
from bench.suggest.season import season
from tests.bracket.stored_season import store
from tests.browsers import browser
from tests.factories.brackets import labelled, make_bracket, play
from tests.factories.tournaments import LEAGUE, add_team, make_tournament
from webapp.bracket import links
from webapp.bracket.facts import gather, gather_series
from webapp.bracket.generation import generate_bracket
from webapp.bracket.known import Facts
from webapp.bracket.results import Entry, clear, enter, forfeit_game
from webapp.bracket.services import Bracket
from webapp.bracket.suggest import Suggestion, rank
from webapp.bracket.suggestion_view import list_body, suggestions_for
from webapp.bracket.sure import Sure, sure_links
from webapp.bracket.sure_links import sure_for_series
from webapp.bracket.team_matches import matches_of_team
from webapp.core.db import db
from webapp.core.errors import NotFound
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import Series, StandIn, Team, TeamMember

NOW = utcnow().replace(microsecond=0)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def bracket(app: Flask) -> Bracket:
    return make_bracket(starts_at=NOW - timedelta(days=2))


@pytest.fixture
def series(bracket: Bracket) -> Series:
    return labelled(bracket, "U1")


def players(team_id: int | None) -> list[int]:
    query = sa.select(TeamMember.steam_id).where(TeamMember.team_id == team_id)
    return list(db.session.scalars(query.order_by(TeamMember.id)))


def suggested(series: Series, number: int = 1, **asked: object) -> list[int]:
    return [one.match_id for one in suggestions_for(series.games[number - 1].id, **asked)]


def test_a_match_of_both_rosters_is_suggested_with_its_reasons(series: Series) -> None:
    series.scheduled_at = NOW - timedelta(hours=3)
    match = play(series, series.team_a_id, start=NOW - timedelta(hours=3) + timedelta(minutes=12))
    (one,) = suggestions_for(series.games[0].id)
    assert (one.match_id, one.overlap, one.expected, one.tier) == (match.id, 10, 10, "all_players")
    assert one.reasons[:3] == (
        "10 of 10 players",
        "both captains",
        "12 min after the scheduled start",
    )
    assert not one.sides_swapped and one.opposite and one.minutes == 12


def test_it_takes_four_statements(series: Series) -> None:
    series.scheduled_at = NOW - timedelta(hours=3)
    for hour in range(3):
        play(series, series.team_a_id, start=NOW - timedelta(hours=hour + 1))
    with counted() as seen:
        assert len(gather(series.games[0].id).series.candidates) == 3
    assert len(seen) <= 4
    with counted() as seen:
        sure_for_series(series.id)
    assert len(seen) <= 4


@pytest.mark.parametrize("state", ["stub", "failed", "withheld"])
def test_a_match_without_details_is_suggested_from_its_listed_players(
    series: Series, state: str
) -> None:
    match = play(series, None, state=state, swapped=True)
    (one,) = suggestions_for(series.games[0].id)
    assert (one.match_id, one.state, one.sides_swapped) == (match.id, state, True)
    assert one.doubt is None and one.duration is None


def test_matches_of_other_leagues_and_other_times_are_no_candidates(series: Series) -> None:
    series.scheduled_at = NOW - timedelta(hours=10)
    db.session.add(League(id=2, name="Another", created_at=NOW))
    right = play(series, series.team_a_id, start=NOW - timedelta(hours=9))
    play(series, series.team_a_id, start=NOW - timedelta(hours=9), league_id=2)
    play(series, series.team_a_id, start=NOW - timedelta(days=5))
    assert suggested(series) == [right.id]


def test_an_unscheduled_series_looks_from_the_tournaments_start_on(series: Series) -> None:
    right = play(series, series.team_a_id, start=NOW - timedelta(days=1))
    play(series, series.team_a_id, start=NOW - timedelta(days=4))
    assert suggested(series) == [right.id]


def test_without_any_start_all_matches_are_looked_at(app: Flask) -> None:
    series = labelled(make_bracket(), "U1")
    match = play(series, series.team_a_id, start=NOW - timedelta(days=300))
    assert suggested(series) == [match.id]


def test_a_start_entered_wrongly_hides_no_other_match(series: Series) -> None:
    series.scheduled_at = NOW - timedelta(hours=5)
    right = play(series, series.team_a_id, start=NOW - timedelta(hours=5))
    play(series, series.team_a_id, start=NOW - timedelta(hours=16))
    assert suggested(series) == [right.id]


def test_a_match_linked_elsewhere_says_where(bracket: Bracket, series: Series) -> None:
    match = play(series, series.team_a_id)
    links.link(series.games[0].id, match.id)
    db.session.commit()
    (one,) = suggestions_for(series.games[1].id)
    assert one.taken is not None and one.taken.label == "game 1"
    assert "already linked to game 1 of this series" in one.reasons
    (same,) = suggestions_for(series.games[0].id)
    assert same.taken is None


def test_a_dismissed_match_is_shown_only_where_asked(series: Series) -> None:
    match = play(series, series.team_a_id)
    links.dismiss(series.games[0].id, match.id)
    db.session.commit()
    assert suggested(series) == []
    assert suggested(series, dismissed=True) == [match.id]
    assert suggested(series, 2) == [match.id]


def test_an_approved_stand_in_counts_for_whom_they_replace(series: Series) -> None:
    out = players(series.team_a_id)[2]
    match = play(series, series.team_a_id)
    line = db.session.scalars(
        sa.select(PlayerMatchStats).where(PlayerMatchStats.steam_id == out)
    ).one()
    line.steam_id, line.account_id = out + 90_000, 1
    db.session.commit()
    (one,) = suggestions_for(series.games[0].id)
    assert (one.overlap, one.tier) == (9, "captains_plus")
    assert [who.steam_id for who in one.strangers[0].stand_in_for] == [out]
    db.session.add(
        StandIn(
            series_id=series.id,
            team_id=series.team_a_id,
            steam_id_in=out + 90_000,
            steam_id_out=out,
            approved_at=NOW,
        )
    )
    db.session.commit()
    (one,) = suggestions_for(series.games[0].id)
    assert (one.match_id, one.overlap, one.tier) == (match.id, 10, "all_players")


def test_who_left_is_not_expected(series: Series) -> None:
    gone = db.session.scalars(
        sa.select(TeamMember).where(TeamMember.team_id == series.team_a_id)
    ).all()[-1]
    gone.left_at = NOW - timedelta(days=1)
    db.session.commit()
    assert len(gather_series(series.id).a.players) == 4


def test_a_search_finds_matches_by_id_by_steamid_and_by_name(series: Series) -> None:
    series.scheduled_at = NOW - timedelta(days=50)
    match = play(series, series.team_a_id)
    assert suggested(series) == []
    someone = players(series.team_b_id)[3]
    for text in (str(match.id), str(someone), "Team 8 player 2"):
        assert suggested(series, text=text) == [match.id]
    assert suggested(series, text="nobody is called that") == []


def test_a_search_stays_within_the_tournaments_leagues(series: Series) -> None:
    db.session.add(League(id=2, name="Another", created_at=NOW))
    match = play(series, series.team_a_id, league_id=2)
    assert suggested(series, text=str(match.id)) == []


def test_a_series_without_its_teams_has_no_suggestions(bracket: Bracket) -> None:
    final = labelled(bracket, "GF")
    assert suggested(final) == []
    assert sure_for_series(final.id) == []


def test_nobody_suggests_for_a_game_that_is_not(app: Flask) -> None:
    with pytest.raises(NotFound):
        gather(4)
    with pytest.raises(NotFound):
        gather_series(4)


def test_the_next_game_of_a_steam_series_says_so(series: Series) -> None:
    first = play(series, series.team_a_id, start=NOW - timedelta(hours=3))
    second = play(series, series.team_b_id, start=NOW - timedelta(hours=2))
    first.series_id = second.series_id = 77
    links.link(series.games[0].id, first.id)
    db.session.commit()
    best = suggestions_for(series.games[1].id)[0]
    assert (best.match_id, best.same_series, best.order) == (second.id, True, 2)
    assert "game 2 of the same series" in best.reasons
    assert "20 min after game 1 ended" in best.reasons


def test_another_series_of_the_same_teams_is_a_rival(app: Flask) -> None:
    twice = make_bracket(2, format="round_robin", legs=2, best_of=1)
    first, second = twice.series
    first.scheduled_at, second.scheduled_at = NOW - timedelta(hours=5), NOW - timedelta(hours=2)
    one = play(first, first.team_a_id, start=NOW - timedelta(hours=5))
    other = play(first, first.team_a_id, start=NOW - timedelta(hours=2))
    assert [rival.series_id for rival in gather_series(first.id).rivals] == [second.id]
    assert suggested(first)[0] == one.id
    assert suggested(second)[0] == other.id
    assert [link.match_id for link in sure_for_series(first.id)] == [one.id]
    links.link(first.games[0].id, one.id)
    db.session.commit()
    assert [link.match_id for link in sure_for_series(second.id)] == [other.id]


def test_a_rival_in_another_tournament_of_the_league_is_found_by_its_players(
    series: Series,
) -> None:
    cup = make_tournament(0, name="Cup")
    for team_id in (series.team_a_id, series.team_b_id):
        add_team(cup, f"Cup team {team_id}", players(team_id))
    db.session.commit()
    (other,) = generate_bracket(cup.id, "random").series
    db.session.commit()
    assert [rival.series_id for rival in gather_series(series.id).rivals] == [other.id]


def test_a_leg_that_was_put_off_stays_in_the_way(app: Flask) -> None:
    twice = make_bracket(2, format="round_robin", legs=2, best_of=1)
    first, second = twice.series
    first.scheduled_at, second.scheduled_at = NOW - timedelta(days=3), NOW - timedelta(hours=3)
    play(first, first.team_a_id, start=NOW - timedelta(hours=3, minutes=10))
    db.session.commit()
    assert [rival.series_id for rival in gather_series(second.id).rivals] == [first.id]
    assert sure_for_series(second.id) == []


def test_a_result_entered_by_hand_may_stand_for_matches_that_nobody_linked(app: Flask) -> None:
    twice = make_bracket(2, format="round_robin", legs=2, best_of=1)
    first, second = twice.series
    first.scheduled_at, second.scheduled_at = NOW - timedelta(hours=5), NOW - timedelta(hours=3)
    match = play(first, first.team_a_id, start=NOW - timedelta(hours=3))
    enter(first.id, Entry(1, 0))
    db.session.commit()
    assert sure_for_series(second.id) == []
    first.ended_at = NOW - timedelta(hours=4)
    db.session.commit()
    assert [one.match_id for one in sure_for_series(second.id)] == [match.id]


def test_an_old_match_is_no_game_of_a_tournament_without_any_time(app: Flask) -> None:
    bracket = make_bracket()
    series = labelled(bracket, "U1")
    play(series, series.team_a_id, start=NOW - timedelta(days=400))
    assert sure_for_series(series.id) == []
    match = play(series, series.team_a_id)
    assert [one.match_id for one in sure_for_series(series.id)] == [match.id]


@pytest.fixture
def cup(app: Flask) -> list[Series]:
    """A cup of four, Team 1 through to its final; and a league's only series, of 1 and 2."""
    made = make_bracket(4, format="single_elimination", best_of=1, name="Cup")
    semi_final, other, final = made.series
    enter(semi_final.id, Entry(1, 0))
    league = make_tournament(0, name="League", format="round_robin", best_of=1)
    for team_id in (semi_final.team_a_id, other.team_a_id):
        add_team(league, f"Team {team_id}", players(team_id))
    db.session.commit()
    (series,) = generate_bracket(league.id, "manual").series
    db.session.commit()
    return [other, final, series]


def test_a_final_that_both_teams_may_reach_stands_in_the_way(cup: list[Series]) -> None:
    semi_final, final, series = cup
    match = play(series, series.team_a_id)
    assert [one.series_id for one in gather_series(series.id).pending] == [final.id]
    assert sure_for_series(series.id) == []
    semi_final.scheduled_at = NOW + timedelta(days=2)
    db.session.commit()
    assert [one.match_id for one in sure_for_series(series.id)] == [match.id]


def test_a_final_that_one_of_them_cannot_reach_does_not(cup: list[Series]) -> None:
    semi_final, _, series = cup
    match = play(series, series.team_a_id)
    enter(semi_final.id, Entry(0, 1))
    db.session.commit()
    assert gather_series(series.id).pending == ()
    assert [one.match_id for one in sure_for_series(series.id)] == [match.id]


def test_a_final_is_in_the_way_before_either_team_is_through(app: Flask, cup: list[Series]) -> None:
    _, final, series = cup
    clear(db.session.scalars(sa.select(Series.id).where(Series.next_id == final.id)).first() or 0)
    db.session.commit()
    assert (final.team_a_id, final.team_b_id) == (None, None)
    assert [one.series_id for one in gather_series(series.id).pending] == [final.id]


def test_a_game_that_was_forfeited_lets_those_that_began_later_be_linked(series: Series) -> None:
    match = play(series, series.team_a_id, start=NOW - timedelta(hours=1))
    forfeit_game(series.games[0].id, series.team_a_id or 0)
    db.session.commit()
    assert sure_for_series(series.id) == []
    series.games[0].moved_at = NOW - timedelta(hours=2)
    db.session.commit()
    assert [one.match_id for one in sure_for_series(series.id)] == [match.id]


def test_a_stored_series_links_its_games_in_order(series: Series) -> None:
    starts = [NOW - timedelta(hours=3), NOW - timedelta(hours=2)]
    matches = [play(series, series.team_a_id, start=start) for start in starts]
    found = sure_for_series(series.id)
    assert [(one.game_id, one.match_id, one.overlap) for one in found] == [
        (series.games[0].id, matches[0].id, 10),
        (series.games[1].id, matches[1].id, 10),
    ]
    assert found[0].facts["tier"] == "all_players"


def test_the_body_names_what_the_contract_names(series: Series) -> None:
    play(series, series.team_a_id)
    (one,) = list_body(suggestions_for(series.games[0].id))["suggestions"]
    promised = {"match_id", "overlap", "overlap_percent", "tier", "sides_swapped", "start_time"}
    assert promised | {"reasons"} <= set(one)
    assert len(one["team_a"]) == 5 and one["team_a"][0]["captain"] is True


def test_organizers_are_told_by_the_api(app: Flask, series: Series) -> None:
    match = play(series, series.team_a_id)
    links.dismiss(series.games[0].id, match.id)
    db.session.commit()
    client = browser(app, "organizer")
    address = f"/api/games/{series.games[0].id}/suggestions"
    assert client.get(address).json == {"suggestions": []}
    shown = client.get(f"{address}?dismissed=true&q={match.id}").json["suggestions"]
    assert [(one["match_id"], one["dismissed"]) for one in shown] == [(match.id, True)]
    assert client.get("/api/games/999/suggestions").status_code == 404
    teams = f"/api/tournaments/{series.tournament_id}/teams/{series.team_a_id}/matches"
    assert [one["match_id"] for one in app.test_client().get(teams).json["matches"]] == [match.id]


def test_a_teams_matches_are_those_of_three_of_its_players(series: Series) -> None:
    whole = play(series, series.team_a_id, start=NOW - timedelta(hours=3))
    members = players(series.team_a_id)
    three = play(series, series.team_a_id, missing=members[3:], start=NOW - timedelta(hours=2))
    play(series, series.team_a_id, missing=members[2:], start=NOW - timedelta(hours=1))
    team = db.session.get_one(Team, series.team_a_id)
    page = matches_of_team(team.tournament_id, team.id, None, 50)
    assert [match.id for match in page.matches] == [three.id, whole.id]
    page = matches_of_team(team.tournament_id, team.id, None, 1)
    assert [match.id for match in page.matches] == [three.id]
    page = matches_of_team(team.tournament_id, team.id, page.next, 1)
    assert [match.id for match in page.matches] == [whole.id] and page.next is None


def test_a_steam_teams_matches_are_those_of_either_side(
    series: Series, client: FlaskClient
) -> None:
    ids = []
    for at, sides in enumerate([(5, 6), (7, 5), (6, 7)]):
        match = play(series, series.team_a_id, start=NOW - timedelta(hours=9 - at))
        match.radiant_team_id, match.dire_team_id = sides
        ids.append(match.id)
    db.session.commit()

    def found(**asked: object) -> list[int]:
        answer = client.get("/api/matches/", query_string={"steam_team_id": 5, **asked})
        return [match["match_id"] for match in answer.json["matches"]]

    assert found() == [ids[1], ids[0]]
    assert found(league_id=LEAGUE + 1) == []
    assert found(limit=1) == [ids[1]]
    assert found(state="stub") == []


def test_a_marked_match_is_never_sure(series: Series) -> None:
    match = play(series, series.team_a_id)
    match.mark = "remake"
    db.session.commit()
    assert sure_for_series(series.id) == []
    (one,) = suggestions_for(series.games[0].id)
    assert one.doubt == "marked as a remake"
    assert db.session.get_one(Match, match.id).mark == "remake"


# ---- an invented season --------------------------------------------------------------------------


def test_what_is_stored_is_weighed_as_the_measured_seasons_are(app: Flask) -> None:
    """What is measured in memory holds for the database: the same suggestions and sure links."""
    made = season(12, teams=4)
    store(made)
    desk = Desk(made)
    compared = 0
    with time_machine.travel(desk.end, tick=False):
        for one in made.series:
            if one.scheduled_at is None:
                continue
            expected = desk.facts(one)
            gathered = gather_series(one.series_id)
            assert _ids(rank(Facts(gathered, 1))) == _ids(rank(Facts(expected, 1))), one.series_id
            assert _ids(sure_links(gathered)) == _ids(sure_links(expected)), one.series_id
            compared += 1
    assert compared > 10


def _ids(found: Sequence[Suggestion | Sure]) -> list[int]:
    return [one.suggestion.match_id if isinstance(one, Sure) else one.match_id for one in found]
