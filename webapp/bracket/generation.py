"""A tournament's bracket made from its teams: the pure plan, stored as series and games."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.bracket import seeding
from webapp.bracket.generate import Options, generate
from webapp.bracket.services import Bracket, is_touched, key_of, labels, load, settle
from webapp.bracket.shape import Entrant, Key, Placed, Planned, Source, WinnerOf
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.tournaments.models import SEEDINGS, Game, Series, StandIn, Team, Tournament

LETTERS = {"winners": "U", "losers": "L", "final": "GF", "third_place": "3RD"}


def generate_bracket(tournament_id: int, how: str, *, random_seed: int | None = None) -> Bracket:
    """Seed the teams and make the bracket anew; a random seeding records what it was drawn with.

    A series keeps the time that was set for the one in its place before.

    Raises:
        BadInput: ``how`` is no seeding, there are too few teams, or an MMR is missing; it is named.
        Conflict: a game is linked or a result stands, which a new bracket would throw away.
    """
    if how not in SEEDINGS:
        wrong = f"one of {', '.join(SEEDINGS)}"
        raise BadInput("That is no seeding.", fields={"seeding": wrong})
    bracket = load(tournament_id, lock=True)
    _refuse_to_lose(bracket)
    tournament = bracket.tournament
    teams = _teams(tournament_id)
    if how == "random":
        random_seed = secrets.randbelow(2**31) if random_seed is None else random_seed
    order = seeding.order(teams, how, random_seed)
    plan = generate(tournament.format, len(order), _options(tournament))
    times = {key_of(series): series.scheduled_at for series in bracket.series}
    _refuse_to_lose_stand_ins(bracket)
    _delete(bracket)
    tournament.seeding, tournament.random_seed = how, random_seed
    places = {team_id: place for place, team_id in enumerate(order, 1)}
    for team in teams:
        team.seed = places[team.id]
    _store(tournament, plan, order)
    made = load(tournament_id)
    for key, series in made.by_key.items():
        series.scheduled_at = times.get(key)
    settle(made)
    return made


def _refuse_to_lose(bracket: Bracket) -> None:
    touched = [series.label for series in bracket.series if is_touched(series)]
    if touched:
        named = ", ".join(touched[:5]) + (" and others" if len(touched) > 5 else "")
        raise Conflict(f"{named} hold links or results, which a new bracket would lose. Undo them.")


def _refuse_to_lose_stand_ins(bracket: Bracket) -> None:
    ids = [series.id for series in bracket.series]
    for_whom = db.session.scalars(sa.select(StandIn.series_id).where(StandIn.series_id.in_(ids)))
    if found := set(for_whom):
        named = ", ".join(labels(series for series in bracket.series if series.id in found))
        raise Conflict(f"{named} have stand-ins, which a new bracket would lose. Remove them.")


def _teams(tournament_id: int) -> Sequence[Team]:
    query = (
        sa.select(Team)
        .where(Team.tournament_id == tournament_id, Team.withdrawn.is_(None))
        .options(selectinload(Team.members))
        .order_by(Team.id)
    )
    return db.session.scalars(query).all()


def _options(tournament: Tournament) -> Options:
    return Options(
        best_of=tournament.best_of,
        final_best_of=tournament.final_best_of,
        grand_final=tournament.grand_final,  # type: ignore[arg-type]  # the database holds it to these
        third_place=tournament.third_place,
        groups=tournament.group_count,
        advancing=tournament.advancing,
        legs=tournament.legs,
        knockout=tournament.knockout,  # type: ignore[arg-type]
    )


def _delete(bracket: Bracket) -> None:
    ids = [series.id for series in bracket.series]
    if not ids:
        return
    for series in bracket.series:
        db.session.expunge(series)
    for game in [game for series in bracket.series for game in series.games]:
        if game in db.session:
            db.session.expunge(game)
    db.session.execute(
        sa.delete(Series)
        .where(Series.tournament_id == bracket.tournament.id)
        .execution_options(synchronize_session=False)
    )


def _store(tournament: Tournament, plan: Sequence[Planned], order: Sequence[int]) -> None:
    names = _labels(tournament, plan)
    rows: dict[Key, Series] = {}
    for planned in plan:
        rows[planned.key] = _row(tournament.id, planned, names[planned.key])
        _feed(rows[planned.key], "a", planned.a, order)
        _feed(rows[planned.key], "b", planned.b, order)
    db.session.add_all(rows.values())
    db.session.flush()
    for planned in plan:
        for side, source in (("a", planned.a), ("b", planned.b)):
            _wire(rows, rows[planned.key], side, source)
    db.session.flush()


def _row(tournament_id: int, planned: Planned, label: str) -> Series:
    key = planned.key
    return Series(
        tournament_id=tournament_id,
        bracket=key.bracket,
        group=key.group,
        round=key.round,
        position=key.position,
        label=label,
        best_of=planned.best_of,
        if_needed=planned.if_needed,
        games=[Game(number=number) for number in range(1, planned.best_of + 1)],
    )


def _feed(row: Series, side: str, source: Source, order: Sequence[int]) -> None:
    kind = "team"
    if isinstance(source, Entrant):
        setattr(row, f"{side}_team_id", order[source.ref - 1])
    elif isinstance(source, Placed):
        kind = "group"
        setattr(row, f"{side}_group", source.group)
        setattr(row, f"{side}_place", source.place)
    else:
        kind = "winner" if isinstance(source, WinnerOf) else "loser"
    setattr(row, f"{side}_kind", kind)


def _wire(rows: dict[Key, Series], row: Series, side: str, source: Source) -> None:
    if isinstance(source, Entrant | Placed):
        return
    feeder = rows[source.key]
    setattr(row, f"{side}_series_id", feeder.id)
    if isinstance(source, WinnerOf):
        feeder.next_id = row.id
    else:
        feeder.loser_next_id = row.id


def _labels(tournament: Tournament, plan: Sequence[Planned]) -> dict[Key, str]:
    """U1, L3, GF: what people call a series; groups count their own, A1, B1."""
    counts: Counter[str] = Counter()
    found = {}
    single = "S" if _is_single(tournament) else "U"
    for planned in plan:
        key = planned.key
        letters = {**LETTERS, "winners": single}.get(key.bracket) or _of_group(key.group)
        counts[letters] += 1
        number = counts[letters]
        alone = key.bracket in {"final", "third_place"} and number == 1
        found[key] = letters if alone else f"{letters}{number}"
    return found


def _of_group(name: str) -> str:
    """A group's own letters, told from those of the knock-out after it."""
    return f"G{name}" if name in {"L", "S", "U"} else name or "R"


def _is_single(tournament: Tournament) -> bool:
    if tournament.format == "groups_knockout":
        return tournament.knockout == "single_elimination"
    return tournament.format == "single_elimination"
