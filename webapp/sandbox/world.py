"""The stand-in's world: what exists, what time it is there, and what a test changes in it."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from typing import Any

from webapp.sandbox.calendar import Calendar, League, found_league, make_odd
from webapp.sandbox.cup import Cup
from webapp.sandbox.cup_plan import found_cup
from webapp.sandbox.game import Game, play
from webapp.sandbox.match import Match, Numbers, seq_at
from webapp.sandbox.neighbour import NEIGHBOUR_EVERY, neighbour
from webapp.sandbox.people import OWNED_NAMES
from webapp.sandbox.spec import WorldSpec
from webapp.sandbox.truth import truth_of

REACH = 500
"""History reaches so many of the newest matches of a league or an account."""


class World:
    """Everything the stand-in knows. Thread-safe; the same spec makes the same world."""

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self.details = spec.details
        self._lock = threading.RLock()
        self._numbers = Numbers()
        self._calendar = Calendar(spec, self._numbers)
        self._ahead = 0.0
        self._slot = 0
        self._games: dict[int, Game] = {}
        self._asked: Counter[tuple[str, int]] = Counter()
        self.leagues = [
            (found_cup if one.cup else found_league)(one, index, spec.seed)
            for index, one in enumerate(spec.leagues)
        ]
        self._growing = [one for one in self.leagues if not one.spec.cup]
        self.names = dict(OWNED_NAMES)
        self.private_accounts: set[int] = set()
        self.served: dict[int, set[int]] = {}
        self._matches: dict[int, Match] = {}
        self._by_seq: list[tuple[int, int]] = []
        for league in self.leagues:
            self.names |= league.names
            self._include(self._calendar.played(league))
            self.private_accounts |= set(league.agents[:2])
            if not spec.grow:
                self._include(self._calendar.live(league))
        cups = [one for one in self.leagues if one.spec.cup]
        self.cup = Cup(cups[0], spec, self._numbers) if cups else None
        self._include(self.cup.opened(spec.now) if self.cup else [])

    def now(self) -> float:
        """The world's time, Unix seconds: the real one if it grows, else where it stands."""
        return (time.time() if self.spec.grow else self.spec.now) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once; live games end and are listed."""
        with self._lock:
            self._ahead += seconds

    # What there is

    def league(self, league_id: int) -> League | None:
        return next((one for one in self.leagues if one.spec.league_id == league_id), None)

    def finished(self, league_id: int | None = None) -> list[Match]:
        """The matches that are over, newest id first; removed ones are not among them."""
        now = self.now()
        found = [
            one
            for one in self._all()
            if one.end <= now and not one.unlisted and league_id in (None, one.league_id)
        ]
        return sorted(found, key=lambda one: -one.match_id)

    def live(self, league_id: int | None = None) -> list[Match]:
        """The games in progress, oldest first."""
        now = self.now()
        found = (one for one in self._all() if one.live_since <= now < one.end)
        return sorted(
            (one for one in found if league_id in (None, one.league_id)),
            key=lambda one: one.match_id,
        )

    def match(self, match_id: int) -> Match | None:
        """The match with this id, live and unlisted ones included."""
        with self._lock:
            self._grow()
            return self._matches.get(match_id)

    def id_at_seq(self, seq: int) -> int | None:
        """Which match of a league has exactly this sequence number."""
        with self._lock:
            place = bisect_left(self._by_seq, (seq, 0))
            found = self._by_seq[place : place + 1]
            return found[0][1] if found and found[0][0] == seq else None

    def reachable(self, league_id: int | None, account_id: int | None = None) -> list[Match]:
        """What history pages are cut from, hidden matches still among them; newest first."""
        found = self.finished(league_id)
        if account_id is not None:
            found = [
                one for one in found if account_id in (one.account(slot) for slot in one.slots)
            ]
        return found[:REACH]

    def from_seq(self, seq: int, count: int) -> list[Match]:
        """The first ``count`` matches with a sequence number of at least ``seq``, ascending.

        Where a league's match is missing or withheld, some neighbour of another league comes.
        """
        found: list[Match] = []
        newest = seq_at(self.now())
        while len(found) < count:
            ours, other = self._next_of_leagues(seq), -(-seq // NEIGHBOUR_EVERY) * NEIGHBOUR_EVERY
            if ours and (ours.match_seq_num < other or other > newest):
                found.append(ours)
            elif other <= newest:
                found.append(neighbour(self.spec.seed, other))
            else:
                break
            seq = found[-1].match_seq_num + 1
        return found

    def game(self, match: Match) -> Game:
        """The figures of a match, made once."""
        with self._lock:
            if match.match_id not in self._games:
                self._games[match.match_id] = play(match, self.spec.seed)
            return self._games[match.match_id]

    def truth(self, league_id: int) -> dict[int, dict[str, Any]]:
        """Every finished match of a league by id, as it really was; see ``truth.truth_of``."""
        reach = {one.match_id for one in self.reachable(league_id) if not one.hidden}
        return {
            one.match_id: truth_of(one, self.game(one), one.match_id in reach)
            for one in self.finished(league_id)
        }

    def cup_truth(self) -> dict[str, Any] | None:
        """How the cup truly goes to its end; see ``Cup.truth``. None where there is none."""
        with self._lock:
            self._grow()
            return self.cup.truth() if self.cup else None

    def note_served(self, league_id: int, ids: Iterable[int]) -> None:
        """Remember that a whole answer naming these ids left: nothing of it may be lost."""
        with self._lock:
            self.served.setdefault(league_id, set()).update(ids)

    def still_fails(self, source: str, match: Match) -> bool:
        """Whether this call is one of the first that fail; counts it."""
        with self._lock:
            self._asked[source, match.match_id] += 1
            return self._asked[source, match.match_id] <= match.fails

    # What a test changes

    def add_match(
        self, league_id: int, *, below: int | None = None, odd: str = "", **traits: Any
    ) -> int:
        """A match that appears now; returns its id.

        It started before the match ``below`` (default: the newest listed), so its id is lower,
        and ended just now, so its sequence number is higher than any. ``traits`` are fields of
        ``Match`` to set: ``hidden=True``, ``fails=3``, ``patch={...}``.
        """
        with self._lock:
            league = self.league(league_id)
            if league is None:
                raise KeyError(league_id)
            known = self._matches.get(below) if below else None
            newest = known or next(iter(self.finished(league_id)), None)
            start = (newest.start if newest else int(self.now()) - 3_600) - 60
            match = self._calendar.late(league, start, int(self.now()), len(self._matches))
            make_odd(match, odd)
            self.change(match, **traits)
            self._include([match])
            return match.match_id

    def change(self, match: Match | int, **traits: Any) -> None:
        """Set fields of a match: ``hidden``, ``withheld``, ``unlisted``, ``fails``, ``patch``..."""
        with self._lock:
            found = self._matches[match] if isinstance(match, int) else match
            for name, value in traits.items():
                if not hasattr(found, name):
                    raise AttributeError(name)
                setattr(found, name, value)
            self._games.pop(found.match_id, None)

    def remove(self, match_id: int) -> None:
        """No service lists the match any more; asked by id it still answers."""
        self.change(match_id, unlisted=True)

    def end_live(self) -> int:
        """The cup's live game ends now, and what is to come comes sooner; returns its match's id.

        Where it has hardly begun, time passes until it is a game.

        Raises:
            ValueError: no game of a cup is live.
        """
        with self._lock:
            self._grow()
            if self.cup is None:
                raise ValueError("no league of this world has a cup")
            match, over = self.cup.end_live(self.now())
            self._by_seq = [row for row in self._by_seq if row[1] != match.match_id]
            self._games.pop(match.match_id, None)
            self._include([match])
            self.advance(max(0.0, over - self.now()))
            return match.match_id

    def _all(self) -> Iterable[Match]:
        with self._lock:
            self._grow()
            return list(self._matches.values())

    def _grow(self) -> None:
        """Add the games that have started since somebody last looked."""
        now = self.now()
        if self.cup:
            self._include(self.cup.opened(now))
        if not self.spec.grow or not self._growing:
            return
        while self._calendar.slot_start(self._slot) <= now:
            self._include([self._calendar.growth(self._slot, self._growing)])
            self._slot += 1

    def _include(self, matches: list[Match]) -> None:
        if not matches:
            return
        self._matches |= {one.match_id: one for one in matches}
        self._by_seq += [(one.match_seq_num, one.match_id) for one in matches]
        self._by_seq.sort()

    def _next_of_leagues(self, seq: int) -> Match | None:
        with self._lock:
            self._grow()
            now = self.now()
            for place in range(bisect_left(self._by_seq, (seq, 0)), len(self._by_seq)):
                match = self._matches[self._by_seq[place][1]]
                if not match.withheld and match.end <= now:
                    return match
            return None
