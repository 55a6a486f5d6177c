"""Adding matches that a league's lists do not have, by id or by a link to a site that shows them.

The look-up asks services and is called outside of any transaction; the rest only stores.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from webapp.clients.outside import Outside
from webapp.clients.shapes import ListedMatch, MatchDetails
from webapp.core import time
from webapp.core.db import db
from webapp.core.errors import AegisError, AnswerClass, BadInput, Conflict, UpstreamError
from webapp.core.http import Patience
from webapp.core.limits import NotNow
from webapp.core.sources import ask
from webapp.core.time import utcnow
from webapp.matches import listed as lists
from webapp.matches.models import Match

MOST = 20
"""Matches looked up at once: each costs a call or two while a person waits."""

LARGEST = 2**63 - 1
LOOK_UP_SECONDS = 15
NO_PUBLIC_SOURCE = "No public source has it: a lobby without a league ticket appears in none"
_SITES = r"(?:www\.)?(?:opendota\.com|dotabuff\.com|stratz\.com)"
_LINK = re.compile(
    rf"(?:https?://)?{_SITES}/(?:[a-z]{{2}}/)?match(?:es)?/(\d{{1,19}})(?:[/?#]\S*)?"
)

T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """Where a match stands here already."""

    league_id: int
    state: str


@dataclass(frozen=True)
class Found:
    """What is known of one match id.

    ``source``: opendota or steam, None where neither has it. ``trouble``: why nobody can say.
    ``steam_league_id`` None: played without a ticket, or Steam's list does not tell.
    """

    match_id: int
    source: str | None = None
    steam_league_id: int | None = None
    radiant: str = ""
    dire: str = ""
    start_time: datetime | None = None
    duration: int | None = None
    radiant_win: bool | None = None
    trouble: str = ""

    @property
    def can_be_added(self) -> bool:
        return self.source is not None

    @property
    def is_nowhere(self) -> bool:
        """No public source has it: only a person can tell of it."""
        return self.source is None and not self.trouble


def read_refs(text: str) -> list[int]:
    """The match ids in what a person pasted, in its order, each once.

    Raises:
        BadInput: a part is neither an id nor a known link, or there are none, or too many.
    """
    found: dict[int, None] = {}
    for part in re.split(r"[\s,;]+", text.strip()):
        match_id = _read_ref(part) if part else None
        if part and match_id is None:
            shown = part if len(part) <= 60 else part[:57] + "..."
            why = f"“{shown}” is neither a match id nor a link to OpenDota, Dotabuff or Stratz"
            raise BadInput("These matches cannot be read.", fields={"ids": why})
        if match_id:
            found[match_id] = None
    if not found:
        raise BadInput("No match was given.", fields={"ids": "paste ids or links"})
    if len(found) > MOST:
        why = f"at most {MOST} at once, these are {len(found)}"
        raise BadInput("Too many matches.", fields={"ids": why})
    return list(found)


def _read_ref(part: str) -> int | None:
    link = _LINK.fullmatch(part.lower())
    digits = link[1] if link else part if re.fullmatch(r"[0-9]{1,19}", part) else ""
    return int(digits) if digits and 0 < int(digits) <= LARGEST else None


# ---- asking ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asker:
    """Whom a look-up asks: OpenDota first, which tells most, then Steam's list."""

    outside: Outside
    has_key: bool
    breaker_delay: float

    def look_up(self, ids: Sequence[int]) -> list[Found]:
        patience = self._patience()
        return [self._one(match_id, patience) for match_id in ids]

    def listed(self, ids: Iterable[int]) -> list[ListedMatch]:
        """Steam's rows of these matches, which name their sequence numbers; lacking ones left."""
        if not self.has_key:
            return []
        patience = self._patience()
        asked = (self._steam(match_id, patience)[0] for match_id in ids)
        return [row for row in asked if row is not None]

    def _patience(self) -> Patience:
        return Patience(time.monotonic() + LOOK_UP_SECONDS, interactive=True)

    def _one(self, match_id: int, patience: Patience) -> Found:
        opendota = self.outside.opendota
        answer, trouble = self._tried("opendota", lambda: opendota.match(match_id, patience))
        if answer is not None:
            return _of_details(answer.details)
        if not self.has_key:
            return Found(match_id, trouble=trouble)
        row, other = self._steam(match_id, patience)
        if row is not None:
            return _of_listed(row)
        return Found(match_id, trouble=" ".join(filter(None, (trouble, other))))

    def _steam(self, match_id: int, patience: Patience) -> tuple[ListedMatch | None, str]:
        steam = self.outside.steam
        return self._tried("history", lambda: steam.listed_match(match_id, patience))

    def _tried(self, source: str, call: Callable[[], T]) -> tuple[T | None, str]:
        """The answer; None and "" where the source does not have it, else why it cannot say."""
        name = "OpenDota" if source == "opendota" else "Steam"
        try:
            return ask(source, self.breaker_delay, call, attempts=2), ""
        except UpstreamError as error:
            if error.answer in {AnswerClass.ABSENT, AnswerClass.DEFINITE}:
                return None, ""
            return None, f"{name} does not answer just now."
        except NotNow:
            return None, f"{name} is asked as often as it allows."
        except AegisError as error:
            return None, error.message


def _of_details(details: MatchDetails) -> Found:
    return Found(
        details.match_id,
        "opendota",
        details.league_id,
        details.radiant_name or _team(details.radiant_team_id),
        details.dire_name or _team(details.dire_team_id),
        details.start_time,
        details.duration,
        details.radiant_win,
    )


def _of_listed(row: ListedMatch) -> Found:
    return Found(
        row.match_id,
        "steam",
        radiant=_team(row.radiant_team_id),
        dire=_team(row.dire_team_id),
        start_time=row.start_time,
    )


def _team(team_id: int | None) -> str:
    return f"Team {team_id}" if team_id else ""


# ---- what is here, and storing ---------------------------------------------------------------


def known(ids: Sequence[int]) -> Mapping[int, Known]:
    """Which of these matches are here, in one statement."""
    rows = db.session.execute(
        sa.select(Match.id, Match.league_id, Match.state).where(Match.id.in_(ids))
    )
    return {row.id: Known(row.league_id, row.state) for row in rows}


def count_in(league_id: int, ids: Sequence[int], listed: Sequence[ListedMatch] = ()) -> list[int]:
    """Count these matches in the league, whatever league Steam gives them; returns the new ones.

    New ones become stubs, due now. They are pinned: no list moves them to another league.
    """
    now = utcnow()
    rows = [row for row in listed if row.match_id in set(ids)]
    before = known(ids)
    lists.store_listed(league_id, rows, now, walk_started=None)
    lists.store_ids(league_id, ids, now)
    db.session.execute(
        sa.update(Match)
        .where(Match.id.in_(ids))
        .values(league_id=league_id, pinned=True)
        .execution_options(synchronize_session=False)
    )
    return [match_id for match_id in ids if match_id not in before]


def make_unlisted(league_id: int, match_id: int) -> None:
    """Make the row of a match that no public source has: withheld, to be entered by hand.

    Raises:
        Conflict: it is here already.
    """
    if known([match_id]):
        raise Conflict(f"Match {match_id} is here already.")
    lists.store_ids(league_id, [match_id], utcnow())
    db.session.execute(
        sa.update(Match)
        .where(Match.id == match_id)
        .values(
            pinned=True, state="withheld", next_attempt_at=None, fetch_error=NO_PUBLIC_SOURCE + "."
        )
        .execution_options(synchronize_session=False)
    )
