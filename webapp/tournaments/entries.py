"""A team as it is entered, and what is wrong with it: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from webapp.accounts.people import clean_name
from webapp.accounts.steam_ids import ANONYMOUS, BASE

LONGEST_NAME = 80
LONGEST_TAG = 16
MOST_MEMBERS = 20
HIGHEST_SEED = 10_000
HIGHEST_MMR = 100_000
HIGHEST_TEAM_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Player:
    """A member; an ``mmr`` of None is unknown."""

    steam_id: int
    name: str = ""
    captain: bool = False
    deputy: bool = False
    mmr: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A team with those who are in it now."""

    name: str
    tag: str = ""
    seed: int | None = None
    steam_team_id: int | None = None
    members: tuple[Player, ...] = ()


def tidied(entry: Entry) -> Entry:
    """The same with its names cleaned."""
    members = tuple(replace(one, name=clean_name(one.name[:200])[:80]) for one in entry.members)
    name, tag = clean_name(entry.name[:200]), clean_name(entry.tag[:200])
    return replace(entry, name=name, tag=tag, members=members)


def what_is_wrong(entry: Entry) -> dict[str, str]:
    """Each field that cannot be used, and why: ``members[0].steam_id`` for one of a member's."""
    return dict([*_wrong(entry), *_wrong_roster(entry.members)])


def _wrong(it: Entry) -> Iterator[tuple[str, str]]:
    if not 0 < len(it.name) <= LONGEST_NAME:
        yield "name", f"between 1 and {LONGEST_NAME} characters"
    if len(it.tag) > LONGEST_TAG:
        yield "tag", f"at most {LONGEST_TAG} characters"
    if it.seed is not None and not 0 < it.seed <= HIGHEST_SEED:
        yield "seed", "1 or more; 1 is the best"
    if it.steam_team_id is not None and not 0 < it.steam_team_id <= HIGHEST_TEAM_ID:
        yield "steam_team_id", "a team's number on Steam"
    if len(it.members) > MOST_MEMBERS:
        yield "members", f"at most {MOST_MEMBERS}"


def _wrong_roster(members: Sequence[Player]) -> Iterator[tuple[str, str]]:
    seen: set[int] = set()
    captains = deputies = 0
    for place, one in enumerate(members):
        captains, deputies = captains + one.captain, deputies + one.deputy
        if not 0 < one.steam_id - BASE < ANONYMOUS:
            yield f"members[{place}].steam_id", "not the steamid of an account"
        elif one.steam_id in seen:
            yield f"members[{place}].steam_id", "is in this team already"
        seen.add(one.steam_id)
        if one.captain and captains > 1:
            yield f"members[{place}].captain", "a team has one captain"
        if one.deputy and (deputies > 1 or one.captain):
            yield f"members[{place}].deputy", "a team has one deputy, besides its captain"
        if one.mmr is not None and not 0 < one.mmr <= HIGHEST_MMR:
            yield f"members[{place}].mmr", "1 or more; leave it out where it is unknown"
