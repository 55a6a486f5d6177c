"""Every route, who may call it, and what the door does with everybody else."""

from __future__ import annotations

import hashlib
import re

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.browsers import add_person, browser, csrf_token, sign_in
from webapp.accounts.models import ApiToken, AuditEntry
from webapp.accounts.policy import SAFE_METHODS, check_policies, policy, policy_of
from webapp.accounts.roles import ROLES, includes
from webapp.core.db import Base, db

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

ROUTES = """
anonymous  static                        GET  /static/<path:filename>
anonymous  site.healthz                  GET  /healthz
anonymous  site.readyz                   GET  /readyz
anonymous  site.openapi                  GET  /api/openapi.json
anonymous  styleguide.page               GET  /styleguide
anonymous  signin.login                  GET  /login
anonymous  signin.callback               GET  /auth/discord/callback
anonymous  signin.logout                 POST /logout
player     accounts_api.me               GET  /api/me
player     account.show                  GET  /account/
player     account.create_token          POST /account/tokens
player     account.revoke_token          POST /account/tokens/<int:token_id>/revoke
player     account.sign_out_everywhere   POST /account/sign-out-everywhere
admin      people.index                  GET  /people/
admin      people.add                    POST /people/
admin      people.show                   GET  /people/<int:user_id>
admin      people.change_role            POST /people/<int:user_id>/role
admin      people.give_steam             POST /people/<int:user_id>/steam
admin      people.make_main              POST /people/<int:user_id>/steam/<int:steam_id>/main
admin      people.remove_steam           POST /people/<int:user_id>/steam/<int:steam_id>/remove
admin      people.audit_page             GET  /audit/
anonymous  home.index                    GET  /
anonymous  home.league_list              GET  /leagues/
player     home.running                  GET  /running
anonymous  sync.league_page              GET  /leagues/<int:league_id>
anonymous  sync.live                     GET  /leagues/<int:league_id>/live/<part>
anonymous  sync.live_lead                GET  /leagues/<int:league_id>/live/lead
anonymous  sync.live_counts              GET  /leagues/<int:league_id>/live/counts
player     sync.live_log                 GET  /leagues/<int:league_id>/live/log
player     sync.live_limits              GET  /leagues/<int:league_id>/live/limits
admin      sync.live_actions             GET  /leagues/<int:league_id>/live/actions
admin      sync.sync                     POST /leagues/<int:league_id>/sync
admin      sync.retry_all                POST /leagues/<int:league_id>/retry
admin      sync.relink                   POST /leagues/<int:league_id>/relink
admin      adding.page                   GET  /leagues/<int:league_id>/add-matches
admin      adding.count_in               POST /leagues/<int:league_id>/add-matches
admin      adding.by_hand                POST /leagues/<int:league_id>/add-matches/by-hand
admin      leagues.add_page              GET  /leagues/add
admin      leagues.add                   POST /leagues/
admin      leagues.settings_page         GET  /leagues/<int:league_id>/settings
admin      leagues.change                POST /leagues/<int:league_id>/settings
admin      leagues.archive               POST /leagues/<int:league_id>/archive
admin      leagues.take_back             POST /leagues/<int:league_id>/take-back
player     runs.pill                     GET  /runs/pill
player     runs.index                    GET  /runs/
player     runs.show                     GET  /runs/<int:run_id>
player     runs.live                     GET  /runs/<int:run_id>/live/<part>
player     runs.log                      GET  /runs/<int:run_id>/live/log
admin      runs.cancel                   POST /runs/<int:run_id>/cancel
admin      runs.retry                    POST /runs/<int:run_id>/retry
admin      queues.index                  GET  /queues/
admin      queues.run_now                POST /queues/timetable/<name>/run
anonymous  matches_api.matches           GET  /api/matches/
anonymous  matches_api.match             GET  /api/matches/<int:match_id>
anonymous  matches_api.steam_match       GET  /api/steam/match/<int:match_id>/
anonymous  matches_api.find_by_players   POST /api/steam/find-by-players/
anonymous  live_api.live                 GET  /api/steam/live/
anonymous  sync_api.sync_status          GET  /api/steam/sync-status/
player     sync_api.run                  GET  /api/runs/<int:run_id>
admin      sync_api.sync                 POST /api/steam/sync/
admin      sync_api.retry_failed         POST /api/steam/retry-failed/
admin      sync_api.relink_users         POST /api/steam/relink-users/
admin      sync_api.cancel_run           POST /api/runs/<int:run_id>/cancel
anonymous  matches.everywhere            GET  /matches/
anonymous  matches.of_league             GET  /leagues/<int:league_id>/matches
anonymous  matches.show                  GET  /matches/<int:match_id>
admin      match_admin.by_hand_form      GET  /matches/<int:match_id>/by-hand
admin      match_admin.enter_by_hand     POST /matches/<int:match_id>/by-hand
admin      match_admin.undo_by_hand      POST /matches/<int:match_id>/undo-by-hand
admin      match_admin.use_offered       POST /matches/<int:match_id>/use-offered
admin      match_admin.raw               GET  /matches/<int:match_id>/raw/<source>
admin      match_admin.read_again        POST /matches/<int:match_id>/raw/<source>/reread
admin      failed.everywhere             GET  /failed
admin      failed.of_league              GET  /leagues/<int:league_id>/failed
anonymous  players.search                GET  /players/
anonymous  players.show                  GET  /players/<int:steam_id>
player     players.mine                  GET  /players/me
player     players.mine                  GET  /me/matches
admin      sync_retry.retry_of_league    POST /leagues/<int:league_id>/failed/retry
admin      sync_retry.retry_of_all       POST /failed/retry
admin      sync_retry.retry_one          POST /matches/<int:match_id>/retry
anonymous  tournaments.index             GET  /tournaments/
organizer  tournaments.new               GET  /tournaments/new
organizer  tournaments.create            POST /tournaments/
organizer  tournaments.settings_page     GET  /tournaments/<int:tournament_id>/settings
organizer  tournaments.change            POST /tournaments/<int:tournament_id>/settings
organizer  tournaments.delete_bracket    POST /tournaments/<int:tournament_id>/delete-bracket
organizer  tournaments.clone             POST /tournaments/<int:tournament_id>/clone
organizer  tournaments.archive           POST /tournaments/<int:tournament_id>/archive
organizer  tournaments.take_back         POST /tournaments/<int:tournament_id>/take-back
organizer  tournaments.delete            POST /tournaments/<int:tournament_id>/delete
anonymous  teams.index                   GET  /tournaments/<int:tournament_id>/teams
organizer  teams.add                     POST /tournaments/<int:tournament_id>/teams
organizer  teams.new                     GET  /tournaments/<int:tournament_id>/teams/new
organizer  teams.set_seeds               POST /tournaments/<int:tournament_id>/teams/seeds
organizer teams.edit GET /tournaments/<int:tournament_id>/teams/<int:team_id>/edit
organizer teams.change POST /tournaments/<int:tournament_id>/teams/<int:team_id>/edit
organizer teams.delete POST /tournaments/<int:tournament_id>/teams/<int:team_id>/delete
organizer  team_import.page              GET  /tournaments/<int:tournament_id>/teams/import
organizer  team_import.preview           POST /tournaments/<int:tournament_id>/teams/import
organizer  team_import.confirm           POST /tournaments/<int:tournament_id>/teams/import/confirm
anonymous  schedule.page                 GET  /tournaments/<int:tournament_id>/schedule
organizer  schedule.set_times            POST /tournaments/<int:tournament_id>/schedule
organizer  schedule.set_round            POST /tournaments/<int:tournament_id>/schedule/round
anonymous  schedule.calendar             GET  /tournaments/<int:tournament_id>/calendar.ics
anonymous  tournaments_api.tournaments   GET  /api/tournaments/
organizer  tournaments_api.create        POST /api/tournaments/
anonymous  tournaments_api.tournament    GET  /api/tournaments/<int:tournament_id>
organizer  tournaments_api.change        PATCH /api/tournaments/<int:tournament_id>
organizer  tournaments_api.delete        DELETE /api/tournaments/<int:tournament_id>
anonymous  teams_api.team_list           GET  /api/tournaments/<int:tournament_id>/teams/
organizer  teams_api.add                 POST /api/tournaments/<int:tournament_id>/teams/
anonymous teams_api.team GET /api/tournaments/<int:tournament_id>/teams/<int:team_id>
organizer teams_api.change PATCH /api/tournaments/<int:tournament_id>/teams/<int:team_id>
organizer  bracket_api.generate          POST /api/tournaments/<int:tournament_id>/bracket
anonymous  bracket_api.bracket           GET  /api/tournaments/<int:tournament_id>/bracket
organizer  bracket_api.delete_bracket    DELETE /api/tournaments/<int:tournament_id>/bracket
anonymous  bracket_api.standings         GET  /api/tournaments/<int:tournament_id>/standings
organizer  bracket_api.auto_link         POST /api/tournaments/<int:tournament_id>/auto-link
organizer bracket_api.withdraw POST /api/tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw
anonymous  series_api.all_series        GET  /api/series/
anonymous  series_api.one_series        GET  /api/series/<int:series_id>
organizer  series_api.change_series     PATCH /api/series/<int:series_id>
organizer  series_api.delete_series     DELETE /api/series/<int:series_id>
organizer  series_api.enter_result      POST /api/series/<int:series_id>/result
organizer  series_api.clear_result      DELETE /api/series/<int:series_id>/result
organizer  series_api.approve_stand_in  POST /api/series/<int:series_id>/stand-ins/
organizer  series_api.take_back_stand_in DELETE /api/stand-ins/<int:stand_in_id>
anonymous  games_api.one_game          GET  /api/games/<int:game_id>
organizer  suggestions_api.suggestions   GET  /api/games/<int:game_id>/suggestions
anonymous suggestions_api.team_matches GET /api/tournaments/<int:tournament_id>/teams/<int:team_id>/matches
organizer  games_api.link              PUT  /api/games/<int:game_id>/match
organizer  games_api.unlink            DELETE /api/games/<int:game_id>/match
organizer  games_api.swap              POST /api/games/<int:game_id>/swap
organizer  games_api.dismiss           POST /api/games/<int:game_id>/dismiss
organizer  games_api.forfeit           POST /api/games/<int:game_id>/forfeit
organizer  games_api.take_back_forfeit DELETE /api/games/<int:game_id>/forfeit
organizer teams_api.delete DELETE /api/tournaments/<int:tournament_id>/teams/<int:team_id>
organizer  marks.mark                    POST /matches/<int:match_id>/mark
organizer  marks.unmark                  POST /matches/<int:match_id>/unmark
organizer  marks_api.mark_match          POST /api/matches/<int:match_id>/mark
organizer  marks_api.unmark_match        DELETE /api/matches/<int:match_id>/mark
anonymous  bracket.show                  GET  /tournaments/<int:tournament_id>
anonymous  bracket.live                  GET  /tournaments/<int:tournament_id>/bracket/live
organizer  bracket.generate              POST /tournaments/<int:tournament_id>/bracket/generate
anonymous  overview.standings            GET  /tournaments/<int:tournament_id>/standings
organizer  overview.link_list            GET  /tournaments/<int:tournament_id>/links
organizer  overview.auto_link            POST /tournaments/<int:tournament_id>/auto-link
organizer  overview.undo_links           POST /tournaments/<int:tournament_id>/undo-links
organizer overview.withdraw_form GET /tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw
organizer overview.withdraw POST /tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw
organizer  panel.link                    POST /games/<int:game_id>/link
organizer  panel.undo_link               POST /games/<int:game_id>/undo-link
organizer  panel.unlink                  POST /games/<int:game_id>/unlink
organizer  panel.swap                    POST /games/<int:game_id>/swap
organizer  panel.dismiss                 POST /games/<int:game_id>/dismiss
organizer  panel.undo_dismiss            POST /games/<int:game_id>/undo-dismiss
organizer  panel.forfeit                 POST /games/<int:game_id>/forfeit
organizer  panel.undo_forfeit            POST /games/<int:game_id>/undo-forfeit
organizer  panel.winner                  POST /games/<int:game_id>/winner
organizer  panel.link_all                POST /series/<int:series_id>/link
organizer  panel.undo_links              POST /series/<int:series_id>/undo-links
organizer  results.enter                 POST /series/<int:series_id>/result
organizer  results.undo                  POST /series/<int:series_id>/undo-result
organizer  results.set_time              POST /series/<int:series_id>/time
organizer  results.undo_time             POST /series/<int:series_id>/undo-time
organizer  results.approve               POST /series/<int:series_id>/stand-ins
organizer results.remove POST /series/<int:series_id>/stand-ins/<int:stand_in_id>/remove
organizer  sync_series.check             POST /series/<int:series_id>/check
anonymous  live.index                    GET  /live
player     live.banner_now               GET  /live/banner
organizer  tonight.index                 GET  /tonight
organizer  tonight.link                  POST /tonight/games/<int:game_id>/link
anonymous  matches_api.find_by_team      GET  /api/steam/find-by-team/
anonymous  find.index                    GET  /find
"""  # noqa: E501 - a row is one line
"""Least role, endpoint, method, address. A new route is added here, in the row it deserves."""

