"""Tournaments for scripts: listed, created, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from flask import Response, make_response
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.core.api import SIGNED_IN, Body, Id, ListQuery, api_blueprint
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.tournaments import services
from webapp.tournaments.choices import Choices
from webapp.tournaments.tournament_view import (
    Tournament,
    TournamentList,
    page_body,
    tournament_body,
)

api = api_blueprint("tournaments", __name__)


def _moment(value: object) -> object:
    """A moment out of text; one that names no zone is UTC, as every time of this API."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("moment", "a time like 2026-11-28T19:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MomentIn = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in a request: ISO 8601, UTC where it names no zone."""

Text = Annotated[str, Field(max_length=200)]
Small = Annotated[int, Field(ge=0, le=1000)]


class TournamentPath(BaseModel):
    tournament_id: Id


class TournamentsQuery(ListQuery):
    league_id: Id | None = None
    state: Literal["draft", "running", "finished", "archived"] | None = None


class Change(Body):
    """What is named here is changed. ``league_id`` is short for ``league_ids`` with that one."""

    name: Text | None = None
    league_ids: list[Id] | None = Field(None, min_length=1, max_length=20)
    league_id: Id | None = None
    format: (
        Literal["single_elimination", "double_elimination", "round_robin", "groups_knockout"] | None
    ) = None
    best_of: Literal[1, 2, 3, 5] | None = None
    final_best_of: Literal[1, 3, 5] | None = Field(None, description="null: as ``best_of``")
    starts_at: MomentIn | None = None
    zone: Text | None = Field(None, description="Like Europe/Berlin; null: the first league's")
    night_ends: Small | None = None
    grand_final: Literal["none", "simple", "reset"] | None = None
    third_place: bool | None = None
    groups: Small | None = None
    advancing: Small | None = None
    legs: Small | None = None
    knockout: Literal["single_elimination", "double_elimination"] | None = None
    points: list[Small] | None = Field(None, min_length=3, max_length=3)
    win_points: Small | None = None
    tie_breaks: list[Text] | None = Field(None, max_length=20)
    auto_link: Literal["off", "suggest", "sure"] | None = None

    @model_validator(mode="after")
    def _one_way_to_name_leagues(self) -> Change:
        if self.league_id is not None and self.league_ids is not None:
            raise PydanticCustomError("league_id", "give league_id or league_ids, not both")
        return self

    def chosen(self) -> dict[str, Any]:
        """What was named, as ``Choices`` has it; a null takes away what may be absent."""
        optional = {"final_best_of", "starts_at", "zone"}
        values = {
            name: tuple(value) if isinstance(value, list) else value
            for name in self.model_fields_set - {"league_id"}
            if (value := getattr(self, name)) is not None or name in optional
        }
        if self.league_id is not None:
            values["league_ids"] = (self.league_id,)
        return values


class New(Change):
    """A new tournament: a name, a format, and one or more leagues that Aegis knows."""

    name: Text = Field()
    format: Literal[
        "single_elimination", "double_elimination", "round_robin", "groups_knockout"
    ] = Field()


@contextmanager
def _as_named(body: Change) -> Iterator[None]:
    """Name the field of the leagues as the request did."""
    try:
        yield
    except BadInput as problem:
        if body.league_id is not None and "league_ids" in problem.fields:
            problem.fields["league_id"] = problem.fields.pop("league_ids")
        raise


@api.get("/tournaments/", responses={200: TournamentList}, summary="Tournaments, newest first")
@policy("anonymous")
def tournaments(query: TournamentsQuery) -> dict[str, Any]:
    return page_body(services.newest(query.league_id, query.state, query.after, query.limit))


@api.get("/tournaments/<int:tournament_id>", responses={200: Tournament}, summary="One tournament")
@policy("anonymous")
def tournament(path: TournamentPath) -> dict[str, Any]:
    return tournament_body(services.get(path.tournament_id))


@api.post(
    "/tournaments/",
    responses={201: Tournament},
    security=SIGNED_IN,
    summary="Create a tournament",
)
@policy("organizer")
def create(body: New) -> Response:
    with _as_named(body):
        made = services.create(Choices(**({"league_ids": ()} | body.chosen())), by=person().id)
    after = {"name": made.name, "format": made.format, "league_ids": made.league_ids}
    audit.record("create tournament", "tournament", made.id, None, after)
    db.session.commit()
    return make_response(tournament_body(made), 201)


@api.patch(
    "/tournaments/<int:tournament_id>",
    responses={200: Tournament},
    security=SIGNED_IN,
    summary="Change a tournament",
)
@policy("organizer")
def change(path: TournamentPath, body: Change) -> dict[str, Any]:
    """What its bracket was generated from stays while there is one: 409."""
    found = services.get(path.tournament_id, lock=True)
    wanted = replace(services.choices_of(found), **body.chosen())
    with _as_named(body):
        before, after = services.change(found, wanted)
    audit.record("change tournament", "tournament", found.id, before, after)
    db.session.commit()
    return tournament_body(found)


@api.delete(
    "/tournaments/<int:tournament_id>",
    responses={204: None},
    security=SIGNED_IN,
    summary="Delete a tournament without links and results",
)
@policy("organizer")
def delete(path: TournamentPath) -> Response:
    found = services.get(path.tournament_id, lock=True, put_away=True)
    before = {"name": found.name, "format": found.format, "league_ids": found.league_ids}
    services.delete(found)
    audit.record("delete tournament", "tournament", path.tournament_id, before, None)
    db.session.commit()
    return make_response("", 204)
