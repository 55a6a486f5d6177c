"""A league longer than Steam's list reaches comes in whole, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.conftest import ON_BOTH
from tests.sync.compare import assert_equals_truth, stored, true_states
from tests.sync.conftest import BIG, LEAGUE, Sync
from webapp.core.db import db
from webapp.matches import services as matches
from webapp.matches.models import RawPayload
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import WorldSpec


@pytest.fixture
def spec() -> WorldSpec:
    return BIG


@ON_BOTH
def test_a_league_of_731_equals_the_truth_and_a_second_sync_changes_nothing(
    sync: Sync, sandbox: Sandbox
) -> None:
    run = sync()
    assert run.state == "succeeded", run.note
    assert run.counts["new"] == 731
    assert_equals_truth(sandbox.world, LEAGUE)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RawPayload)) == 729

    sync(), sync()
    states = {match_id: match["state"] for match_id, match in stored(LEAGUE).items()}
    assert states == true_states(sandbox.world, LEAGUE)
    before = stored(LEAGUE)

    sandbox.calls.reset()
    again = sync()
    assert (again.state, again.note) == ("succeeded", "Nothing new.")
    assert len(sandbox.calls.all()) == 1
    assert stored(LEAGUE) == before
    assert matches.counts(LEAGUE) == {
        "total": 731,
        "stub": 0,
        "detailed": 729,
        "failed": 0,
        "withheld": 2,
    }


class Transactions:
    """The statements of each transaction of one engine, with how many rows each was given."""

    def __init__(self) -> None:
        self.ended: list[list[tuple[str, int]]] = []
        self._open: list[tuple[str, int]] = []

    def statement(
        self, _c: object, _cursor: object, text: str, given: object, *more: object
    ) -> None:
        many = more[-1]
        self._open.append((text, len(given) if many else 1))  # type: ignore[arg-type]

    def end(self, _connection: object) -> None:
        self.ended.append(self._open)
        self._open = []

    def give_up(self, _connection: object) -> None:
        """What only read is rolled back: it is no part of the transaction that follows."""
        self._open = []


@pytest.fixture
def transactions(app: Flask) -> Iterator[Transactions]:
    seen = Transactions()
    sa.event.listen(db.engine, "before_cursor_execute", seen.statement)
    sa.event.listen(db.engine, "commit", seen.end)
    sa.event.listen(db.engine, "rollback", seen.give_up)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", seen.statement)
    sa.event.remove(db.engine, "commit", seen.end)
    sa.event.remove(db.engine, "rollback", seen.give_up)


def test_a_match_stored_costs_at_most_two_fifths_of_a_statement(
    sync: Sync, transactions: Transactions
) -> None:
    sync()
    full = [
        statements
        for statements in transactions.ended
        if any(text.startswith("INSERT INTO raw_payload") and n == 25 for text, n in statements)
    ]
    assert len(full) >= 10
    for statements in full:
        assert len(statements) / 25 <= 0.4, [text[:60] for text, _ in statements]
