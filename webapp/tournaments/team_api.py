"""The teams of a tournament for scripts."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from flask import Response, make_response
from pydantic import Field

from webapp.accounts import audit
from webapp.accounts.policy import policy
from webapp.core.api import SIGNED_IN, Body, Id, api_blueprint
from webapp.core.db import db
from webapp.matches.api import SteamIdIn
from webapp.tournaments import services, teams
from webapp.tournaments.api import TournamentPath
from webapp.tournaments.entries import MOST_MEMBERS, Entry, Player
from webapp.tournaments.tournament_view import Team, TeamList, team_body

api = api_blueprint("teams", __name__)
Text = Annotated[str, Field(max_length=200)]
Seed = Annotated[int, Field(ge=1, le=10_000)]
Mmr = Annotated[int, Field(ge=1, le=100_000)]


class TeamPath(TournamentPath):
    team_id: Id


class MemberIn(Body):
    """A player of a team; leave ``mmr`` out where it is unknown."""

    steam_id: SteamIdIn
    name: Text = ""
    captain: bool = False
    deputy: bool = False
    mmr: Mmr | None = None

    def player(self) -> Player:
        return Player(self.steam_id, self.name, self.captain, self.deputy, self.mmr)


Members = Annotated[list[MemberIn], Field(max_length=MOST_MEMBERS)]


class ChangeTeam(Body):
    """What is named here is changed. Who is not among ``members`` has left."""

    name: Text | None = None
    tag: Text | None = None
    seed: Seed | None = None
    steam_team_id: Id | None = None
    members: Members | None = None

    def chosen(self) -> dict[str, Any]:
        optional = {"seed", "steam_team_id"}
        values = {
            name: value
            for name in self.model_fields_set - {"members"}
            if (value := getattr(self, name)) is not None or name in optional
        }
        if self.members is not None:
            values["members"] = tuple(one.player() for one in self.members)
        return values


class NewTeam(ChangeTeam):
    """A new team: a name, and who plays in it."""

    name: Text = Field()


@api.get("/tournaments/<int:tournament_id>/teams/", responses={200: TeamList}, summary="Its teams")
@policy("anonymous")
def team_list(path: TournamentPath) -> dict[str, Any]:
    services.get(path.tournament_id)
    return {"teams": [team_body(one) for one in teams.of(path.tournament_id)]}


@api.get(
    "/tournaments/<int:tournament_id>/teams/<int:team_id>",
    responses={200: Team},
    summary="One team",
)
@policy("anonymous")
def team(path: TeamPath) -> dict[str, Any]:
    return team_body(teams.get(path.tournament_id, path.team_id))


@api.post(
    "/tournaments/<int:tournament_id>/teams/",
    responses={201: Team},
    security=SIGNED_IN,
    summary="Add a team",
)
@policy("organizer")
def add(path: TournamentPath, body: NewTeam) -> Response:
    tournament = services.get(path.tournament_id, lock=True)
    made = teams.add(tournament, Entry(**body.chosen()))
    audit.record("add team", "team", made.id, None, teams.told(made))
    db.session.commit()
    return make_response(team_body(made), 201)


@api.patch(
    "/tournaments/<int:tournament_id>/teams/<int:team_id>",
    responses={200: Team},
    security=SIGNED_IN,
    summary="Change a team",
)
@policy("organizer")
def change(path: TeamPath, body: ChangeTeam) -> dict[str, Any]:
    """Links, results and drafts stay, whatever changes here."""
    tournament = services.get(path.tournament_id, lock=True)
    found = teams.get(path.tournament_id, path.team_id)
    before, after = teams.change(tournament, found, replace(teams.entry_of(found), **body.chosen()))
    audit.record("change team", "team", found.id, before, after)
    db.session.commit()
    return team_body(found)


@api.delete(
    "/tournaments/<int:tournament_id>/teams/<int:team_id>",
    responses={204: None},
    security=SIGNED_IN,
    summary="Delete a team that is not in the bracket",
)
@policy("organizer")
def delete(path: TeamPath) -> Response:
    tournament = services.get(path.tournament_id, lock=True)
    found = teams.get(path.tournament_id, path.team_id)
    before = teams.told(found)
    teams.remove(tournament, found)
    audit.record("delete team", "team", path.team_id, before, None)
    db.session.commit()
    return make_response("", 204)
