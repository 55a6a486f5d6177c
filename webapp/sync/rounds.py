"""The retry rule: what a round's answers make of a match. Pure; see docs/architecture.md.

A round asks every applicable source once. A source that said it will never have a match is struck
out and does not count. Outages are no answers: they leave the round open and spend nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_DELAY = timedelta(hours=6)
ROUNDS = 3
SILENT_ROUNDS = 8
"""Rounds without a verdict, while the source answered for others, after which we give up."""


@dataclass(frozen=True)
class Standing:
    """What a match becomes: its state, its rounds, and when it is due (None: by a person)."""

    state: str
    retry_count: int
    unanswered: int
    next_attempt_at: datetime | None
    reason: str


def applicable(sources: Iterable[str], match_seq_num: int | None) -> tuple[str, ...]:
    """The sources that can be asked: by sequence only with a sequence number."""
    return tuple(name for name in sources if name != "sequence" or match_seq_num is not None)


def delay(retry_delay: float, rounds_before: int) -> timedelta:
    """How long after a round the next is due."""
    return min(timedelta(seconds=retry_delay * 2.0 ** min(rounds_before, 30)), LONGEST_DELAY)


def determine(
    answers: Mapping[str, tuple[str, str]],
    sources: tuple[str, ...],
    retry_count: int,
    unanswered: int,
    *,
    now: datetime,
    retry_delay: float,
) -> Standing | None:
    """What a round makes of a match, or None while it is open.

    ``answers`` maps a source to its answer (definite, absent, schema) and detail.
    """
    asked = [name for name in sources if answers.get(name, ("", ""))[0] != "definite"]
    if sources and not asked:
        return Standing("withheld", retry_count, unanswered, None, _reason(answers, sources))
    if not sources or any(name not in answers for name in asked):
        return None
    rounds = retry_count + 1
    reason = _reason(answers, sources)
    if rounds >= ROUNDS:
        unreadable = any(answers[name][0] == "schema" for name in asked)
        return Standing("failed" if unreadable else "withheld", ROUNDS, 0, None, reason)
    return Standing("stub", rounds, 0, now + delay(retry_delay, retry_count), reason)


def put_off(
    silent: Iterable[str],
    answered_others: bool,
    retry_count: int,
    unanswered: int,
    *,
    now: datetime,
    retry_delay: float,
) -> Standing:
    """What becomes of a match whose round stayed open: later again, and in the end failed."""
    missed = unanswered + 1 if answered_others else unanswered
    names = " and ".join(sorted(silent))
    if missed >= SILENT_ROUNDS:
        reason = f"{names} did not answer for this match in {SILENT_ROUNDS} rounds, but for others"
        return Standing("failed", retry_count, missed, None, reason)
    due = now + delay(retry_delay, missed)
    return Standing("stub", retry_count, missed, due, f"{names} did not answer")


def _reason(answers: Mapping[str, tuple[str, str]], sources: tuple[str, ...]) -> str:
    """The answers in words, the unreadable ones first: they are what a person can act on."""
    order = {"schema": 0, "definite": 1, "absent": 2}
    told = sorted(
        (order[answer], name, answer, detail)
        for name, (answer, detail) in answers.items()
        if name in sources
    )
    return "; ".join(f"{name}: {detail or answer}" for _, name, answer, detail in told)
