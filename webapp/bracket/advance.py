"""Who stands where: everything about a bracket that follows from its plan and its results. Pure.

Nothing moves from series to series here. Each change derives the whole bracket anew from what was
entered, in one pass in playing order, so that taking a result away is all there is to undoing it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.bracket.shape import (
    NOBODY,
    Entrant,
    Key,
    Outcome,
    Outcomes,
    Placed,
    Plan,
    Planned,
    Rules,
    Source,
    Stand,
    Stands,
    WinnerOf,
)
from webapp.bracket.standings import Withdrawn, by_group, finished, table

Slots = tuple[int | None, int | None]
Keeps = Callable[[Key, Slots], bool]


def determine(plan: Plan, outcomes: Outcomes, withdrawn: Withdrawn, rules: Rules) -> Stands:
    """Where each series of the plan, which is in playing order, stands.

    An outcome counts once both teams of its series are known. Where nobody comes out of a feeder
    the slot holds ``NOBODY``, and whoever stands opposite wins by walkover. A withdrawn team loses
    what has no outcome yet by forfeit; it still drops into a lower bracket, and forfeits there
    too. Annulled, its series in a group are done, skipped and count for nobody.
    """
    return _derive(plan, outcomes, withdrawn, rules, lambda key, slots: True)


def dropped(
    plan: Plan,
    outcomes: Outcomes,
    before: Mapping[Key, Slots],
    withdrawn: Withdrawn,
    rules: Rules,
) -> tuple[Stands, set[Key]]:
    """Where each series stands once outcomes are dropped whose teams no longer stand there.

    ``before`` has the two teams of each series when its outcome was entered. Dropping one changes
    only who stands in later series, so one pass in playing order finds all that falls with it.
    """
    gone: set[Key] = set()

    def keeps(key: Key, slots: Slots) -> bool:
        if before.get(key, slots) == slots:
            return True
        gone.add(key)
        return False

    return _derive(plan, outcomes, withdrawn, rules, keeps), gone


def games_needed(best_of: int) -> int:
    """The games that win a series; of a best of two, both."""
    return 2 if best_of == 2 else best_of // 2 + 1


def _derive(
    plan: Plan, outcomes: Outcomes, withdrawn: Withdrawn, rules: Rules, keeps: Keeps
) -> Stands:
    stands: Stands = {}
    groups = _Groups(plan, stands, withdrawn, rules)
    for planned in plan:
        slots = _slots(planned, stands, groups)
        outcome = outcomes.get(planned.key)
        if outcome is not None and not keeps(planned.key, slots):
            outcome = None
        stands[planned.key] = _stand(planned, slots, outcome, withdrawn)
    return stands


class _Groups:
    """Who ended where in the groups; each table is made once, when its group is done."""

    def __init__(self, plan: Plan, stands: Stands, withdrawn: Withdrawn, rules: Rules) -> None:
        self._series = by_group(plan)
        self._stands, self._withdrawn, self._rules = stands, withdrawn, rules
        self._orders: dict[str, list[int]] = {}

    def placed(self, group: str, place: int) -> int | None:
        if group not in self._orders:
            self._orders[group] = self._order(group)
        order = self._orders[group]
        if not order:
            return None
        return order[place - 1] if place <= len(order) else NOBODY

    def _order(self, group: str) -> list[int]:
        """The group's teams, best first; none until it is done."""
        series = self._series.get(group, [])
        if not series or not finished(series, self._stands):
            return []
        lines = table(series, self._stands, group, self._rules, self._withdrawn)
        return [line.team for line in lines]


def _slots(planned: Planned, stands: Stands, groups: _Groups) -> Slots:
    if planned.if_needed and isinstance(planned.b, WinnerOf):
        first = stands[planned.b.key]
        if first.outcome is not None and first.outcome.winner == "a":
            return NOBODY, NOBODY
    return _team(planned.a, stands, groups), _team(planned.b, stands, groups)


def _team(source: Source, stands: Stands, groups: _Groups) -> int | None:
    if isinstance(source, Entrant):
        return source.ref
    if isinstance(source, Placed):
        return groups.placed(source.group, source.place)
    feeder = stands[source.key]
    if feeder.state != "done":
        return None
    return (feeder.winner if isinstance(source, WinnerOf) else feeder.loser) or NOBODY


def _stand(planned: Planned, slots: Slots, outcome: Outcome | None, withdrawn: Withdrawn) -> Stand:
    a, b = slots
    if a is None or b is None:
        return Stand(a, b, "pending")
    if a == b == NOBODY or _annulled(planned, a, b, withdrawn):
        return Stand(a, b, "done", skipped=True)
    if outcome is not None and a and b and _counts(planned, outcome):
        return Stand(a, b, "done", outcome)
    absent_a = a == NOBODY or a in withdrawn
    absent_b = b == NOBODY or b in withdrawn
    if absent_a or absent_b:
        return Stand(a, b, "done", _walkover(planned, absent_a, absent_b), walkover=True)
    return Stand(a, b, "ready")


def _annulled(planned: Planned, a: int, b: int, withdrawn: Withdrawn) -> bool:
    return planned.key.bracket == "group" and "annul" in (withdrawn.get(a), withdrawn.get(b))


def _counts(planned: Planned, outcome: Outcome) -> bool:
    """A draw counts only where there may be one: as a best of two in a group."""
    drawn = outcome.winner is None and outcome.forfeit is None
    return not drawn or (planned.key.bracket == "group" and planned.best_of == 2)


def _walkover(planned: Planned, absent_a: bool, absent_b: bool) -> Outcome:
    """Lost without a game: the score is as if all games needed had been won."""
    if absent_a and absent_b:
        return Outcome(0, 0, None, "both")
    won = games_needed(planned.best_of)
    return Outcome(0, won, "b", "a") if absent_a else Outcome(won, 0, "a", "b")
