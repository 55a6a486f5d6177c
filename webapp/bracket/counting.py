"""Tables counted anew in the transaction that changes how their points are given."""

from __future__ import annotations

from webapp.bracket.services import derive, labels, load, outcomes, settle
from webapp.core.errors import Conflict
from webapp.tournaments.services import counting_changed


def listen() -> None:
    """Recount a tournament's groups when its points or tie-breaks change."""
    counting_changed.connect(_recount)


def _recount(_sender: object, *, tournament_id: int) -> None:
    """
    Raises:
        Conflict: other teams would go on to a knock-out of which something was played.
    """
    bracket = load(tournament_id, lock=True)
    _, gone = derive(bracket, outcomes(bracket), bracket.withdrawn)
    if gone:
        named = ", ".join(labels(bracket.by_key[key] for key in bracket.by_key if key in gone))
        raise Conflict(f"Other teams would play {named}, which hold results. Undo them first.")
    settle(bracket)