NO_TOKEN_NEEDED = {"matches_api.find_by_players"}
"""Unsafe routes that change nothing, and so need no token of the page."""

TABLE = [tuple(line.split()) for line in ROUTES.strip().splitlines()]


def routes_of(app: Flask) -> list[tuple[str, str, str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        declared = policy_of(app, rule.endpoint)
        assert declared is not None
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found.append((declared.role, rule.endpoint, method, rule.rule))
    return found


def filled(address: str) -> str:
    """An address of this shape: every number 1, every choice the first, every word ``x``."""
    address = re.sub(r"<any\((\w+)[^>]+>", r"\1", re.sub(r"<int:[^>]+>", "1", address))
    return re.sub(r"<[^>]+>", "x", address)


def shown(address: str) -> str:
    """The address as the table writes it: without the choices of a part."""
    return re.sub(r"<any\([^)]+\):", "<", address)


def test_the_table_lists_every_route(app: Flask) -> None:
    there = {(*route[:3], shown(route[3])) for route in routes_of(app)}
    listed = set(TABLE)
    assert sorted(there - listed) == [], "give these routes their row in the table"
    assert sorted(listed - there) == [], "these routes are gone"


def test_a_route_without_a_policy_stops_the_start(app: Flask) -> None:
    bare = Blueprint("bare", __name__)
    bare.add_url_rule("/bare", "open", lambda: "hello")
    app.register_blueprint(bare)
    with pytest.raises(RuntimeError, match=r"bare\.open"):
        check_policies(app)


def test_a_role_must_exist(database: str) -> None:
    with pytest.raises(ValueError, match="emperor"):
        policy("emperor")


@pytest.mark.parametrize("role", ROLES)
def test_nobody_passes_a_door_that_is_not_theirs(app: Flask, role: str) -> None:
    client = browser(app, role)
    for needed, endpoint, method, address in routes_of(app):
        if includes(role, needed):
            continue
        answer = client.open(filled(address), method=method)
        if address.startswith("/api/"):
            assert answer.status_code == (401 if role == "anonymous" else 403), endpoint
        elif role == "anonymous":
            assert answer.status_code == 303, endpoint
            assert answer.headers["Location"].startswith("/login"), endpoint
        else:
            assert answer.status_code == 403, endpoint


@pytest.mark.parametrize("role", ROLES)
def test_everybody_passes_their_own_doors(app: Flask, role: str) -> None:
    client = browser(app, role)
    for needed, endpoint, method, address in routes_of(app):
        if method == "GET" and includes(role, needed) and endpoint != "signin.login":
            answer = client.get(filled(address))
            assert answer.status_code not in {401, 403, 500}, endpoint
            assert not answer.headers.get("Location", "").startswith("/login"), endpoint


def test_every_change_needs_the_token_of_the_page(app: Flask) -> None:
    client = browser(app, "admin")
    for _, endpoint, method, address in routes_of(app):
        if method not in SAFE_METHODS and endpoint not in NO_TOKEN_NEEDED:
            answer = client.open(filled(address), method=method)
            assert answer.status_code == 400, endpoint
            forged = client.open(filled(address), method=method, headers={"X-CSRFToken": "forged"})
            assert forged.status_code == 400, endpoint
    db.session.rollback()
    outcomes = db.session.scalars(sa.select(AuditEntry.outcome)).all()
    assert set(outcomes) == {"refused"}


def test_the_token_may_come_in_a_header_or_a_field(app: Flask) -> None:
    for how in ("headers", "data"):
        client = browser(app, "player")
        name = "X-CSRFToken" if how == "headers" else "csrf_token"
        answer = client.post("/logout", **{how: {name: csrf_token(client)}})
        assert answer.status_code == 303


def test_the_token_of_another_session_is_none(app: Flask) -> None:
    one, other = browser(app, "player"), browser(app, "player")
    assert one.post("/logout", data={"csrf_token": csrf_token(other)}).status_code == 400


OF_THE_SERVICES = {"source"}
"""Tables of what outside services answered last, which looking may bring about."""


def contents() -> str:
    """A digest of every row of every table of ours."""
    db.session.rollback()
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        if table.name in OF_THE_SERVICES:
            continue
        rows = [repr(tuple(row)) for row in db.session.execute(sa.select(table))]
        digest.update("\n".join([table.name, *sorted(rows)]).encode())
    db.session.rollback()
    return digest.hexdigest()


def test_looking_changes_nothing(app: Flask) -> None:
    client = sign_in(app, add_person("admin"))
    before = contents()
    for _, endpoint, method, address in routes_of(app):
        if method == "GET":
            client.get(filled(address))
            client.head(filled(address))
            assert contents() == before, endpoint


def test_a_page_asks_to_sign_in_and_come_back(client: FlaskClient) -> None:
    answer = client.get("/audit/?outcome=refused")
    assert answer.headers["Location"] == "/login?next=%2Faudit%2F%3Foutcome%3Drefused"


def test_htmx_is_sent_to_sign_in(client: FlaskClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/people/?q=x"}
    answer = client.get("/people/", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=%2Fpeople%2F%3Fq%3Dx"


def test_a_token_needs_no_token_of_the_page(app: Flask) -> None:
    from tests.browsers import bearer

    @policy("player", audited=False)
    def probe() -> dict[str, str]:
        return {}

    app.add_url_rule("/api/probe", view_func=probe, methods=["POST"])
    headers = bearer(add_person())
    client = browser(app, "player")
    assert client.post("/api/probe", headers=headers).status_code == 200
    assert client.post("/api/probe").status_code == 400
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ApiToken)) == 1
