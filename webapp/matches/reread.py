"""Reads a stored raw answer again, with today's parser, without asking anybody."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.clients.fields import Fields, Unreadable, mapping, required_id, rows
from webapp.clients.match_details import read_details
from webapp.clients.shapes import MatchDetails
from webapp.core.db import db
from webapp.core.errors import Conflict, NotFound
from webapp.core.time import utcnow
from webapp.matches import services, store
from webapp.matches.models import Match, RawPayload


def payloads_of(match_id: int) -> Sequence[RawPayload]:
    """The raw answers kept of a match, newest first, without their bodies."""
    return db.session.scalars(
        sa.select(RawPayload)
        .options(defer(RawPayload.body))
        .where(RawPayload.match_id == match_id)
        .order_by(RawPayload.fetched_at.desc(), RawPayload.source)
    ).all()


def payload_of(match_id: int, source: str) -> RawPayload:
    """Raises: NotFound, where no answer of this source is kept."""
    found = db.session.get(RawPayload, (match_id, source))
    if found is None:
        raise NotFound(f"No raw answer of {source} is kept for match {match_id}.")
    return found


def body_of(payload: RawPayload) -> bytes:
    return zlib.decompress(payload.body)


def reread(match: Match, source: str) -> None:
    """Store the match anew from the raw answer of a source.

    Raises:
        NotFound: no answer of this source is kept.
        Conflict: the match was entered by hand, or the answer still cannot be read.
    """
    if match.source == "manual":
        raise Conflict("This match was entered by hand. Use the offered details, or undo it first.")
    payload = payload_of(match.id, source)
    body, fetched_at, asked_at = body_of(payload), payload.fetched_at, match.last_fetch_attempt
    try:
        details = read_body(source, match.id, body)
    except Unreadable as unreadable:
        raise Conflict(f"It still cannot be read: {unreadable}.") from None
    fetched = store.Fetched(match.id, source, details, body)
    store.store_details([fetched], utcnow(), match.detailed_by_run)
    store.clear_answers([match.id])
    # Nobody was asked: the answer is as old as it was.
    db.session.refresh(match)
    db.session.refresh(payload)
    payload.fetched_at, match.last_fetch_attempt = fetched_at, asked_at


def use_offered(match: Match) -> str:
    """Take up the true details that arrived after a match was entered by hand; their source.

    Raises:
        Conflict: none are offered, or they cannot be read.
    """
    source = match.offered_source
    if match.source != "manual" or source is None:
        raise Conflict("No other details are offered for this match.")
    services.undo_by_hand(match)
    reread(match, source)
    return source


def read_body(source: str, match_id: int, body: bytes) -> MatchDetails:
    """The details in a source's raw answer.

    Raises:
        Unreadable: they are not there, or not in a shape we know.
    """
    try:
        data = json.loads(body)
    except ValueError:
        raise Unreadable("the answer is not readable JSON") from None
    details = read_details(_match_in(source, match_id, data))
    if details.match_id != match_id:
        raise Unreadable("the answer is of another match")
    return details


def _match_in(source: str, match_id: int, data: Any) -> Fields:
    fields = mapping(data, "the answer")
    if source == "opendota":
        return fields
    result = mapping(fields.get("result"), "result")
    if source == "details":
        return result
    listed = (mapping(row, "a match") for row in rows(result.get("matches"), "matches"))
    found = next((one for one in listed if required_id(one, "match_id") == match_id), None)
    if found is None:
        raise Unreadable("the answer is of another match")
    return found
