"""The millions of other matches: made up when the sequence endpoint comes across one."""

from __future__ import annotations

from webapp.sandbox.game import HEROES
from webapp.sandbox.match import EPOCH, FIRST_ID, IDS_A_SECOND, PRE_GAME, Match, Team, end_at
from webapp.sandbox.people import FIRST_ACCOUNT
from webapp.sandbox.spec import chance

NEIGHBOUR_EVERY = 6
"""Matches of elsewhere stand at each sequence number that six divides."""


def neighbour(seed: int, seq: int) -> Match:
    """Somebody else's match at this sequence number; its id is even, a league's is odd."""
    rng = chance(seed, "neighbour", seq)
    end, duration = end_at(seq), rng.randint(1_000, 3_600)
    start = end - duration - PRE_GAME
    number = rng.randrange(1_000_000)
    account = FIRST_ACCOUNT + 10_000_000 + number * 10
    teams = [
        Team(8_000_000 + number % 9_973 + side, f"Elsewhere {number + side}", 2**61 + number, ())
        for side in (0, 1)
    ]
    return Match(
        match_id=(FIRST_ID + int((start - EPOCH) * IDS_A_SECOND)) // 2 * 2,
        match_seq_num=seq,
        league_id=rng.choice((15001, 15002, 16999)),
        series_id=0,
        series_type=0,
        start=start,
        end=end,
        duration=duration,
        radiant=teams[0],
        dire=teams[1],
        radiant_win=rng.random() < 0.5,
        lineup=tuple(range(account, account + 10)),
        heroes=tuple(rng.sample(HEROES, 10)),
        odd="" if rng.random() < 0.5 else "teamless",
    )
