"""The teams of a tournament and their members. Nothing here commits, nor destroys what was played.

Whoever calls to change something holds the tournament's row: that keeps two people from taking
the same name at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.core.time import utcnow
from webapp.tournaments import entries
from webapp.tournaments.entries import HIGHEST_SEED, Entry, Player
from webapp.tournaments.models import Series, Team, TeamMember, Tournament
from webapp.tournaments.rules import MOST_TEAMS

NOT_SAVED = "The team was not saved."


# ---- finding -----------------------------------------------------------------------------------


def of(tournament_id: int) -> list[Team]:
    """All teams with their members: by seed, those without one last, by name."""
    found = db.session.scalars(
        sa.select(Team)
        .where(Team.tournament_id == tournament_id)
        .options(selectinload(Team.members))
        .execution_options(populate_existing=True)
    ).all()
    return sorted(found, key=lambda team: (team.seed or HIGHEST_SEED + 1, team.name.casefold()))


def get(tournament_id: int, team_id: int) -> Team:
    """Raises: NotFound, where this tournament has no such team."""
    team = db.session.scalar(
        sa.select(Team)
        .where(Team.id == team_id, Team.tournament_id == tournament_id)
        .options(selectinload(Team.members))
        .execution_options(populate_existing=True)
    )
    if team is None:
        raise NotFound(f"There is no team {team_id} in this tournament.")
    return team


def entry_of(team: Team) -> Entry:
    members = tuple(
        Player(one.steam_id, one.name, one.captain, one.deputy, one.mmr) for one in team.present
    )
    return Entry(team.name, team.tag, team.seed, team.steam_team_id, members)


def in_several(teams: Iterable[Team]) -> dict[int, list[Team]]:
    """Players who stand in more than one team, with these teams."""
    found: dict[int, list[Team]] = {}
    for team in teams:
        for member in team.present:
            found.setdefault(member.steam_id, []).append(team)
    return {steam_id: several for steam_id, several in found.items() if len(several) > 1}


def in_bracket(team_id: int) -> bool:
    """Whether a series was made for it or it reached one."""
    columns = (Series.a_team_id, Series.b_team_id, Series.team_a_id, Series.team_b_id)
    stands = sa.or_(*(column == team_id for column in columns))
    return bool(db.session.scalar(sa.exists().where(stands).select()))


# ---- entering and changing ---------------------------------------------------------------------


def add(tournament: Tournament, entry: Entry) -> Team:
    """
    Raises:
        BadInput: naming each field that cannot be used.
        Conflict: the name is taken, or the tournament is full.
    """
    return add_all(tournament, [entry])[0]


def add_all(tournament: Tournament, entered: Sequence[Entry]) -> list[Team]:
    """Add several teams, all or none."""
    taken = names_of(tournament.id)
    if len(taken) + len(entered) > MOST_TEAMS:
        raise Conflict(f"A tournament has {MOST_TEAMS} teams at most.")
    made = []
    for entry in map(_checked, entered):
        _refuse_taken(entry.name, taken)
        taken[entry.name.casefold()] = 0
        made.append(_new(tournament, entry, utcnow()))
    tournament.version += 1
    db.session.flush()
    return made


def names_of(tournament_id: int) -> dict[str, int]:
    """The ids of a tournament's teams by name, folded: case does not tell names apart."""
    rows = db.session.execute(
        sa.select(Team.name, Team.id).where(Team.tournament_id == tournament_id)
    )
    return {row.name.casefold(): row.id for row in rows}


def _checked(entry: Entry) -> Entry:
    entry = entries.tidied(entry)
    wrong = entries.what_is_wrong(entry)
    if wrong:
        raise BadInput(NOT_SAVED, fields=wrong)
    return entry


def _refuse_taken(name: str, taken: Mapping[str, int], own_id: int | None = None) -> None:
    if taken.get(name.casefold(), own_id) != own_id:
        raise Conflict(f"There is a team called {name} already.", fields={"name": "taken"})


def _new(tournament: Tournament, entry: Entry, now: datetime) -> Team:
    team = Team(tournament_id=tournament.id, created_at=now)
    _write(team, entry)
    team.members = [_joining(player, now) for player in entry.members]
    db.session.add(team)
    return team


