"""A match's ten seats read against the two rosters of a series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.bracket.known import SEATS, Candidate, Player, Roster, Seat, Side, StandIn

TickState = Literal["seen", "stand_in", "anonymous", "absent", "reserve"]


@dataclass(frozen=True, slots=True)
class Tick:
    """A player of a roster in one match. ``by`` is the approved stand-in who sat there.

    ``anonymous``: an anonymous seat of their side may be theirs. ``reserve``: five others played.
    """

    player: Player
    state: TickState
    slot: int | None = None
    by: StandIn | None = None

    @property
    def there(self) -> bool:
        return self.state in {"seen", "stand_in"}


@dataclass(frozen=True, slots=True)
class Stranger:
    """A known player whom nobody expected, and for whom they may stand in."""

    slot: int
    steam_id: int
    name: str
    side: Side
    stand_in_for: tuple[Player, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """One team in a match: its roster ticked off, and who else sat on its side.

    ``seen`` counts places filled by the roster or by approved stand-ins, on either side;
    ``beside`` those of them on its own side.
    """

    roster: Roster
    ticks: tuple[Tick, ...]
    strangers: tuple[Stranger, ...]
    seen: int
    beside: int
    anonymous: int

    @property
    def whole(self) -> bool:
        """Everyone expected was there, or may have been for all that anonymous seats tell."""
        return self.seen > 0 and self.seen + self.anonymous >= self.roster.expected

    @property
    def captain_seen(self) -> bool:
        return any(tick.there and tick.by is None for tick in self.ticks if tick.player.captain)


@dataclass(frozen=True, slots=True)
class Reading:
    """A match as one of this series: who stood where.

    ``opposite``: each side has players of one roster alone, and both have some. ``others``: how
    many seats two other teams explain between them who explain a seat that these do not.
    """

    match: Candidate
    a: Half
    b: Half
    sides_swapped: bool
    opposite: bool
    others: int

    @property
    def seen(self) -> int:
        return self.a.seen + self.b.seen

    @property
    def expected(self) -> int:
        return self.a.roster.expected + self.b.roster.expected

    @property
    def foreign(self) -> bool:
        """Two other teams of these leagues explain the match better than these do."""
        return self.others > self.seen


def read(match: Candidate, a: Roster, b: Roster) -> Reading:
    """Tick both rosters off in a match, on the sides that more of their players stood on.

    Who plays for both teams tells nothing of the sides.
    """
    radiant = [seat for seat in match.seats if seat.radiant]
    dire = [seat for seat in match.seats if not seat.radiant]
    only_a, only_b = _fits(a) - _fits(b), _fits(b) - _fits(a)
    straight = _count(radiant, only_a) + _count(dire, only_b)
    swapped = _count(dire, only_a) + _count(radiant, only_b)
    is_swapped = swapped > straight or (swapped == straight and _ids_say_swapped(match, a, b))
    sides = (dire, radiant) if is_swapped else (radiant, dire)
    half_a, half_b = _half(a, "a", *sides), _half(b, "b", *reversed(sides))
    mixed = min(straight, swapped) > 0
    opposite = not mixed and half_a.beside > 0 and half_b.beside > 0
    return Reading(match, half_a, half_b, is_swapped, opposite, _others(*sides, half_a, half_b))


def teams_agree(match: Candidate, a: Roster, b: Roster, *, swapped: bool) -> bool | None:
    """Whether Steam's team ids are those of the rosters; None where neither is known twice."""
    radiant, dire = (b, a) if swapped else (a, b)
    pairs = (
        (radiant.steam_team_id, match.radiant_team_id),
        (dire.steam_team_id, match.dire_team_id),
    )
    known = [ours == steams for ours, steams in pairs if ours and steams]
    return all(known) if known else None


def _ids_say_swapped(match: Candidate, a: Roster, b: Roster) -> bool:
    agree = teams_agree(match, a, b, swapped=True)
    return agree is True and teams_agree(match, a, b, swapped=False) is not True


def _fits(roster: Roster) -> set[int]:
    return {one.steam_id for one in roster.players} | {one.steam_id for one in roster.stand_ins}


def _count(seats: Iterable[Seat], ours: set[int]) -> int:
    return sum(seat.steam_id in ours for seat in seats)


def _half(roster: Roster, side: Side, own: Sequence[Seat], across: Sequence[Seat]) -> Half:
    seats = {seat.steam_id: seat for seat in (*across, *own) if seat.steam_id is not None}
    hidden = sum(seat.steam_id is None for seat in own)
    ticks = _explain(_tick(roster, seats), roster, hidden)
    there = {tick.by.steam_id if tick.by else tick.player.steam_id for tick in ticks if tick.there}
    filled = [tick for tick in ticks if tick.there]
    missing = tuple(tick.player for tick in ticks if tick.state in {"anonymous", "absent"})
    return Half(
        roster=roster,
        ticks=ticks,
        strangers=tuple(
            Stranger(seat.slot, seat.steam_id, seat.name, side, missing)
            for seat in own
            if seat.steam_id is not None and seat.steam_id not in there
        ),
        seen=min(len(filled), SEATS),
        beside=sum(seat.steam_id in there for seat in own),
        anonymous=hidden,
    )


def _tick(roster: Roster, seats: dict[int, Seat]) -> list[Tick]:
    """Who was there, and the approved stand-ins for those who were not."""
    ticks = {}
    waiting = [one for one in roster.stand_ins if one.steam_id in seats]
    for player in roster.players:
        seat = seats.get(player.steam_id)
        ticks[player.steam_id] = Tick(
            player, "seen" if seat else "absent", seat.slot if seat else None
        )
    for one in sorted(waiting, key=lambda one: one.out is None):
        absent = [who for who, tick in ticks.items() if not tick.there and one.out in {who, None}]
        if absent and one.steam_id not in ticks:
            who = absent[0]
            ticks[who] = Tick(ticks[who].player, "stand_in", seats[one.steam_id].slot, one)
    return list(ticks.values())


def _explain(ticks: list[Tick], roster: Roster, hidden: int) -> tuple[Tick, ...]:
    """Say of those not seen whether an anonymous seat may be theirs, or nobody missed them."""
    missing = [at for at, tick in enumerate(ticks) if not tick.there]
    open_places = roster.expected - len(ticks) + len(missing)
    for place, at in enumerate(missing):
        state: TickState = "anonymous" if place < hidden else "absent"
        ticks[at] = Tick(ticks[at].player, state if place < open_places else "reserve")
    return tuple(ticks)


def _others(own: Sequence[Seat], across: Sequence[Seat], a: Half, b: Half) -> int:
    strange = {one.steam_id for one in (*a.strangers, *b.strangers)}
    if not strange:
        return 0
    ours = {a.roster.team_id, b.roster.team_id}
    here, there = _by_team(own), _by_team(across)
    return max(
        (
            len(seats | others)
            for (tournament, team), seats in here.items()
            for (same, other), others in there.items()
            if same == tournament and team != other and {team, other} != ours
            if strange & (seats | others)
        ),
        default=0,
    )


def _by_team(seats: Sequence[Seat]) -> dict[tuple[int, int], set[int | None]]:
    found: dict[tuple[int, int], set[int | None]] = {}
    for seat in seats:
        for team in seat.teams:
            found.setdefault(team, set()).add(seat.steam_id)
    return found
