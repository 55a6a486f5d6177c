"""The audit row of each change a person makes to a bracket: one for every way to ask for it."""

from __future__ import annotations

from typing import Any

from webapp.accounts import audit
from webapp.bracket import links, results
from webapp.bracket.links import Linked
from webapp.bracket.results import Done
from webapp.bracket.services import Bracket, labels
from webapp.tournaments.models import Game, Series, Team


def game_name(game: Game) -> str:
    return f"{game.series.label} game {game.number}"


def of_game(action: str, done: Linked, **more: Any) -> None:
    """Linked, unlinked, swapped, dismissed: with what was there before."""
    after = {"game": game_name(done.game), **links.standing(done.game), **more}
    if done.undone:
        after["also_undone"] = labels(done.undone)
    audit.record(action, "game", done.game.id, done.before, after)


def of_result(action: str, done: Done, **more: Any) -> None:
    after = {"series": done.series.label, **results.standing(done.series), **more}
    if done.undone:
        after["also_undone"] = labels(done.undone)
    audit.record(action, "series", done.series.id, done.before, after)


def of_withdrawal(bracket: Bracket, team: Team, before: str | None, undone: list[Series]) -> None:
    after: dict[str, Any] = {"team": team.name, "withdrawn": team.withdrawn}
    if undone:
        after["also_undone"] = labels(undone)
    audit.record(
        "withdraw team" if team.withdrawn else "take team back",
        "team",
        team.id,
        {"withdrawn": before},
        after,
    )


def of_bracket(bracket: Bracket) -> None:
    told = bracket.tournament
    audit.record(
        "generate bracket",
        "tournament",
        told.id,
        None,
        {
            "seeding": told.seeding,
            "random_seed": told.random_seed,
            "series": len(bracket.series),
            "order": [
                team.name for team in sorted(bracket.teams.values(), key=lambda one: one.seed or 0)
            ],
        },
    )
