"""A run, and how a league's sync stands, as the JSON API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from webapp.core.api import Moment
from webapp.core.runs import models
from webapp.matches import services as matches

FOR_SIGNED_IN = frozenset({"note", "requested_by"})
OF_THE_RUN = {"new": 0, "updated": 0}
OF_A_RELINK = {"linked": 0, "unlinked": 0}


class StateCounts(BaseModel):
    """Matches by state; together they make the total."""

    total: int
    stub: int
    detailed: int
    failed: int
    withheld: int


class RunCounts(StateCounts):
    """The league's matches by state now, all matches' where the run is of no league.

    ``new`` and ``updated`` are what the run itself brought.
    """

    new: int
    updated: int
    linked: int | None = Field(None, description="Lines a relink linked; of a relink alone")
    unlinked: int | None = Field(None, description="Lines a relink unlinked; of a relink alone")


class Run(BaseModel):
    """Background work, from the call that asked for it to its end.

    ``done`` of ``total`` belong to the phase; ``total`` is null while nobody can know it.
    """

    id: int
    kind: str = Field(description="sync or relink")
    league_id: int | None
    state: str = Field(description="queued, running, succeeded, degraded, failed or cancelled")
    phase: str | None
    done: int
    total: int | None
    counts: RunCounts
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    heartbeat_at: Moment | None
    note: str | None = Field(None, description="Signed in only")
    requested_by: int | None = Field(
        None, description="Signed in only; a person's id, or null for the timetable"
    )


class StartedRun(BaseModel):
    """The run that was started, or joined."""

    run: Run


class SyncStatus(BaseModel):
    """How a league stands; ``run`` is its active run, else its newest."""

    league_id: int
    is_syncing: bool
    last_sync_at: Moment | None
    last_match_id: int | None
    failed_match_ids: list[int] = Field(description="Newest first, at most 1000")
    counts: StateCounts
    run: Run | None


_COLUMNS = tuple(name for name in Run.model_fields if name != "counts")


def run_body(
    run: models.Run, *, signed_in: bool, states: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """The run with its league's states, which are counted where the caller has not."""
    return _run(run, states).model_dump(mode="json", exclude=_hidden(run, signed_in))


def status_body(status: Mapping[str, Any], *, signed_in: bool) -> dict[str, Any]:
    """What ``sync.services.status`` found."""
    run: models.Run | None = status["run"]
    states = status["counts"]
    told = SyncStatus(**{**status, "run": None, "counts": StateCounts(**states)})
    shown = run and run_body(run, signed_in=signed_in, states=states)
    return {**told.model_dump(mode="json"), "run": shown}


def _run(run: models.Run, states: Mapping[str, int] | None) -> Run:
    states = matches.counts(run.league_id) if states is None else states
    extra = OF_A_RELINK if run.kind == "relink" else {}
    own = {name: run.counts.get(name, 0) for name in {**OF_THE_RUN, **extra}}
    counts = RunCounts.model_validate({**states, **own})
    return Run(counts=counts, **{name: getattr(run, name) for name in _COLUMNS})


def _hidden(run: models.Run, signed_in: bool) -> dict[str, Any]:
    hidden: dict[str, Any] = {} if signed_in else dict.fromkeys(FOR_SIGNED_IN, True)
    if run.kind != "relink":
        hidden["counts"] = set(OF_A_RELINK)
    return hidden
