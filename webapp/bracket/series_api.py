"""Series for scripts: their time and length, results by hand, and who stands in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import changes, records, results, services
from webapp.bracket.bodies import (
    SeriesBody,
    SeriesDone,
    StandInTold,
    done_body,
    series_body,
    stand_in_body,
)
from webapp.core.api import SIGNED_IN, Body, Id, Query, api_blueprint
from webapp.core.db import db
from webapp.core.time import iso
from webapp.matches.api import SteamIdIn
from webapp.tournaments.api import MomentIn

api = api_blueprint("series", __name__)

Score = Annotated[int, Field(ge=0, le=5)]


class SeriesPath(BaseModel):
    series_id: Id


class SeriesQuery(Query):
    tournament_id: Id


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


class StandInBody(Body):
    """Who stands in; ``steam_id_out`` is whom they replace, where that is known."""

    team_id: Id
    steam_id_in: SteamIdIn
    steam_id_out: SteamIdIn | None = None
    name: str = Field("", max_length=80)


class StandInPath(BaseModel):
    stand_in_id: Id


class SeriesList(BaseModel):
    series: list[SeriesBody]


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
