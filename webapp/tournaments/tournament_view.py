"""Tournaments and teams as the JSON API writes them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.core.api import LargeId, Moment
from webapp.tournaments import models
from webapp.tournaments.services import Page
from webapp.tournaments.words import state_of


class Tournament(BaseModel):
    """A tournament. ``best_of`` holds for every series but, where it is set, the last one."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    format: str = Field(
        description="single_elimination, double_elimination, round_robin or groups_knockout"
    )
    state: str = Field(description="draft, running, finished or archived")
    league_ids: list[int]
    best_of: int
    final_best_of: int | None
    starts_at: Moment | None
    zone: str
    night_ends: int = Field(description="The hour in its zone until which it is still that night")
    grand_final: str = Field(description="none, simple or reset")
    third_place: bool
    groups: int
    advancing: int = Field(description="How many of each group go on")
    legs: int = Field(description="How often everybody in a group plays everybody")
    knockout: str = Field(description="What follows the groups: single_ or double_elimination")
    auto_link: str = Field(description="off, suggest or sure")
    seeding: str | None = Field(description="How its bracket was seeded, once it has one")
    random_seed: int | None = Field(description="What a random seeding was drawn with")
    points: list[int] = Field(description="Of a best of two, for 2:0, 1:1 and 0:2")
    win_points: int = Field(description="Of any other series won in a group")
    tie_breaks: list[str]
    created_at: Moment


class TournamentList(BaseModel):
    """A page, newest first. ``next`` is the ``after`` of the page that follows."""

    tournaments: list[Tournament]
    next: str | None


class Member(BaseModel):
    """Somebody in a team from ``joined_at`` until ``left_at``."""

    model_config = ConfigDict(from_attributes=True)

    steam_id: LargeId
    name: str
    captain: bool
    deputy: bool
    mmr: int | None = Field(description="null is unknown")
    joined_at: Moment
    left_at: Moment | None


class Team(BaseModel):
    """A team with all who are or were in it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    tag: str
    seed: int | None = Field(description="1 is the best")
    steam_team_id: int | None
    withdrawn: str | None = Field(description="forfeit or annul: what became of its series")
    members: list[Member]


class TeamList(BaseModel):
    """All teams, by seed and name."""

    teams: list[Team]


_COLUMNS = tuple(name for name in Tournament.model_fields if name not in {"state", "groups"})


def tournament_body(tournament: models.Tournament) -> dict[str, Any]:
    values = {name: getattr(tournament, name) for name in _COLUMNS}
    told = Tournament(state=state_of(tournament), groups=tournament.group_count, **values)
    return told.model_dump(mode="json")


def page_body(page: Page) -> dict[str, Any]:
    return {"tournaments": [tournament_body(one) for one in page.tournaments], "next": page.next}


def team_body(team: models.Team) -> dict[str, Any]:
    return Team.model_validate(team).model_dump(mode="json")
