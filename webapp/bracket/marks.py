"""Marking a match as void or a remake: it stays visible, frees its game, and counts nowhere."""

from __future__ import annotations

from webapp.bracket.links import Linked, game_of, held, unlink
from webapp.bracket.services import of_game
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.matches.models import Match


def mark(match_id: int, how: str | None, reason: str = "") -> tuple[Match, Linked | None]:
    """Mark a match void or a remake, or take the mark off; a marked one's game is free again.

    Raises:
        BadInput: no reason, or no such mark.
        Conflict: somebody linked or unlinked it at this moment.
    """
    fields = {}
    if how not in {None, "void", "remake"}:
        fields["mark"] = "void or remake"
    if how and not 0 < len(reason.strip()) <= 500:
        fields["reason"] = "a reason is needed, up to 500 characters"
    if fields:
        raise BadInput("The match was not marked.", fields=fields)
    taken = game_of(match_id)
    if how and taken:
        of_game(taken[0].id, lock=True)
    match = held(match_id)
    if how and (game_of(match_id) is None) != (taken is None):
        raise Conflict(f"Match {match_id} was linked or unlinked just now. Look again.")
    match.mark, match.mark_reason = how, (reason.strip() if how else None)
    freed = unlink(taken[0].id, not_this_one=False) if how and taken else None
    db.session.flush()
    return match, freed
