"""How fast suggestions and searches by players are with 10,000 and with 100,000 matches stored.

A league in which every team plays two games on every evening: 500 games a player in the smaller
one, 2,000 in the larger. Both are asked in turns, so that whatever else the machine does slows
both alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import aliased, defer

from bench.stage import application, middle, timed
from tests.factories.tournaments import add_team, make_tournament
from tests.servers import postgres
from webapp.accounts.steam_ids import BASE
from webapp.bracket.generation import generate_bracket
from webapp.bracket.suggestion_view import suggestions_for
from webapp.bracket.sure_links import sure_for_series
from webapp.core.db import db
from webapp.core.time import utcnow
from webapp.matches import find
from webapp.matches.models import Match, PlayerMatchStats
from webapp.tournaments.models import Game, Series

LEAGUE = 17929
FIRST_ID = 8_000_000_000
BRACKET_TEAMS = 8
COLUMNS = ("match_id", "player_slot", "steam_id", "account_id", "hero_id", "kills", "deaths")
PLAIN = "player_match_stats_plain"


@dataclass(frozen=True, slots=True)
class Size:
    """A league of so many teams and days."""

    name: str
    teams: int
    days: int

    @property
    def matches(self) -> int:
        return self.teams * self.days


SMALL, LARGE = Size("10,000", 40, 250), Size("100,000", 100, 1000)


def main(which: str, rounds: int) -> None:
    with ExitStack() as stack:
        addresses = {"sqlite": ["", ""], "postgresql": []}[which]
        if which == "postgresql":
            addresses = stack.enter_context(_two_databases())
        apps = [
            (size, stack.enter_context(application(url)))
            for size, url in zip((SMALL, LARGE), addresses, strict=True)
        ]
        for size, app in apps:
            with app.app_context():
                print(f"{which}: {size.name} filled in {timed(lambda one=size: _fill(one)):.0f} s")  # type: ignore[misc]
        _compare(which, apps, rounds, _asked)
        for _, app in apps:
            with app.app_context():
                db.session.execute(sa.update(Series).values(scheduled_at=None))
                db.session.commit()
        _compare(which, apps, rounds, _asked_without_times)
        _against_plain(which, apps[1][1], rounds)


@contextmanager
def _two_databases() -> Iterator[list[str]]:
    with postgres() as server:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in ("small", "large"):
                connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        base = server.rsplit("/", 1)[0]
        yield [f"{base}/small", f"{base}/large"]


# ---- what is stored ------------------------------------------------------------------------------


def _fill(size: Size) -> None:
    tournament = make_tournament(0, LEAGUE, format="round_robin", best_of=2, auto_link="sure")
    for team in range(BRACKET_TEAMS):
        add_team(tournament, f"Team {team}", _players(team))
    db.session.commit()
    generate_bracket(tournament.id, "random")
    _schedule(tournament.id, size)
    _copy("match", MATCH_COLUMNS, _matches(size))
    _copy("player_match_stats", COLUMNS, _lines(size))
    _tidy()


def _tidy() -> None:
    """What a database does by itself after so many rows, done now."""
    postgres_like = db.engine.dialect.name == "postgresql"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not postgres_like:
            connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM ANALYZE" if postgres_like else "ANALYZE")


def _players(team: int) -> list[int]:
    """Five whose steamids say nothing of their team."""
    return sorted(BASE + 1 + (team * 5 + seat) * 7919 % 10_007 for seat in range(5))


def _pairs(size: Size, day: int) -> list[tuple[int, int]]:
    """Everybody plays: a round of a round robin by the circle."""
    turn = day % (size.teams - 1)
    ring = list(range(1, size.teams))
    line = [0, *ring[turn:], *ring[:turn]]
    return [(line[at], line[-1 - at]) for at in range(size.teams // 2)]


def _games(size: Size) -> Iterator[tuple[int, int, int, int, int]]:
    """In the order of their start: number, day, game, and the two teams."""
    number = 0
    for day in range(size.days):
        for game in (0, 1):
            for pair in _pairs(size, day):
                yield number, day, game, *pair
                number += 1


MATCH_COLUMNS = (
    *("id", "league_id", "pinned", "state", "source", "start_time", "duration", "radiant_win"),
    *("radiant_score", "dire_score", "series_id", "series_type", "retry_count", "unanswered"),
    "created_at",
)
START = utcnow().replace(hour=18, minute=0, second=0, microsecond=0)


def _matches(size: Size) -> Iterator[tuple[Any, ...]]:
    first = START - timedelta(days=size.days + 1)
    for number, day, game, one, other in _games(size):
        start = first + timedelta(days=day, hours=game, seconds=number % 900)
        series = day * 1000 + min(one, other)
        yield (
            *(FIRST_ID + number, LEAGUE, False, "detailed", "sequence", start, 2400),
            *((number + day) % 3 > 0, 40, 30, series, 3, 0, 0, start),
        )


def _lines(size: Size) -> Iterator[tuple[Any, ...]]:
    for number, _, _, one, other in _games(size):
        for seat, steam_id in enumerate((*_players(one), *_players(other))):
            slot = seat if seat < 5 else 123 + seat
            hero = 1 + (number + seat) % 120
            yield FIRST_ID + number, slot, steam_id, steam_id - BASE, hero, seat, 10 - seat


def _schedule(tournament_id: int, size: Size) -> None:
    """Every series on the last evening on which its teams met."""
    first = START - timedelta(days=size.days + 1)
    met = {frozenset(pair): day for day in range(size.days) for pair in _pairs(size, day)}
    number = {f"Team {team}": team for team in range(BRACKET_TEAMS)}
    from webapp.tournaments.models import Team  # noqa: PLC0415

    names = {team.id: number[team.name] for team in db.session.scalars(sa.select(Team))}
    for series in db.session.scalars(
        sa.select(Series).where(Series.tournament_id == tournament_id)
    ):
        pair = frozenset({names[series.team_a_id or 0], names[series.team_b_id or 0]})
        series.scheduled_at = first + timedelta(days=met[pair])
    db.session.commit()


def _copy(table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    """Many rows as fast as each database takes them."""
    connection = db.session.connection()
    raw = connection.connection.dbapi_connection
    assert raw is not None
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        while portion := [tuple(map(_plain, row)) for row in islice(rows, 20_000)]:
            raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", portion)
    db.session.commit()


def _plain(value: Any) -> Any:
    """A time as SQLAlchemy writes it on SQLite."""
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


# ---- what is asked -------------------------------------------------------------------------------


Questions = dict[str, Callable[[], object]]


def _asked_without_times() -> Questions:
    games = list(db.session.scalars(sa.select(Game.id).order_by(Game.id)))
    turn = iter(range(10**9))
    return {
        "suggestions of a game without a time": lambda: suggestions_for(
            games[next(turn) * 7 % len(games)]
        )
    }


def _asked() -> Questions:
    games = list(db.session.scalars(sa.select(Game.id).order_by(Game.id)))
    series = list(db.session.scalars(sa.select(Series.id).order_by(Series.id)))
    turn = iter(range(10**9))

    def suggest() -> object:
        found = suggestions_for(games[next(turn) * 7 % len(games)])
        assert found[0].overlap == 10, found[:1]
        return found

    def together(*, require_all: bool) -> object:
        page = find.by_players(
            _players(3), require_all=require_all, league_id=None, after=None, limit=50
        )
        assert len(page.matches) == 50
        return page

    return {
        "a game's suggestions": suggest,
        "sure links of a series": lambda: sure_for_series(series[next(turn) * 3 % len(series)]),
        "newest 50 matches of all of five players": lambda: together(require_all=True),
        "newest 50 matches of any of five players": lambda: together(require_all=False),
    }


def _compare(
    which: str, apps: list[tuple[Size, Flask]], rounds: int, ask: Callable[[], Questions]
) -> None:
    asked = []
    for _, app in apps:
        with app.app_context():
            asked.append(ask())
            db.session.rollback()
    for what in asked[0]:
        spent: list[list[float]] = [[], []]
        most = 0
        for turn in range(10 * rounds + 1):
            for at, (_, app) in enumerate(apps):
                with app.app_context():
                    took, statements = _measured(asked[at][what])
                if turn:  # the first fills the caches
                    spent[at].append(took)
                    most = max(most, statements)
        small, large = map(middle, spent)
        print(
            f"{which}: {what}: {1000 * small:.1f} ms with 10,000, {1000 * large:.1f} ms with "
            f"100,000, ratio {large / small:.2f}, at most {most} statements"
        )


def _measured(work: Callable[[], object]) -> tuple[float, int]:
    """How long it took and how many statements; the session is new each time."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    db.session.connection()
    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        return timed(work), len(seen)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
        db.session.remove()


