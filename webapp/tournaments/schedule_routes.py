"""The schedule of a tournament: read by everybody, set by organizers, and as a calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.context import settings
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.figures import plural
from webapp.core.render import notify, page_or_fragment, zone_named
from webapp.core.time import utcnow
from webapp.tournaments import schedule, services
from webapp.tournaments.calendar_feed import feed
from webapp.tournaments.head import head_of
from webapp.tournaments.local_time import read_local, to_field
from webapp.tournaments.models import Series, Tournament
from webapp.tournaments.rounds import rounds_of
from webapp.tournaments.schedule_view import schedule as shown

bp = Blueprint("schedule", __name__)
NO_TIMES: Mapping[str, str] = {}


@bp.get("/tournaments/<int:tournament_id>/schedule")
@policy("anonymous")
def page(tournament_id: int) -> Response:
    """All series by night, with what clashes; organizers set the times here."""
    return _page(tournament_id)


def _page(tournament_id: int, problem: BadInput | None = None) -> Response:
    tournament = services.get(tournament_id)
    g.league_zone = tournament.zone
    zone = _zone(tournament)
    series, teams = schedule.series_of(tournament_id), schedule.team_names(tournament_id)
    return page_or_fragment(
        "tournaments/schedule.html",
        {"schedule": "tournaments/_schedule.html"},
        status=400 if problem else 200,
        tournament=tournament,
        head=head_of(tournament),
        schedule=shown(tournament, series, teams, zone),
        zone=zone,
        starts=to_field(tournament.starts_at, zone),
        typed=request.form if problem else NO_TIMES,
        wrong=problem.fields if problem else {},
        longest=schedule.LONGEST_SPACING,
    )


def _zone(tournament: Tournament) -> ZoneInfo:
    return zone_named(tournament.zone) or ZoneInfo("UTC")


@bp.post("/tournaments/<int:tournament_id>/schedule")
@policy("organizer")
def set_times(tournament_id: int) -> Response | WerkzeugResponse:
    """Set the times that differ from those the page had; an empty field takes one away."""
    tournament = services.get(tournament_id, lock=True)
    series = schedule.series_of(tournament_id)
    try:
        return _save(tournament, series, _times(series, _zone(tournament)))
    except BadInput as problem:
        db.session.rollback()
        return _page(tournament_id, problem)


def _times(series: Sequence[Series], zone: ZoneInfo) -> dict[int, datetime | None]:
    """The times of the fields somebody changed; the others are left as they are, seconds too."""
    times: dict[int, datetime | None] = {}
    wrong: dict[str, str] = {}
    for one in series:
        name = f"at-{one.id}"
        text = request.form.get(name)
        if text is not None and text.strip()[:16] != to_field(one.scheduled_at, zone):
            try:
                times[one.id] = read_local(text, zone, name)
            except BadInput as problem:
                wrong |= problem.fields
    if wrong:
        raise BadInput("The schedule was not saved.", fields=wrong)
    return times


@bp.post("/tournaments/<int:tournament_id>/schedule/round")
@policy("organizer")
def set_round(tournament_id: int) -> Response | WerkzeugResponse:
    """Give all series of a round that are still to be played their times, so far apart."""
    tournament = services.get(tournament_id, lock=True)
    series = schedule.series_of(tournament_id)
    try:
        return _save(tournament, series, _times_of_round(series, _zone(tournament)))
    except BadInput as problem:
        db.session.rollback()
        return _page(tournament_id, problem)


def _times_of_round(series: Sequence[Series], zone: ZoneInfo) -> dict[int, datetime]:
    wanted = request.form.get("round", "")
    found = next((each for each in rounds_of(series) if each.key.text == wanted), None)
    if found is None:
        raise BadInput("The schedule was not saved.", fields={"round": "choose a round"})
    first = read_local(request.form.get("first", ""), zone, "first")
    if first is None:
        raise BadInput("The schedule was not saved.", fields={"first": "when its first starts"})
    return schedule.spread(found.series, first, request.form.get("spacing", -1, type=int))


def _save(
    tournament: Tournament, series: Sequence[Series], times: Mapping[int, datetime | None]
) -> WerkzeugResponse:
    before, after = schedule.set_times(tournament, series, times)
    audit.record("schedule series", "tournament", tournament.id, before, after)
    db.session.commit()
    notify(f"{plural(len(after), 'time', 'times')} changed." if after else "Nothing changed.")
    return redirect(f"/tournaments/{tournament.id}/schedule", 303)


@bp.get("/tournaments/<int:tournament_id>/calendar.ics")
@policy("anonymous")
def calendar(tournament_id: int) -> Response:
    """The series that have a time, for people's calendars."""
    tournament = services.get(tournament_id)
    series, teams = schedule.series_of(tournament_id), schedule.team_names(tournament_id)
    body = feed(tournament, series, teams, base_url=settings().base_url, now=utcnow())
    response = make_response(body)
    response.mimetype = "text/calendar"
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Content-Disposition"] = f'inline; filename="tournament-{tournament_id}.ics"'
    return response
