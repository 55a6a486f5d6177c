"""Runs for scripts: sync, retry, relink, how they stand, and cancel."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from webapp.accounts import audit
from webapp.accounts.context import outside, person, settings
from webapp.accounts.policy import current_user, policy
from webapp.core.api import SIGNED_IN, Body, Id, Query, api_blueprint
from webapp.core.db import db, reading
from webapp.core.errors import BadInput
from webapp.core.runs import services as runs
from webapp.core.runs.services import Started
from webapp.matches import services as matches
from webapp.sync import services
from webapp.sync.run_view import Run, StartedRun, SyncStatus, run_body, status_body

MOST_IDS = 1000
STARTED: dict[int | str | HTTPStatus, Any] = {200: StartedRun, 202: StartedRun}

api = api_blueprint("sync", __name__)


class SyncBody(Body):
    """Nothing is needed: the default league is synced, as far as anything is new."""

    league_id: Id | None = None
    full_sync: bool = Field(False, description="Read the whole list, however much is known")


class RetryBody(Body):
    """Matches of one league; without ids all that are failed or withheld."""

    league_id: Id | None = None
    match_ids: list[Id] | None = Field(None, min_length=1, max_length=MOST_IDS)


class RelinkBody(Body):
    """The matches whose lines are linked afresh; without ids all of them."""

    match_ids: list[Id] | None = Field(None, min_length=1, max_length=MOST_IDS)


class StatusQuery(Query):
    league_id: Id | None = Field(None, description="The default league, where none is named")


class RunPath(BaseModel):
    run_id: Id


@api.post(
    "/steam/sync/", responses=STARTED, security=SIGNED_IN, summary="Sync a league: 200 joins a run"
)
@policy("admin")
def sync(body: SyncBody) -> tuple[dict[str, Any], int]:
    """A league that is not known here is made."""
    league_id = body.league_id or settings().default_league_id
    started = services.start_sync(settings(), league_id, full=body.full_sync, by=person().id)
    if body.full_sync:
        services.allow_full_sync(outside().limits, started)
    return _started(started, "full sync" if body.full_sync else "sync", "league", league_id)


@api.post(
    "/steam/retry-failed/",
    responses=STARTED,
    security=SIGNED_IN,
    summary="Ask the sources afresh for failed and withheld matches",
)
@policy("admin")
def retry_failed(body: RetryBody) -> tuple[dict[str, Any], int]:
    league_id = _league_to_retry(body)
    started, number = services.retry(league_id, body.match_ids, by=person().id)
    return _started(started, "retry", "league", league_id, matches=number)


@api.post(
    "/steam/relink-users/",
    responses=STARTED,
    security=SIGNED_IN,
    summary="Link players' lines to people afresh",
)
@policy("admin")
def relink_users(body: RelinkBody) -> tuple[dict[str, Any], int]:
    started = matches.start_relink(body.match_ids, by=person().id)
    chosen = "all" if body.match_ids is None else len(body.match_ids)
    return _started(started, "relink", "run", started.run.id, matches=chosen)


@api.get("/steam/sync-status/", responses={200: SyncStatus}, summary="How a league's sync stands")
@policy("anonymous")
def sync_status(query: StatusQuery) -> dict[str, Any]:
    league_id = query.league_id or settings().default_league_id
    status = services.status(league_id, outside().redis)
    return status_body(status, signed_in=current_user.is_authenticated)


@api.get("/runs/<int:run_id>", responses={200: Run}, security=SIGNED_IN, summary="One run")
@policy("player")
def run(path: RunPath) -> dict[str, Any]:
    return run_body(runs.get(path.run_id), signed_in=True)


@api.post("/runs/<int:run_id>/cancel", responses={200: Run}, security=SIGNED_IN, summary="Cancel")
@policy("admin")
def cancel_run(path: RunPath) -> dict[str, Any]:
    """Queued or stalled it ends at once, running within 5 s and the open call."""
    before = runs.get(path.run_id).state
    cancelled = runs.cancel(path.run_id)
    audit.record("cancel", "run", cancelled.id, {"state": before}, {"state": cancelled.state})
    db.session.commit()
    with reading():
        return run_body(cancelled, signed_in=True)


def _league_to_retry(body: RetryBody) -> int:
    if body.match_ids is None:
        return body.league_id or settings().default_league_id
    league_id = matches.league_of(body.match_ids)
    if body.league_id not in {None, league_id}:
        why = f"they count in league {league_id}"
        raise BadInput("These matches are not of that league.", fields={"match_ids": why})
    return league_id


def _started(
    started: Started, action: str, target_kind: str, target_id: int, **asked: int | str
) -> tuple[dict[str, Any], int]:
    """Commit the click with its audit row, put what it made on its queue, and tell of the run."""
    after = {"run": started.run.id, "joined": not started.created, **asked}
    audit.record(action, target_kind, target_id, None, after)
    db.session.commit()
    if started.created:
        runs.enqueue(outside().redis, started.run)
    with reading():
        body = {"run": run_body(started.run, signed_in=True)}
    return body, 202 if started.created else 200