# ---- against one join per player, without the index ----------------------------------------------


def _against_plain(which: str, app: Flask, rounds: int) -> None:
    """All matches of ten players, objects loaded: ours, and joins without the index."""
    players = _players(3) + _players(4)
    with app.app_context():
        _make_plain()
        ours, joins = [], []
        assert _all_of(players) == _joined(players) != []  # and the caches are warm
        for _ in range(max(2, rounds)):
            took, _ = _measured(lambda: _all_of(players))
            ours.append(took)
            took, _ = _measured(lambda: _joined(players))
            joins.append(took)
        print(
            f"{which}: all {len(_all_of(players))} matches of ten players: "
            f"{1000 * middle(ours):.1f} ms, by joins without the index "
            f"{1000 * middle(joins):.0f} ms, ratio {middle(joins) / middle(ours):.0f}"
        )


def _make_plain() -> None:
    db.session.execute(sa.text(f"CREATE TABLE {PLAIN} AS SELECT * FROM player_match_stats"))
    db.session.execute(sa.text(f"CREATE INDEX ix_plain_match ON {PLAIN} (match_id, player_slot)"))
    db.session.commit()
    _tidy()


def _all_of(players: list[int]) -> list[int]:
    ids, after = [], None
    while True:
        page = find.by_players(players, require_all=True, league_id=None, after=after, limit=100)
        ids += [match.id for match in page.matches]
        after = page.next
        if after is None:
            return ids


def _joined(players: list[int]) -> list[int]:
    plain = sa.table(PLAIN, sa.column("match_id"), sa.column("steam_id"))
    query = sa.select(Match).order_by(Match.id.desc())
    for steam_id in players:
        line = aliased(plain)
        query = query.join(line, sa.and_(line.c.match_id == Match.id, line.c.steam_id == steam_id))
    found = list(db.session.scalars(query))
    lines = sa.select(PlayerMatchStats).where(
        PlayerMatchStats.match_id.in_([match.id for match in found])
    )
    assert len(db.session.scalars(lines.options(defer(PlayerMatchStats.ability_upgrades))).all())
    return [match.id for match in found]
