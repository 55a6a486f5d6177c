"""Retry: a person asks every source afresh for matches that none gave."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import outside, person
from webapp.accounts.policy import policy
from webapp.core.api import LARGEST
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.core.figures import plural
from webapp.core.render import is_htmx, notify
from webapp.core.runs import services as runs
from webapp.core.runs.services import Started
from webapp.matches import failed
from webapp.matches import services as matches
from webapp.matches.browse import place
from webapp.matches.failed_routes import failed_address, failed_list
from webapp.sync import services

bp = Blueprint("sync_retry", __name__)
AT_ONCE = 5_000
"""Matches reset by one statement: databases take so many values, and not endlessly more."""

NAMED = 50
"""Ids that the audit row names; of more it gives the number."""


@bp.post("/leagues/<int:league_id>/failed/retry")
@policy("admin")
def retry_of_league(league_id: int) -> Response | WerkzeugResponse:
    """Retry one, the ticked or all filtered matches of a league's list."""
    return _retry_list(league_id)


@bp.post("/failed/retry")
@policy("admin")
def retry_of_all() -> Response | WerkzeugResponse:
    """The same for the list of all leagues; each league gets a run of its own."""
    return _retry_list(None)


@bp.post("/matches/<int:match_id>/retry")
@policy("admin")
def retry_one(match_id: int) -> WerkzeugResponse:
    """Retry from the match's own page; a stub becomes due now."""
    match = matches.get(match_id)
    if match.state == "detailed":
        raise Conflict("This match has its details.")
    _retry({match.league_id: [match_id]}, ("match", match_id))
    return redirect(f"/matches/{match_id}", 303)


def _retry_list(league_id: int | None) -> Response | WerkzeugResponse:
    wanted = failed.read_wanted(request.args, league_id)
    chosen = _chosen(wanted)
    ids = sorted((one for of_league in chosen.values() for one in of_league), reverse=True)
    if not ids:
        raise Conflict("Nothing of that is failed or withheld any more. Load the page again.")
    target = ("match", ids[0]) if len(ids) == 1 else ("league", league_id or "all")
    _retry(chosen, target)
    if is_htmx():
        shown = _ids(request.form.getlist("kept")) + _on_this_page(ids)
        return failed_list(league_id, kept=shown)
    back = {name: request.args.get(name, "") for name in ("state", "reason")}
    return redirect(failed_address(league_id, **back), 303)


def _chosen(wanted: failed.Wanted) -> dict[int, list[int]]:
    """The row's own button, else all that the filters meet, else the ticks; by league."""
    one = request.form.get("one")
    if not one and request.form.get("all"):
        return failed.ids_by_league(wanted)
    ids = _ids([one] if one else request.form.getlist("match"))
    if not ids:
        raise BadInput("Tick the matches that are to be retried first.")
    chosen = failed.chosen_by_league(ids)
    league_id = wanted.league_id
    return chosen if league_id is None else {k: v for k, v in chosen.items() if k == league_id}


def _ids(texts: Iterable[str]) -> list[int]:
    """Match ids of the form's fields; more than a page holds are none of ours."""
    ids = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 20]
    return [one for one in ids if one <= LARGEST][: failed.PER_PAGE]


def _on_this_page(ids: list[int]) -> list[int]:
    oldest = place(request.args.get("after", "")) or LARGEST
    return [one for one in ids if one < oldest][: failed.PER_PAGE]


def _retry(chosen: dict[int, list[int]], target: tuple[str, str | int]) -> None:
    """Reset them and start or join each league's run, in one transaction with the audit row."""
    begun: dict[int, Started] = {}
    total = 0
    for league_id, ids in sorted(chosen.items()):
        for first in range(0, len(ids), AT_ONCE):
            started, number = services.retry(
                league_id, ids[first : first + AT_ONCE], by=person().id
            )
            begun[league_id] = begun.get(league_id, started)
            total += number
    if not total:
        raise Conflict("None of these can be retried any more. Load the page again.")
    named = [one for ids in chosen.values() for one in ids]
    after = {"matches": total} | ({"ids": named} if len(named) <= NAMED else {})
    audit.record("retry", target[0], target[1], None, after)
    db.session.commit()
    for started in begun.values():
        if started.created:
            runs.enqueue(outside().redis, started.run)
    _tell(total, list(begun.values()))


def _tell(total: int, begun: list[Started]) -> None:
    what = plural(total, "match", "matches")
    which = "run" if len(begun) == 1 else "runs"
    numbers = ", ".join(str(started.run.id) for started in begun[:5])
    joined = all(not started.created for started in begun)
    how = f"the {which} at work, {numbers}, takes them up" if joined else f"{which} {numbers}"
    notify(f"Every source is asked afresh for {what}: {how}.")
