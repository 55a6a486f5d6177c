"""Why a match has no details, told from what is stored of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.matches import reasons

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


@dataclass
class Tried:
    state: str
    unanswered: int = 0


def test_each_way_to_fail_has_its_own_reason() -> None:
    assert reasons.reason_key(Tried("failed"), refused=False) == "unreadable"
    assert reasons.reason_key(Tried("failed", 8), refused=True) == "silent"
    assert reasons.reason_key(Tried("withheld"), refused=True) == "never"
    assert reasons.reason_key(Tried("withheld"), refused=False) == "absent"


def test_the_silent_source_is_named() -> None:
    one = "opendota did not answer for this match in 8 rounds, but for others"
    assert reasons.title_of("silent", one) == "OpenDota answers others, but not this one"
    two = "opendota and sequence did not answer for this match in 8 rounds, but for others"
    assert (
        reasons.title_of("silent", two)
        == "OpenDota and Steam, by sequence answer others, but not this one"
    )
    assert reasons.title_of("silent", None) == reasons.REASONS["silent"]


def test_sources_and_bare_answers_are_told_in_words() -> None:
    stored = "sequence: the answer has no players; opendota: absent; details: definite"
    assert reasons.detail_of(stored) == (
        "Steam, by sequence: the answer has no players; OpenDota: does not have it; "
        "Steam, by match id: will never have it"
    )
    assert reasons.detail_of("opendota did not answer") == "OpenDota did not answer"
    assert reasons.detail_of(None) == ""


def test_what_nobody_knows_stands_as_it_came() -> None:
    assert reasons.detail_of("elsewhere: it is raining") == "elsewhere: it is raining"


def test_the_nightly_walk_comes_by_for_a_week_where_there_is_a_timetable() -> None:
    young, old = NOW - timedelta(days=6, hours=23), NOW - timedelta(days=7, hours=1)
    assert reasons.next_try(young, nightly=True, now=NOW) == "tonight 04:00 UTC"
    assert reasons.next_try(old, nightly=True, now=NOW) == "by a person"
    assert reasons.next_try(young, nightly=False, now=NOW) == "by a person"
