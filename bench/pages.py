"""How fast pages and Relink are when much is stored: python -m bench.pages [rounds]

100,000 matches, the newest 10,000 of them with 100,000 lines of 10,000 players, who are all people
here. Pages are asked for within one process, as an admin or as nobody; Relink is the whole run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.stage import application, databases, middle, timed
from tests.browsers import add_person, sign_in
from tests.factories.matches import LEAGUE
from webapp.accounts.models import SteamAccount, User
from webapp.core.db import db
from webapp.core.runs.jobs import work_here
from webapp.core.time import utcnow
from webapp.leagues import services as leagues
from webapp.matches import services as matches
from webapp.matches.models import Match, PlayerMatchStats

MATCHES, WITH_LINES, PLAYERS = 100_000, 10_000, 10_000
FIRST_PERSON = 1_000_000
FIRST_ID, FIRST_STEAM_ID = 8_000_000_000, 76_561_197_960_265_729
STATES = ("detailed",) * 96 + ("stub", "stub", "failed", "withheld")
PAGES = {
    "home": "/",
    "league": f"/leagues/{LEAGUE}",
    "matches": "/matches/",
    "matches of a league": f"/leagues/{LEAGUE}/matches",
    "failed matches": "/matches/?state=failed",
    "matches of a player": f"/matches/?player={FIRST_STEAM_ID}",
    "matches of a hero": "/matches/?hero=7",
    "one match": f"/matches/{FIRST_ID + MATCHES - 1}",
    "a player": f"/players/{FIRST_STEAM_ID}",
    "failed and withheld": "/failed",
}


def main(rounds: int) -> None:
    with databases() as addresses:
        for name, url in addresses.items():
            with application(url) as app:
                print(f"{name}: filled in {timed(_fill):.0f} s")
                _relink(name, rounds)
                _time_pages(name, sign_in(app, add_person("admin")), rounds)


def _fill() -> None:
    leagues.ensure(LEAGUE)
    _insert(User, map(_person, range(PLAYERS)))
    _insert(SteamAccount, map(_account, range(PLAYERS)))
    _insert(Match, map(_match, range(MATCHES)))
    _insert(PlayerMatchStats, _lines())
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()


def _insert(model: type[object], rows: Iterator[dict[str, object]]) -> None:
    """Rows in portions, by the table itself: nothing listens, so no line is linked yet."""
    while portion := [row for _, row in zip(range(5000), rows, strict=False)]:
        db.session.execute(sa.insert(model.__table__), portion)  # type: ignore[attr-defined]
        db.session.commit()


def _person(n: int) -> dict[str, object]:
    number = FIRST_PERSON + n
    return {"id": number, "discord_id": number, "name": f"Player {n}", "created_at": utcnow()}


def _account(n: int) -> dict[str, object]:
    who = {"steam_id": FIRST_STEAM_ID + n, "user_id": FIRST_PERSON + n}
    return {**who, "is_main": True, "added_at": utcnow()}


def _match(n: int) -> dict[str, object]:
    state = STATES[n % len(STATES)]
    return {
        "id": FIRST_ID + n,
        "league_id": LEAGUE,
        "state": state,
        "source": "sequence" if state == "detailed" else None,
        "match_seq_num": 7_000_000_000 + n,
        "start_time": utcnow() - timedelta(minutes=MATCHES - n),
        "duration": 1800 + n % 1800,
        "radiant_win": bool(n % 2),
        "series_id": n // 3,
        "radiant_team_id": 100 + n % 16,
        "dire_team_id": 100 + (n + 5) % 16,
        "radiant_name": f"Team {n % 16}",
        "dire_name": f"Team {(n + 5) % 16}",
        "next_attempt_at": utcnow() if state == "stub" else None,
        "fetch_error": "sequence: another match came" if state in matches.RETRIED else None,
        "created_at": utcnow(),
    }


def _lines() -> Iterator[dict[str, object]]:
    for n in range(MATCHES - WITH_LINES, MATCHES):
        for seat in range(10):
            player = (n * 7 + seat * 991) % PLAYERS
            yield {
                "match_id": FIRST_ID + n,
                "player_slot": seat if seat < 5 else 123 + seat,
                "steam_id": FIRST_STEAM_ID + player,
                "account_id": player + 1,
                "hero_id": 1 + (n + seat * 11) % 120,
                "kills": seat,
                "deaths": 10 - seat,
                "assists": n % 20,
            }


def _relink(name: str, rounds: int) -> None:
    spent = []
    for _ in range(rounds):
        db.session.execute(sa.update(PlayerMatchStats).values(user_id=None))
        run = matches.start_relink().run
        db.session.commit()
        spent.append(timed(lambda run_id=run.id: work_here(run_id)))  # type: ignore[misc]
    linked = sa.select(sa.func.count()).where(PlayerMatchStats.user_id.is_not(None))
    assert db.session.scalar(linked) == WITH_LINES * 10
    db.session.rollback()
    print(
        f"{name}: relinked {WITH_LINES * 10:,} lines of {PLAYERS:,} players "
        f"in {MATCHES:,} matches in {middle(spent):.1f} s"
    )


def _time_pages(name: str, client: FlaskClient, rounds: int) -> None:
    for what, address in PAGES.items():
        assert client.get(address).status_code == 200, address
        spent = [timed(lambda at=address: client.get(at)) for _ in range(5 * rounds)]  # type: ignore[misc]
        print(f"{name}: {what}: {1000 * middle(spent):.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
