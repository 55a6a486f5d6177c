"""What a change would do to other series, in words, before anything does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.bracket.bracket_view import View
from webapp.bracket.results import Change, preview
from webapp.bracket.services import derive, key_of, outcomes
from webapp.bracket.shape import Stand, Stands
from webapp.tournaments.models import Series


@dataclass(frozen=True, slots=True)
class Effect:
    """A series, who stands in it now, and what becomes of it."""

    series: Series
    teams: str
    words: str


def without_result(view: View, series: Series) -> list[Effect]:
    """What else changes once a series has no result: who leaves, and what is undone."""
    bracket = view.bracket
    ended = {key: one for key, one in outcomes(bracket).items() if key != key_of(series)}
    stands, _ = derive(bracket, ended, bracket.withdrawn)
    found = _effects(view, preview(bracket, without=series), stands)
    told = {effect.series.id for effect in found}
    left = [one for one in bracket.series if one is not series and one.id not in told]
    return found + [effect for one in left if (effect := _leaving(view, one, stands))]


def of_withdrawals(view: View, withdrawn: Mapping[int, str]) -> list[Effect]:
    """What changes with these teams withdrawn, and no others."""
    stands, _ = derive(view.bracket, outcomes(view.bracket), withdrawn)
    return _effects(view, preview(view.bracket, withdrawn=withdrawn), stands)


def _effects(view: View, changes: Sequence[Change], stands: Stands) -> list[Effect]:
    return [
        Effect(one.series, view.teams_of(one.series), _words(view, one, stands)) for one in changes
    ]


def _words(view: View, change: Change, stands: Stands) -> str:
    if change.undone:
        return "its own results and links are undone"
    stand = stands[key_of(change.series)]
    if stand.state != "done":
        return "is open again"
    if stand.skipped:
        return "is not played"
    if stand.winner is None:
        return "is settled, and nobody wins it"
    if _count(stand) == 1:
        return f"{view.bracket.name_of(stand.winner)} has nobody to play and moves on"
    return f"{view.bracket.name_of(stand.winner)} wins by forfeit"


def _count(stand: Stand) -> int:
    return bool(stand.team_a) + bool(stand.team_b)


def _leaving(view: View, series: Series, stands: Stands) -> Effect | None:
    """Of a series nothing was played in: which teams do not stand there any more."""
    stand = stands[key_of(series)]
    here = {series.team_a_id, series.team_b_id} - {None}
    gone = sorted(view.bracket.name_of(one) for one in here - {stand.team_a, stand.team_b})
    if not gone:
        return None
    leave = "leaves it" if len(gone) == 1 else "leave it"
    return Effect(series, view.teams_of(series), f"{' and '.join(gone)} {leave}")
