"""Brackets for scripts: generate, series and their results, games and their links."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import changes, follow, links, records, results, services
from webapp.bracket.bodies import (
    BracketBody,
    GameBody,
    SeriesBody,
    SeriesDone,
    StandingsBody,
    StandInTold,
    SureList,
    bracket_body,
    done_body,
    game_body,
    series_body,
    stand_in_body,
    standings_body,
    sure_body,
)
from webapp.bracket.generation import generate_bracket
from webapp.core.api import SIGNED_IN, Body, Id, Query, api_blueprint
from webapp.core.db import db
from webapp.core.time import iso
from webapp.matches.api import SteamIdIn
from webapp.tournaments import services as tournaments
from webapp.tournaments.api import MomentIn, TournamentPath

api = api_blueprint("bracket", __name__)

Score = Annotated[int, Field(ge=0, le=5)]


class SeriesPath(BaseModel):
    series_id: Id


class GamePath(BaseModel):
    game_id: Id


class TeamPath(TournamentPath):
    team_id: Id


class SeriesQuery(Query):
    tournament_id: Id


class SeedingBody(Body):
    seeding: Literal["manual", "mmr", "captain_mmr", "random"] = "manual"
    random_seed: int | None = Field(None, ge=0, le=2**31 - 1, description="Draw it again alike")


class ChangeBody(Body):
    """What is not given stays; ``scheduled_at`` null takes the time away."""

    scheduled_at: MomentIn | None = None
    best_of: Literal[1, 2, 3, 5] | None = None


class ResultBody(Body):
    """``forfeit``: which side forfeited, or true for the one that did not win."""

    winner: Id | None = None
    score_a: Score | None = None
    score_b: Score | None = None
    forfeit: Literal["team_a", "team_b", "both"] | bool | None = None


class MatchIdBody(Body):
    match_id: Id


class ForfeitBody(Body):
    team_id: Id


class StandInBody(Body):
    """Who stands in; ``steam_id_out`` is whom they replace, where that is known."""

    team_id: Id
    steam_id_in: SteamIdIn
    steam_id_out: SteamIdIn | None = None
    name: str = Field("", max_length=80)


class StandInPath(BaseModel):
    stand_in_id: Id


class DryRunBody(Body):
    dry_run: bool = Field(False, description="Only tell what would be linked")


class WithdrawBody(Body):
    how: Literal["forfeit", "annul"] | None = Field(
        "forfeit", description="What becomes of its series; null takes the team back"
    )


class SeriesList(BaseModel):
    series: list[SeriesBody]


# ---- the bracket -----------------------------------------------------------------------------


@api.post(
    "/tournaments/<int:tournament_id>/bracket",
    responses={201: BracketBody},
    security=SIGNED_IN,
    summary="Seed the teams and generate the bracket",
)
@policy("organizer")
def generate(path: TournamentPath, body: SeedingBody) -> tuple[dict[str, Any], int]:
    """409 where a result or link stands: a new bracket would lose it."""
    made = generate_bracket(path.tournament_id, body.seeding, random_seed=body.random_seed)
    records.of_bracket(made)
    db.session.commit()
    return bracket_body(made), 201


@api.get(
    "/tournaments/<int:tournament_id>/bracket", responses={200: BracketBody}, summary="The bracket"
)
@policy("anonymous")
def bracket(path: TournamentPath) -> dict[str, Any]:
    return bracket_body(services.load(path.tournament_id))


@api.delete(
    "/tournaments/<int:tournament_id>/bracket",
    responses={204: None},
    security=SIGNED_IN,
    summary="Delete a bracket of which nothing was played",
)
@policy("organizer")
def delete_bracket(path: TournamentPath) -> tuple[str, int]:
    gone = tournaments.delete_bracket(services.get(path.tournament_id, lock=True))
    audit.record("delete bracket", "tournament", path.tournament_id, {"series": gone}, None)
    db.session.commit()
    return "", 204


@api.get(
    "/tournaments/<int:tournament_id>/standings",
    responses={200: StandingsBody},
    summary="The tables of the groups, and the places decided so far",
)
@policy("anonymous")
def standings(path: TournamentPath) -> dict[str, Any]:
    return standings_body(services.load(path.tournament_id))


@api.post(
    "/tournaments/<int:tournament_id>/auto-link",
    responses={200: SureList},
    security=SIGNED_IN,
    summary="Make the links that are sure, or tell what they would be",
)
@policy("organizer")
def auto_link(path: TournamentPath, body: DryRunBody) -> dict[str, Any]:
    services.get(path.tournament_id)
    planned = follow.planned_links(path.tournament_id)
    db.session.rollback()
    made = 0 if body.dry_run else follow.auto_link(path.tournament_id, by=person().id)
    after = {"dry_run": body.dry_run, "sure": len(planned), "linked": made}
    audit.record("auto-link", "tournament", path.tournament_id, None, after)
    db.session.commit()
    return {"links": [sure_body(one) for one in planned], "linked": made}


@api.post(
    "/tournaments/<int:tournament_id>/teams/<int:team_id>/withdraw",
    responses={200: BracketBody},
    security=SIGNED_IN,
    summary="Withdraw a team, or take it back",
)
@policy("organizer")
def withdraw(path: TeamPath, body: WithdrawBody) -> dict[str, Any]:
    before = results.team_of(path.tournament_id, path.team_id).withdrawn
    changed, team, undone = results.withdraw(path.team_id, body.how)
    records.of_withdrawal(changed, team, before, undone)
    db.session.commit()
    return bracket_body(changed)


# ---- series ----------------------------------------------------------------------------------


@api.get("/series/", responses={200: SeriesList}, summary="The series of a tournament")
@policy("anonymous")
def all_series(query: SeriesQuery) -> dict[str, Any]:
    found = services.load(query.tournament_id)
    return {"series": [series_body(found, series) for series in found.series]}


@api.get("/series/<int:series_id>", responses={200: SeriesBody}, summary="One series")
@policy("anonymous")
def one_series(path: SeriesPath) -> dict[str, Any]:
    return series_body(*services.of_series(path.series_id))


@api.patch(
    "/series/<int:series_id>",
    responses={200: SeriesBody},
    security=SIGNED_IN,
    summary="Change when a series is played, or its length",
)
@policy("organizer")
def change_series(path: SeriesPath, body: ChangeBody) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: getattr(body, name) for name in body.model_fields_set if name != "best_of"
    }
    if body.best_of is not None:
        given["best_of"] = body.best_of
    _, before = services.of_series(path.series_id)
    was = {"scheduled_at": iso(before.scheduled_at), "best_of": before.best_of}
    db.session.rollback()
    changed, series = changes.change_series(path.series_id, **given)
    now = {"scheduled_at": iso(series.scheduled_at), "best_of": series.best_of}
    audit.record("change series", "series", series.id, was, {"series": series.label, **now})
    db.session.commit()
    return series_body(changed, series)


@api.delete(
    "/series/<int:series_id>",
    responses={204: None},
    security=SIGNED_IN,
    summary="Take a series out of a round robin",
)
@policy("organizer")
def delete_series(path: SeriesPath) -> tuple[str, int]:
    _, series = changes.delete_series(path.series_id)
    audit.record("delete series", "series", path.series_id, {"series": series.label}, None)
    db.session.commit()
    return "", 204


@api.post(
    "/series/<int:series_id>/result",
    responses={200: SeriesDone},
    security=SIGNED_IN,
    summary="Enter a series' result by hand",
)
@policy("organizer")
def enter_result(path: SeriesPath, body: ResultBody) -> dict[str, Any]:
    entry = results.Entry(body.score_a, body.score_b, body.winner, body.forfeit)
    done = results.enter(path.series_id, entry, by=person().id)
    records.of_result("enter result", done)
    db.session.commit()
    return done_body(done.bracket, done.series, done.undone)


@api.delete(
    "/series/<int:series_id>/result",
    responses={200: SeriesDone},
    security=SIGNED_IN,
    summary="Take a result by hand back; says what else that undoes",
)
@policy("organizer")
def clear_result(path: SeriesPath) -> dict[str, Any]:
    done = results.clear(path.series_id)
    records.of_result("undo result", done)
    db.session.commit()
    return done_body(done.bracket, done.series, done.undone)


@api.post(
    "/series/<int:series_id>/stand-ins/",
    responses={201: StandInTold},
    security=SIGNED_IN,
    summary="Approve a stand-in for one series",
)
@policy("organizer")
def approve_stand_in(path: SeriesPath, body: StandInBody) -> tuple[dict[str, Any], int]:
    _, stand_in = changes.approve_stand_in(
        path.series_id,
        body.team_id,
        body.steam_id_in,
        steam_id_out=body.steam_id_out,
        name=body.name,
        by=person().id,
    )
    told = stand_in_body(stand_in)
    audit.record("approve stand-in", "series", path.series_id, None, told)
    db.session.commit()
    return told, 201


@api.delete(
    "/stand-ins/<int:stand_in_id>",
    responses={204: None},
    security=SIGNED_IN,
    summary="Take a stand-in back",
)
@policy("organizer")
def take_back_stand_in(path: StandInPath) -> tuple[str, int]:
    _, stand_in = changes.take_back_stand_in(path.stand_in_id)
    told = stand_in_body(stand_in)
    audit.record("take stand-in back", "series", stand_in.series_id, told, None)
    db.session.commit()
    return "", 204


# ---- games -----------------------------------------------------------------------------------


@api.get("/games/<int:game_id>", responses={200: GameBody}, summary="One game")
@policy("anonymous")
def one_game(path: GamePath) -> dict[str, Any]:
    return game_body(services.of_game(path.game_id)[1])


@api.put(
    "/games/<int:game_id>/match",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Link a game to its match",
)
@policy("organizer")
def link(path: GamePath, body: MatchIdBody) -> dict[str, Any]:
    done = links.link(path.game_id, body.match_id, by=person().id)
    return _changed("link", done)


@api.delete(
    "/games/<int:game_id>/match",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Unlink a game; the match is not suggested for it again",
)
@policy("organizer")
def unlink(path: GamePath) -> dict[str, Any]:
    return _changed("unlink", links.unlink(path.game_id, by=person().id))


@api.post(
    "/games/<int:game_id>/swap",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Exchange a linked game's sides",
)
@policy("organizer")
def swap(path: GamePath) -> dict[str, Any]:
    return _changed("swap sides", links.swap(path.game_id))


@api.post(
    "/games/<int:game_id>/dismiss",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Not this one: do not suggest this match for this game",
)
@policy("organizer")
def dismiss(path: GamePath, body: MatchIdBody) -> dict[str, Any]:
    done = links.dismiss(path.game_id, body.match_id, by=person().id)
    return _changed("not this one", done, dismissed=body.match_id)


@api.post(
    "/games/<int:game_id>/forfeit",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Give a single game to the other team",
)
@policy("organizer")
def forfeit(path: GamePath, body: ForfeitBody) -> dict[str, Any]:
    done = results.forfeit_game(path.game_id, body.team_id)
    return _forfeited("forfeit game", path.game_id, done)


@api.delete(
    "/games/<int:game_id>/forfeit",
    responses={200: GameBody},
    security=SIGNED_IN,
    summary="Take a game's forfeit back",
)
@policy("organizer")
def take_back_forfeit(path: GamePath) -> dict[str, Any]:
    return _forfeited("undo forfeit", path.game_id, results.take_back_forfeit(path.game_id))


def _changed(action: str, done: links.Linked, **more: int) -> dict[str, Any]:
    records.of_game(action, done, **more)
    db.session.commit()
    return game_body(done.game)


def _forfeited(action: str, game_id: int, done: results.Done) -> dict[str, Any]:
    game = next(game for game in done.series.games if game.id == game_id)
    records.of_result(action, done, game=game.number, forfeited_by=game.forfeit_by_id)
    db.session.commit()
    return game_body(game)
