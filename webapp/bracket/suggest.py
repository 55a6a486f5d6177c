"""Which Steam matches could be a game, best first, and why: plain facts in, suggestions out.

No database and no clock: ``facts`` gathers what is weighed here. Anonymous players are unknown,
never absent; a match that is only listed has players, but neither a duration nor a winner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from webapp.bracket import reasons
from webapp.bracket.evening import NOWHERE, Place, places
from webapp.bracket.known import Candidate, Facts, Linked, SeriesFacts, Side, doubt
from webapp.bracket.seats import Reading, Stranger, Tick, read, teams_agree

Tier = Literal["all_players", "captains_plus", "captains_only", "partial"]
TIERS: tuple[Tier, ...] = ("all_players", "captains_plus", "captains_only", "partial")

CAPTAINS_PLUS = 6
MEETING_FROM = 3
"""Players seen from which a match of both rosters counts as a meeting of the teams."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A match that could be the game.

    ``overlap`` counts the expected players who were there or were stood in for. ``opposite``: the
    rosters faced each other, unmixed. ``sides_swapped``: team a was Dire. ``teams_agree``: Steam's
    team ids are these teams' (None: not known). ``minutes`` from the scheduled start; negative is
    before it. ``order``: which of the games of one sitting it was, from 1. ``taken``: it is linked
    to another game. ``doubt`` says why it is hardly a game at all.
    """

    match_id: int
    start_time: datetime | None
    duration: int | None
    state: str
    overlap: int
    expected: int
    tier: Tier
    opposite: bool
    sides_swapped: bool
    seen_a: int
    seen_b: int
    anonymous: int
    teams_agree: bool | None
    minutes: int | None
    same_series: bool
    order: int | None
    ticks_a: tuple[Tick, ...]
    ticks_b: tuple[Tick, ...]
    strangers: tuple[Stranger, ...] = ()
    taken: Linked | None = None
    doubt: str | None = None
    dismissed: bool = False
    reasons: tuple[str, ...] = ()

    @property
    def overlap_percent(self) -> int:
        return round(100 * self.overlap / self.expected) if self.expected else 0

    @property
    def radiant(self) -> Side:
        """The side of the series that was Radiant."""
        return "b" if self.sides_swapped else "a"


def rank(facts: Facts, *, dismissed: bool = False) -> list[Suggestion]:
    """The candidates for one game, best first; those dismissed only where asked, and last."""
    series = facts.series
    readings = [
        read(match, series.a, series.b)
        for match in series.candidates
        if dismissed or match.match_id not in facts.game.dismissed
    ]
    placed = places(facts, [one for one in readings if is_meeting(one)])
    weighed = [(one, placed.get(one.match.match_id, NOWHERE)) for one in readings]
    weighed.sort(key=lambda pair: _key(facts, *pair))
    return [suggestion(facts, one, place) for one, place in weighed]


def is_meeting(one: Reading) -> bool:
    """Whether the two teams played this match against each other, by all that can be seen."""
    return (
        one.opposite
        and not one.foreign
        and one.seen >= MEETING_FROM
        and one.match.start_time is not None
        and doubt(one.match) is None
    )


def _key(facts: Facts, one: Reading, place: Place) -> tuple[float, ...]:
    taken = taken_by(one.match, facts.game.game_id)
    minutes = minutes_from(facts.series, one.match)
    return (
        one.match.match_id in facts.game.dismissed,
        doubt(one.match) is not None,
        taken is not None,
        not place.fits,
        not place.own,
        place.steps,
        TIERS.index(tier(one)) if not place.fits else 0,
        -one.seen,
        abs(minutes) if minutes is not None else 0,
        one.match.match_id,
    )


def tier(one: Reading) -> Tier:
    """How well the seats agree with who was expected."""
    captains = one.a.captain_seen and one.b.captain_seen
    if one.opposite and one.a.whole and one.b.whole:
        return "all_players"
    if captains and one.seen >= CAPTAINS_PLUS:
        return "captains_plus"
    return "captains_only" if captains else "partial"


def taken_by(match: Candidate, game_id: int) -> Linked | None:
    """The other game this match is linked to."""
    return match.linked if match.linked and match.linked.game_id != game_id else None


def minutes_from(series: SeriesFacts, match: Candidate) -> int | None:
    if series.scheduled_at is None or match.start_time is None:
        return None
    return round((match.start_time - series.scheduled_at).total_seconds() / 60)


def suggestion(facts: Facts, one: Reading, place: Place = NOWHERE) -> Suggestion:
    """A match as it is suggested for the game, with its reasons."""
    series, match = facts.series, one.match
    siblings = {game.steam_series for game in series.games if game.number != facts.number}
    made = Suggestion(
        match_id=match.match_id,
        start_time=match.start_time,
        duration=match.duration,
        state=match.state,
        overlap=one.seen,
        expected=one.expected,
        tier=tier(one),
        opposite=one.opposite,
        sides_swapped=one.sides_swapped,
        seen_a=one.a.seen,
        seen_b=one.b.seen,
        anonymous=one.a.anonymous + one.b.anonymous,
        teams_agree=teams_agree(match, series.a, series.b, swapped=one.sides_swapped),
        minutes=minutes_from(series, match),
        same_series=match.series_id is not None and match.series_id in siblings,
        order=place.order,
        ticks_a=one.a.ticks,
        ticks_b=one.b.ticks,
        strangers=(*one.a.strangers, *one.b.strangers),
        taken=taken_by(match, facts.game.game_id),
        doubt=doubt(match),
        dismissed=match.match_id in facts.game.dismissed,
    )
    return replace(made, reasons=_reasons(facts, made))


def _reasons(facts: Facts, made: Suggestion) -> tuple[str, ...]:
    """Why it is suggested, in the order in which a person would ask."""
    series = facts.series
    captains = [tick for tick in (*made.ticks_a, *made.ticks_b) if tick.player.captain]
    said: Sequence[str | None] = (
        reasons.players(made.overlap, made.expected),
        reasons.captains(captains),
        reasons.taken(made.taken, series.series_id),
        made.doubt,
        reasons.clock(made.minutes),
        None if made.taken else reasons.since_last(facts, made.start_time),
        reasons.order(made.order, same_series=made.same_series),
        reasons.teams(made.teams_agree),
        reasons.sides(made.opposite, swapped=made.sides_swapped),
        reasons.stand_ins((*made.ticks_a, *made.ticks_b)),
        reasons.anonymous(made.anonymous),
        reasons.strangers(made.strangers),
        reasons.state(made.state),
    )
    return tuple(one for one in said if one)
