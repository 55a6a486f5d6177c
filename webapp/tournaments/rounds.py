"""What rounds and slots of a bracket are called: pure, over its stored series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from webapp.tournaments.models import Series

ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}
ENDS = {0: "final", 1: "semifinals", 2: "quarterfinals"}


class RoundKey(NamedTuple):
    bracket: str
    round: int

    @property
    def text(self) -> str:
        return f"{self.bracket}-{self.round}"


@dataclass(slots=True)
class Round:
    """The series of a round in their order; those of all groups are one round."""

    key: RoundKey
    name: str
    series: list[Series] = field(default_factory=list)


def rounds_of(series: Sequence[Series]) -> list[Round]:
    """The rounds in the order in which their first series stand."""
    last: dict[str, int] = {}
    for one in series:
        last[one.bracket] = max(one.round, last.get(one.bracket, 0))
    found: dict[RoundKey, Round] = {}
    for one in series:
        key = RoundKey(one.bracket, one.round)
        if key not in found:
            found[key] = Round(key, round_name(one.bracket, one.round, last))
        found[key].series.append(one)
    return list(found.values())


def round_name(bracket: str, number: int, last: Mapping[str, int]) -> str:
    """``Upper semifinals``; ``last`` is the number of rounds of each bracket there is."""
    if bracket == "group":
        return f"Group round {number}"
    if bracket == "third_place":
        return "Third place"
    if bracket == "final":
        return "Grand final" if number == 1 else "Grand final, second series"
    end = ENDS.get(last[bracket] - number)
    if bracket == "losers":
        # Below, two rounds stand where one does above, so only the last two have names.
        named = end if last[bracket] - number < 2 else None
        words = "semifinal" if named == "semifinals" else named
        return f"Lower {words or f'round {number}'}"
    if "losers" in last:
        return f"Upper {end or f'round {number}'}"
    return (end or f"round {number}").capitalize()


def slot_words(
    series: Series, side: Literal["a", "b"], teams: Mapping[int, str], labels: Mapping[int, str]
) -> str:
    """Who stands in a slot or will: ``Foxglove``, ``Winner of U5``, ``2nd of group A``, ``bye``.

    ``teams`` are names by id, ``labels`` those of the series by id.
    """
    team_id = getattr(series, f"team_{side}_id")
    if team_id is not None:
        return teams.get(team_id, f"team {team_id}")
    if getattr(series, f"vacant_{side}"):
        return "bye"
    kind, feeder = getattr(series, f"{side}_kind"), getattr(series, f"{side}_series_id")
    if kind == "group":
        place = getattr(series, f"{side}_place")
        return f"{ORDINALS.get(place, f'{place}th')} of group {getattr(series, f'{side}_group')}"
    if kind in {"winner", "loser"}:
        return f"{kind.capitalize()} of {labels.get(feeder, '?')}"
    return teams.get(getattr(series, f"{side}_team_id"), "?")


def labels_of(series: Iterable[Series]) -> dict[int, str]:
    return {one.id: one.label for one in series}
