"""Scripted faults: which calls go wrong, and how."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from webapp.sandbox.calls import Call
from webapp.sandbox.spec import chance

ACTIONS = (
    # refusals: ``status`` (with ``retry_after``) as the service words it
    "status",
    # 200 with something else than what was asked
    *("html", "json", "empty_object", "empty_list", "empty_body", "charset", "gzip_garbage"),
    *("gzip_bomb", "oversize", "neighbour", "private", "definite", "try_later", "redirect"),
    # the connection
    *("truncated", "close", "reset", "slow", "drip", "drip_head"),
    # pages of history and id lists
    *("empty_page", "repeat_page", "page_of_one", "remaining_zero", "remaining_high"),
    *("shuffled", "duplicates"),
)


@dataclass(frozen=True)
class Rule:
    """Calls that match go wrong by ``action``, one of ``ACTIONS``, until the rule is cleared.

    Which calls: those of ``source`` (a source's or service's name, or a pattern such as ``*``),
    naming one of ``ids`` (any, if empty); of these the ``nth`` (counted from 1; all, if empty),
    each with probability ``chance`` (seeded), at most ``count`` times.
    How: ``status`` and ``retry_after`` for refusals; ``seconds`` before the answer (``slow``) or
    between bytes (``drip``); ``size`` in bytes (``oversize``, ``gzip_bomb``); ``body`` as it
    stands (``html``, ``json``, and ``definite`` or ``try_later`` as the message); ``location``.
    """

    action: str
    source: str = "*"
    ids: tuple[int, ...] = ()
    nth: tuple[int, ...] = ()
    chance: float = 1.0
    seed: int = 1
    count: int | None = None
    status: int = 503
    retry_after: float | None = None
    seconds: float = 1.0
    size: int = 6_000_000
    body: str = ""
    location: str = "http://elsewhere.invalid/"

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"no fault is called {self.action!r}")

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Rule:
        """A rule from JSON.

        Raises:
            ValueError: a field is unknown, or the action is.
        """
        unknown = given.keys() - {one.name for one in fields(cls)}
        if unknown or "action" not in given:
            raise ValueError(f"a rule takes an action and no {sorted(unknown)}")
        values = dict(given)
        for name in ("ids", "nth"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)


@dataclass
class _Set:
    """A rule in force, with how often it was met and used."""

    number: int
    rule: Rule
    rng: random.Random
    met: int = 0
    used: int = 0

    def takes(self, call: Call) -> bool:
        rule = self.rule
        if rule.count is not None and self.used >= rule.count:
            return False
        named = (call.source, call.service)
        if not any(fnmatchcase(name, rule.source) for name in named):
            return False
        if rule.ids and call.ids.isdisjoint(rule.ids):
            return False
        self.met += 1
        if rule.nth and self.met not in rule.nth:
            return False
        if rule.chance < 1 and self.rng.random() >= rule.chance:
            return False
        self.used += 1
        return True


class Faults:
    """The rules in force; the first that takes a call decides. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sets: list[_Set] = []
        self._next = 1

    def add(self, action: str, source: str = "*", **how: Any) -> int:
        """Put a rule in force; returns its number. Fields as in ``Rule``."""
        return self.put(Rule.from_dict({"action": action, "source": source} | how))

    def put(self, rule: Rule) -> int:
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._sets.append(_Set(number, rule, chance(rule.seed, rule.source, rule.action)))
            return number

    def clear(self, number: int | None = None) -> None:
        """Take one rule back, or all."""
        with self._lock:
            self._sets = [one for one in self._sets if number not in (None, one.number)]

    def match(self, call: Call) -> Rule | None:
        with self._lock:
            return next((one.rule for one in self._sets if one.takes(call)), None)

    def in_force(self) -> list[dict[str, Any]]:
        """The rules with ``number``, ``met`` and ``used``."""
        with self._lock:
            return [
                {"number": one.number, "met": one.met, "used": one.used} | asdict(one.rule)
                for one in self._sets
            ]
