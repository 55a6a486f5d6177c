"""Leagues: made, changed, put away; and what Steam lists under an id before anything is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from zoneinfo import available_timezones

import sqlalchemy as sa

from webapp.core.db import db, insert
from webapp.core.errors import BadInput, NotFound
from webapp.core.time import utcnow
from webapp.leagues.models import League

LARGEST_LEAGUE_ID = 2**31 - 1


def all_leagues(*, archived: bool = False) -> Sequence[League]:
    """The leagues in use, or those put away, by name."""
    put_away = League.archived_at.is_not(None)
    query = sa.select(League).where(put_away if archived else ~put_away)
    return db.session.scalars(query.order_by(League.name, League.id)).all()


def get(league_id: int) -> League:
    league = db.session.get(League, league_id)
    if league is None:
        raise NotFound(f"There is no league {league_id} here. Add it first.")
    return league


def read_league_id(text: str) -> int | None:
    """The id in what a person typed, or None where it is a name.

    Raises:
        BadInput: it is a number, but no league can have it.
    """
    text = text.strip()
    if not re.fullmatch(r"[0-9]+", text):
        return None
    if len(text) > 18 or not 0 < int(text) <= LARGEST_LEAGUE_ID:
        raise BadInput("That is not a league id.", fields={"league": "1 to 2147483647"})
    return int(text)


def ensure(league_id: int, name: str | None = None, *, on_timetable: bool = True) -> League:
    """The league of this id, made with defaults if it is unknown."""
    if not 0 < league_id <= LARGEST_LEAGUE_ID:
        raise BadInput("That is not a league id.", fields={"league_id": "1 to 2147483647"})
    db.session.execute(
        insert(League.__table__)  # type: ignore[arg-type]
        .values(
            id=league_id,
            name=name or name_without_one(league_id),
            zone="UTC",
            on_timetable=on_timetable,
            walk_open=False,
            created_at=utcnow(),
        )
        .on_conflict_do_nothing()
    )
    return get(league_id)


def name_without_one(league_id: int) -> str:
    return f"League {league_id}"


def is_unnamed(league: League) -> bool:
    """Whether the league was made by its id alone, and nobody named it since."""
    return league.name == name_without_one(league.id)


def rename_unnamed(league_id: int, name: str) -> None:
    """Take over the name a service gives a league that has none; a person's name stays."""
    db.session.execute(
        sa.update(League)
        .where(League.id == league_id, League.name == name_without_one(league_id))
        .values(name=name[:200])
        .execution_options(synchronize_session=False)
    )


def change(
    league: League, *, name: str, zone: str, on_timetable: bool
) -> tuple[dict[str, object], dict[str, object]]:
    """Change a league; returns what it was and what it is, for the audit."""
    fields = {}
    if not 0 < len(name.strip()) <= 200:
        fields["name"] = "between 1 and 200 characters"
    if zone not in available_timezones():
        fields["zone"] = "no such time zone; take one like Europe/Berlin"
    if fields:
        raise BadInput("The league was not changed.", fields=fields)
    before = _told(league)
    league.name, league.zone, league.on_timetable = name.strip(), zone, on_timetable
    return before, _told(league)


def archive(league: League, *, away: bool) -> None:
    """Put a league away, or take it back: nothing of it is lost, and no clock touches it."""
    league.archived_at = utcnow() if away else None


def _told(league: League) -> dict[str, object]:
    return {"name": league.name, "zone": league.zone, "on_timetable": league.on_timetable}


def ensure_first_leagues(
    league_ids: Sequence[int], names: Mapping[int, str], *, sandbox: bool
) -> None:
    """Make the leagues of the settings on a database that has none, with the names that are known.

    In the sandbox the first waits for a person's Sync, so that there is something to press.
    """
    if db.session.scalar(sa.select(sa.func.count()).select_from(League)):
        return
    for place, league_id in enumerate(league_ids):
        by_hand = sandbox and place == 0
        ensure(league_id, names.get(league_id), on_timetable=not by_hand)
