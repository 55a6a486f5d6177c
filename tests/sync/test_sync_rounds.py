"""The retry rule of design and promise 4, as pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.sync.rounds import applicable, delay, determine, put_off

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BOTH = ("sequence", "opendota")


def answers(**told: str) -> dict[str, tuple[str, str]]:
    return {name: (answer, f"{answer} indeed") for name, answer in told.items()}


def judge(told: dict[str, tuple[str, str]], retry_count: int = 0, sources: tuple[str, ...] = BOTH):
    return determine(told, sources, retry_count, 0, now=NOW, retry_delay=60)


def test_a_round_is_open_until_every_applicable_source_gave_a_verdict() -> None:
    assert judge({}) is None
    assert judge(answers(sequence="absent")) is None


def test_a_full_round_counts_once_and_is_due_again_later() -> None:
    standing = judge(answers(sequence="absent", opendota="absent"))
    assert standing is not None
    assert (standing.state, standing.retry_count) == ("stub", 1)
    assert standing.next_attempt_at == NOW + timedelta(seconds=60)


def test_the_second_round_is_due_after_twice_the_delay() -> None:
    standing = judge(answers(sequence="absent", opendota="absent"), retry_count=1)
    assert standing is not None
    assert standing.next_attempt_at == NOW + timedelta(seconds=120)


def test_the_third_round_without_a_trace_makes_a_match_withheld() -> None:
    standing = judge(answers(sequence="absent", opendota="absent"), retry_count=2)
    assert standing is not None
    assert (standing.state, standing.retry_count, standing.next_attempt_at) == ("withheld", 3, None)


def test_the_third_round_with_something_unreadable_makes_a_match_failed() -> None:
    standing = judge(answers(sequence="schema", opendota="absent"), retry_count=2)
    assert standing is not None
    assert standing.state == "failed"
    assert standing.reason.startswith("sequence: schema indeed")


def test_a_struck_out_source_does_not_count() -> None:
    standing = judge(answers(sequence="definite", opendota="absent"))
    assert standing is not None
    assert (standing.state, standing.retry_count) == ("stub", 1)


def test_a_match_whose_every_source_is_struck_out_is_withheld_at_once() -> None:
    standing = judge(answers(sequence="definite", opendota="definite"))
    assert standing is not None
    assert (standing.state, standing.retry_count) == ("withheld", 0)


def test_without_a_sequence_number_only_the_others_are_asked() -> None:
    assert applicable(BOTH, None) == ("opendota",)
    assert applicable(BOTH, 7) == BOTH
    assert judge(answers(opendota="absent"), sources=("opendota",)) is not None


def test_a_match_nobody_can_be_asked_about_stays_open() -> None:
    assert judge({}, sources=()) is None


@pytest.mark.parametrize(("rounds", "seconds"), [(0, 60), (1, 120), (4, 960), (40, 6 * 3600)])
def test_the_delay_doubles_up_to_six_hours(rounds: int, seconds: int) -> None:
    assert delay(60, rounds) == timedelta(seconds=seconds)


def test_silence_spends_no_round() -> None:
    standing = put_off(["opendota"], True, 1, 0, now=NOW, retry_delay=60)
    assert (standing.state, standing.retry_count, standing.unanswered) == ("stub", 1, 1)


def test_silence_of_a_source_that_answers_nobody_is_not_held_against_the_match() -> None:
    assert put_off(["opendota"], False, 0, 7, now=NOW, retry_delay=60).unanswered == 7


def test_eight_silent_rounds_while_others_were_answered_make_a_match_failed() -> None:
    standing = put_off(["opendota"], True, 0, 7, now=NOW, retry_delay=60)
    assert standing.state == "failed"
    assert "8 rounds" in standing.reason
