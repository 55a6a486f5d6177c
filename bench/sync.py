"""How fast a sync stores: python -m bench.sync [rounds]

Collects 10,000 ids and gets the details of 1,000 matches from services that answer at once; then
stores the same 1,000 matches by our batches and by the ORM, in turns, in batches of 25.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from bench.stage import Services, application, databases, middle, timed
from tests.factories.matches import LEAGUE
from webapp.accounts.models import SteamAccount
from webapp.core.db import db
from webapp.core.runs import services as runs
from webapp.core.runs.jobs import work, work_here
from webapp.core.runs.models import Run
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.matches import listed, store
from webapp.matches.models import Match, PlayerMatchStats, RawPayload
from webapp.sync import services as sync

IDS, DETAILS, BATCH = 10_000, 1_000, 25


def main(rounds: int) -> None:
    many, some = Services(IDS, 0), Services(DETAILS, DETAILS)
    with databases() as addresses:
        for name, url in addresses.items():
            collect = middle([_collect(url, many) for _ in range(rounds)])
            details = middle([_details(url, some) for _ in range(rounds)])
            print(f"{name}: collect {IDS / collect:,.0f} ids/s, {collect:.1f} s for {IDS:,}")
            print(f"{name}: details {DETAILS / details:,.0f} matches/s, {details:.1f} s")
            _compare(name, url, some, rounds)


def _collect(url: str, services: Services) -> float:
    """Seconds until the last page is stored: slices are worked until the phase changes."""
    with application(url, services):
        leagues.ensure(LEAGUE)
        run = runs.start(
            sync.KIND, sync.key_of(LEAGUE), league_id=LEAGUE, params={"collect": True}
        ).run
        db.session.commit()
        return timed(lambda: _until_details(run.id))


def _until_details(run_id: int) -> None:
    """The slice that ends the walk goes on to details at once: its first call is the end."""

    def look() -> Run:
        db.session.expire_all()
        return runs.get(run_id)

    try:
        while (run := look()).phase != "details" and run.is_active:
            work(run.id, run.epoch)
    except KeyError:  # no details are there to be had
        db.session.rollback()


def _details(url: str, services: Services) -> float:
    with application(url, services):
        leagues.ensure(LEAGUE)
        listed.store_listed(LEAGUE, services.rows, utcnow(), walk_started=None)
        run = sync.start_due(LEAGUE).run
        db.session.commit()
        spent = timed(lambda: work_here(run.id))
        assert runs.get(run.id).counts["detailed"] == DETAILS
        return spent


# ---- our batches beside the ORM ----------------------------------------------------------------


def _compare(name: str, url: str, services: Services, rounds: int) -> None:
    ours, orms, ratios = [], [], []
    for _ in range(rounds):
        ours.append(_store(url, services, _by_batches))
        orms.append(_store(url, services, _by_orm))
        ratios.append(orms[-1] / ours[-1])
    speeds = [DETAILS / middle(spent) for spent in (ours, orms)]
    print(
        f"{name}: stored {speeds[0]:,.0f} matches/s by batches, {speeds[1]:,.0f} by the ORM: "
        f"{middle(ratios):.1f} times as fast (of {rounds} rounds in turns)"
    )


def _store(url: str, services: Services, how: Callable[[Sequence[store.Fetched]], None]) -> float:
    with application(url):
        leagues.ensure(LEAGUE)
        listed.store_listed(LEAGUE, services.rows, utcnow(), walk_started=None)
        db.session.commit()
        fetched = [
            store.Fetched(match_id, "sequence", answer.details, answer.body)
            for match_id, answer in services.answers.items()
        ]

        def work_through() -> None:
            for start in range(0, len(fetched), BATCH):
                how(fetched[start : start + BATCH])
                db.session.commit()

        spent = timed(work_through)
        lines = db.session.scalar(sa.select(sa.func.count()).select_from(PlayerMatchStats))
        assert lines == sum(len(one.details.players) for one in fetched)
        return spent


def _by_batches(batch: Sequence[store.Fetched]) -> None:
    store.store_details(batch, utcnow(), None)


def _by_orm(batch: Sequence[store.Fetched]) -> None:
    """The same rows through objects and the unit of work, owners looked up once per batch."""
    ids = [one.match_id for one in batch]
    known = {one.id: one for one in db.session.scalars(sa.select(Match).where(Match.id.in_(ids)))}
    steam_ids = {line.steam_id for one in batch for line in one.details.players}
    owners = {
        one.steam_id: one.user_id
        for one in db.session.scalars(
            sa.select(SteamAccount).where(SteamAccount.steam_id.in_(steam_ids - {None}))
        )
    }
    lines = sa.select(PlayerMatchStats).where(PlayerMatchStats.match_id.in_(ids))
    for line in db.session.scalars(lines):
        db.session.delete(line)
    db.session.flush()
    for one in batch:
        _set_match(known[one.match_id], one)
        for player in one.details.players:
            row = {name: getattr(player, name) for name in store.LINE_COLUMNS}
            row["ability_upgrades"] = [dict(up) for up in player.ability_upgrades or ()] or None
            owner = owners.get(player.steam_id) if player.steam_id else None
            db.session.add(PlayerMatchStats(match_id=one.match_id, user_id=owner, **row))
        db.session.merge(_raw(one))


def _set_match(match: Match, one: store.Fetched) -> None:
    for name in store.DETAIL_COLUMNS:
        value = getattr(one.details, name)
        if value is not None or name not in store.KEPT_WHEN_ABSENT:
            setattr(match, name, value)
    match.picks_bans = [dict(pick) for pick in one.details.picks_bans or ()] or None
    match.state, match.source, match.detailed_at = "detailed", one.source, utcnow()
    match.next_attempt_at = None


def _raw(one: store.Fetched) -> RawPayload:
    return RawPayload(
        match_id=one.match_id,
        source=one.source,
        body=zlib.compress(one.body, 6),
        sha256=hashlib.sha256(one.body).hexdigest(),
        size=len(one.body),
        readable=True,
        fetched_at=utcnow(),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
