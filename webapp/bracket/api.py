"""Brackets for scripts: generated, read, linked by themselves; standings and withdrawals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import autolink, records, services, withdrawals
from webapp.bracket.bodies import (
    BracketBody,
    StandingsBody,
    SureList,
    bracket_body,
    standings_body,
    sure_body,
)
from webapp.bracket.generation import generate_bracket
from webapp.core.api import SIGNED_IN, Body, Id, api_blueprint
from webapp.core.db import db, reading
from webapp.tournaments import services as tournaments
from webapp.tournaments.api import TournamentPath

api = api_blueprint("bracket", __name__)


class TeamPath(TournamentPath):
    team_id: Id


class SeedingBody(Body):
    seeding: Literal["manual", "mmr", "captain_mmr", "random"] = "manual"
    random_seed: int | None = Field(None, ge=0, le=2**31 - 1, description="Draw it again alike")


class DryRunBody(Body):
    dry_run: bool = Field(False, description="Only tell what would be linked")


class WithdrawBody(Body):
    how: Literal["forfeit", "annul"] | None = Field(
        "forfeit", description="What becomes of its series; null takes the team back"
    )


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
    gone = tournaments.delete_bracket(tournaments.get(path.tournament_id, lock=True))
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
    tournaments.get(path.tournament_id, lock=True)
    db.session.rollback()
    with reading():
        planned = autolink.planned_links(path.tournament_id)
    made = 0 if body.dry_run else autolink.auto_link(path.tournament_id, by=person().id)
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
    before = withdrawals.team_of(path.tournament_id, path.team_id).withdrawn
    changed, team, undone = withdrawals.withdraw(path.team_id, body.how)
    records.of_withdrawal(changed, team, before, undone)
    db.session.commit()
    return bracket_body(changed)