def _write(team: Team, entry: Entry) -> None:
    team.name, team.tag = entry.name, entry.tag
    team.seed, team.steam_team_id = entry.seed, entry.steam_team_id


def _joining(player: Player, now: datetime) -> TeamMember:
    member = TeamMember(steam_id=player.steam_id, joined_at=now)
    _take_over(member, player)
    return member


def _take_over(member: TeamMember, player: Player) -> None:
    member.name, member.mmr = player.name, player.mmr
    member.captain, member.deputy = player.captain, player.deputy


def change(
    tournament: Tournament, team: Team, entry: Entry
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Change a team; what it was and what it is now, for the audit.

    Who is no longer named has left; nothing that was played changes by it.

    Raises:
        BadInput: naming each field that cannot be used.
        Conflict: the name is taken.
    """
    old, entry = entry_of(team), _checked(entry)
    _refuse_taken(entry.name, names_of(tournament.id), team.id)
    _write(team, entry)
    _change_roster(team, {player.steam_id: player for player in entry.members}, utcnow())
    tournament.version += 1
    db.session.flush()
    return _difference(_told(old), _told(entry))


def _change_roster(team: Team, wanted: Mapping[int, Player], now: datetime) -> None:
    here = {member.steam_id: member for member in team.present}
    for steam_id, member in here.items():
        if steam_id not in wanted:
            member.left_at = now
        elif not wanted[steam_id].captain:
            member.captain = False
    # The captain's mark is free before somebody else takes it: only one may have it.
    db.session.flush()
    for steam_id, player in wanted.items():
        if steam_id in here:
            _take_over(here[steam_id], player)
        else:
            team.members.append(_joining(player, now))


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "tag": entry.tag,
        "seed": entry.seed,
        "steam_team_id": entry.steam_team_id,
        "members": [_said(one) for one in entry.members],
    }


def _said(player: Player) -> str:
    role = " captain" if player.captain else " deputy" if player.deputy else ""
    return f"{player.steam_id}{role}" + (f" {player.mmr}" if player.mmr else "")


def _difference(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def told(team: Team) -> dict[str, Any]:
    """The team in plain values, for the audit."""
    return _told(entry_of(team))


def remove(tournament: Tournament, team: Team) -> None:
    """
    Raises:
        Conflict: it stands in the bracket.
    """
    if in_bracket(team.id):
        raise Conflict(f"{team.name} stands in the bracket. Withdraw it instead.")
    db.session.delete(team)
    tournament.version += 1
    db.session.flush()


def set_seeds(
    tournament: Tournament, teams: Sequence[Team], seeds: Mapping[int, int | None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give teams their seeds, by id; what changed by team's name, for the audit.

    Raises:
        BadInput: a seed cannot be one, or two teams would have it.
    """
    wanted = {team.id: seeds.get(team.id, team.seed) for team in teams}
    wrong = _wrong_seeds(wanted)
    if wrong:
        raise BadInput("The seeds were not saved.", fields=wrong)
    changed = [team for team in teams if team.seed != wanted[team.id]]
    before = {team.name: team.seed for team in changed}
    for team in changed:
        team.seed = wanted[team.id]
    tournament.version += 1
    db.session.flush()
    return before, {team.name: team.seed for team in changed}


def _wrong_seeds(wanted: Mapping[int, int | None]) -> dict[str, str]:
    given = [seed for seed in wanted.values() if seed is not None]
    wrong = {}
    for team_id, seed in wanted.items():
        if seed is not None and not 0 < seed <= HIGHEST_SEED:
            wrong[f"seed-{team_id}"] = "1 or more"
        elif seed is not None and given.count(seed) > 1:
            wrong[f"seed-{team_id}"] = "another team has it"
    return wrong


def copy_teams(tournament_id: int, to: Tournament) -> None:
    """The teams of one tournament with their present members, entered in another."""
    now = utcnow()
    for team in of(tournament_id):
        _new(to, entry_of(team), now)
    db.session.flush()
