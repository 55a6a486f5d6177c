"""Matches that look like real ones, stored as a sync would have: from the sandbox's world."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from webapp.accounts.models import SteamProfile
from webapp.clients.listings import read_history
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.leagues.models import League
from webapp.matches import listed, store
from webapp.matches.models import Match, RoundAnswer
from webapp.matches.reread import read_body
from webapp.sandbox.bodies import history_row, opendota_match, steam_match
from webapp.sandbox.match import Match as Played
from webapp.sandbox.people import STEAM_BASE
from webapp.sandbox.spec import FIXED_NOW, LeagueSpec, WorldSpec
from webapp.sandbox.world import World

LEAGUE = 17929


@dataclass
class Stored:
    """A stored league with the world it came from; ``ids`` newest first."""

    world: World
    league_id: int

    @property
    def played(self) -> list[Played]:
        return self.world.finished(self.league_id)

    @property
    def ids(self) -> list[int]:
        return [one.match_id for one in self.played]

    def body(self, match_id: int, source: str = "opendota") -> bytes:
        """The raw answer of a source."""
        return raw_body(self.world, match_id, source)


def make_world(
    matches: int = 12, league_id: int = LEAGUE, name: str = "Northern Lights League", now: int = 0
) -> World:
    """One league that stands still; ``now`` in Unix seconds, by default the sandbox's moment."""
    spec = LeagueSpec(league_id, name, matches, teams=16, anonymous=0.05)
    return World(WorldSpec(leagues=(spec,), seed=3, now=now or FIXED_NOW))


def store_league(
    world: World, *, details: bool = True, zone: str = "Europe/Berlin", personas: bool = True
) -> Stored:
    """The league with all of its matches, listed and (with ``details``) detailed; commits."""
    league = world.leagues[0]
    db.session.add(
        League(id=league.spec.league_id, name=league.spec.name, zone=zone, created_at=utcnow())
    )
    db.session.flush()
    stored = Stored(world, league.spec.league_id)
    page = read_history({"matches": [history_row(one) for one in stored.played]})
    listed.store_listed(stored.league_id, page.matches, utcnow(), walk_started=None)
    if details:
        detail(stored, stored.ids)
    if personas:
        _name(world)
    db.session.commit()
    return stored


def raw_body(world: World, match_id: int, source: str) -> bytes:
    played = world.match(match_id)
    assert played is not None
    game = world.game(played)
    if source == "opendota":
        return json.dumps(opendota_match(played, game, world.names)).encode()
    match = steam_match(played, game)
    result = match if source == "details" else {"status": 1, "matches": [match]}
    return json.dumps({"result": result}).encode()


def detail(stored: Stored, ids: Sequence[int], source: str = "opendota") -> None:
    """Store the details of these matches as this source gives them."""
    fetched = []
    for match_id in ids:
        body = stored.body(match_id, source)
        details = read_body(source, match_id, body)
        fetched.append(store.Fetched(match_id, source, details, body))
    store.store_details(fetched, utcnow(), None)
    db.session.commit()


def _name(world: World) -> None:
    for account, name in world.names.items():
        db.session.merge(SteamProfile(steam_id=account + STEAM_BASE, persona=name[:100]))


def set_state(
    match_id: int,
    state: str,
    *,
    error: str = "",
    retry_count: int = 0,
    unanswered: int = 0,
    refused: Sequence[str] = (),
    played_ago: timedelta | None = None,
) -> Match:
    """Make a listed match a stub, failed or withheld one, as a sync would have; commits."""
    match = db.session.get_one(Match, match_id, populate_existing=True)
    match.state, match.source, match.fetch_error = state, None, error or None
    match.retry_count, match.unanswered = retry_count, unanswered
    match.next_attempt_at = utcnow() if state == "stub" else None
    match.last_fetch_attempt = utcnow() - timedelta(minutes=20)
    if played_ago is not None:
        match.start_time = utcnow() - played_ago
    for source in refused:
        db.session.add(
            RoundAnswer(
                match_id=match_id,
                source=source,
                answer="definite",
                detail="does not have this match",
                at=utcnow(),
            )
        )
    db.session.commit()
    return match


def fail(match_id: int, *, played_ago: timedelta | None = None) -> Match:
    error = "sequence: the answer has no players; opendota: does not have it"
    return set_state(match_id, "failed", error=error, retry_count=3, played_ago=played_ago)


def silence(match_id: int, *, played_ago: timedelta | None = None) -> Match:
    error = "opendota did not answer for this match in 8 rounds, but for others"
    return set_state(
        match_id, "failed", error=error, retry_count=1, unanswered=8, played_ago=played_ago
    )


def withhold(
    match_id: int, *, refused: Sequence[str] = (), played_ago: timedelta | None = None
) -> Match:
    steam = "does not have this match" if refused else "another match came, or none"
    error = f"sequence: {steam}; opendota: does not have it"
    return set_state(
        match_id,
        "withheld",
        error=error,
        retry_count=3,
        refused=refused,
        played_ago=played_ago,
    )


def reload(match_id: int) -> Match:
    """The match as it stands in the database now."""
    db.session.rollback()
    return db.session.scalars(
        sa.select(Match).where(Match.id == match_id).execution_options(populate_existing=True)
    ).one()
