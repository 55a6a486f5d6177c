"""Who is meant by what a reader wrote: players and Steam teams, by id, address or name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.accounts.models import SteamAccount, SteamProfile, User
from webapp.core.db import db
from webapp.matches.filters import exact_steam_id, name_met
from webapp.matches.models import SteamTeam

MOST_PLAYERS = 10
LONGEST = 120
CHOICES = 8
"""Of how many players or teams of one name the reader may choose."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What one word means: an id, or several of which one is to be chosen, or nobody."""

    text: str
    found: Mapping[int, str]

    @property
    def id(self) -> int | None:
        return next(iter(self.found)) if len(self.found) == 1 else None


def words_of(text: str) -> list[str]:
    """What stands between commas, semicolons and line ends, each once, in its order."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n\r]+", text.replace("\0", "")))
    return list(dict.fromkeys(part[:LONGEST] for part in parts if part))


def players_meant(words: Sequence[str]) -> list[Meant]:
    """Each word with the steamids it may mean and their names, in one statement."""
    ids = {word: exact_steam_id(word) for word in words}
    rows = _named(
        [word for word in words if ids[word] is None], [one for one in ids.values() if one]
    )
    return [Meant(word, _of_word(word, ids[word], rows)) for word in words]


def _of_word(
    word: str, steam_id: int | None, rows: Sequence[tuple[int, set[str]]]
) -> dict[int, str]:
    if steam_id is not None:
        names = next((names for found, names in rows if found == steam_id), set())
        return {steam_id: min(names, default=str(steam_id))}
    folded = word.casefold()
    exactly = {one: word for one, names in rows if folded in {n.casefold() for n in names}}
    if exactly:
        return exactly if len(exactly) == 1 else _told(exactly, rows)
    near = {
        one: next(name for name in sorted(names) if folded in name.casefold())
        for one, names in rows
        if any(folded in name.casefold() for name in names)
    }
    return dict(list(near.items())[:CHOICES])


def _told(ids: Iterable[int], rows: Sequence[tuple[int, set[str]]]) -> dict[int, str]:
    """Several of the same name, each with all it is known by."""
    names = dict(rows)
    return {one: " / ".join(sorted(names[one])) for one in list(ids)[:CHOICES]}


def _named(words: Sequence[str], ids: Sequence[int]) -> list[tuple[int, set[str]]]:
    """The players of these names or ids, with all they are called."""
    if not words and not ids:
        return []
    people = (
        sa.select(SteamAccount.steam_id.label("steam_id"), User.name.label("name"))
        .join(User, User.id == SteamAccount.user_id)
        .where(_met(words, User.name, SteamAccount.persona) | SteamAccount.steam_id.in_(ids))
    )
    personas = sa.select(SteamProfile.steam_id, SteamProfile.persona).where(
        _met(words, SteamProfile.persona) | SteamProfile.steam_id.in_(ids)
    )
    union = sa.union_all(people, personas).subquery()
    rows = db.session.execute(sa.select(union).order_by(union.c.steam_id).limit(500))
    found: dict[int, set[str]] = {}
    for steam_id, name in rows:
        found.setdefault(steam_id, set()).update({name} if name else ())
    return list(found.items())


def _met(
    words: Sequence[str], *columns: sa.orm.InstrumentedAttribute[str]
) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(name_met(column, word) for word in words for column in columns))


def team_meant(text: str) -> Meant:
    """A Steam team by its number or a part of its name, in one statement."""
    text = " ".join(text.replace("\0", "").split())[:LONGEST]
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
    met: sa.ColumnElement[bool] = name_met(SteamTeam.name, text)
    if number is not None:
        met = SteamTeam.id == number
    rows = db.session.execute(
        sa.select(SteamTeam.id, SteamTeam.name).where(met).order_by(SteamTeam.id.desc()).limit(200)
    ).all()
    named = {row.id: row.name for row in rows}
    if number is not None:
        return Meant(text, named or {number: f"Team {number}"})
    exactly = {one: name for one, name in named.items() if name.casefold() == text.casefold()}
    return Meant(text, dict(list((exactly or named).items())[:CHOICES]))
