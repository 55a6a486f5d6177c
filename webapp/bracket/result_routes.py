"""What organizers do to a series in its panel: its result, its time, and who stands in."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, request

from webapp.accounts import audit
from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.bracket import changes, records, results, services
from webapp.bracket.bracket_view import zone_of
from webapp.bracket.panel_answer import Answer, answer, in_panel
from webapp.bracket.results import Done, Entry
from webapp.bracket.services import labels
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.core.render import notify
from webapp.core.time import iso
from webapp.tournaments.local_time import read_local
from webapp.tournaments.models import StandIn

bp = Blueprint("results", __name__)


@bp.post("/series/<int:series_id>/result")
@policy("organizer")
@in_panel
def enter(series_id: int) -> Answer:
    """Enter a result by hand: a score, who forfeited, or that both did."""
    done = results.enter(series_id, _entry(), by=person().id)
    words = f"{done.series.label} is settled: {results.told(done.bracket, done.series)}."
    return _settled("enter result", done, words, undo=f"/series/{series_id}/undo-result")


def _entry() -> Entry:
    forfeit = request.form.get("forfeit", "")
    if forfeit:
        return Entry(forfeit=forfeit)
    return Entry(_score("score_a"), _score("score_b"))


def _score(name: str) -> int | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 3):
        raise BadInput(results.NOT_ENTERED, fields={name: "a number of games"})
    return int(text)


@bp.post("/series/<int:series_id>/undo-result")
@policy("organizer")
@in_panel
def undo(series_id: int) -> Answer:
    """Take a result by hand back; what its games say counts again."""
    done = results.clear(series_id)
    return _settled("undo result", done, f"The result of {done.series.label} is undone.")


def _settled(action: str, done: Done, words: str, *, undo: str = "") -> Answer:
    series_id = done.series.id
    also = f" Also undone: {', '.join(labels(done.undone))}." if done.undone else ""
    records.of_result(action, done)
    db.session.commit()
    notify(words + also, undo=undo)
    return answer(series_id)


# ---- when --------------------------------------------------------------------------------------


@bp.post("/series/<int:series_id>/time")
@policy("organizer")
@in_panel
def set_time(series_id: int) -> Answer:
    """When this series is played, by the clock of the tournament; empty takes the time away."""
    bracket, series = services.of_series(series_id)
    starts = read_local(request.form.get("starts", ""), zone_of(bracket), "starts")
    return _set_time(series_id, series.scheduled_at, starts)


@bp.post("/series/<int:series_id>/undo-time")
@policy("organizer")
@in_panel
def undo_time(series_id: int) -> Answer:
    """Put back the time that stood before."""
    _, series = services.of_series(series_id)
    return _set_time(series_id, series.scheduled_at, _moment(request.values.get("at", "")))


def _set_time(series_id: int, before: datetime | None, starts: datetime | None) -> Answer:
    _, series = changes.change_series(series_id, scheduled_at=starts)
    was, now = {"scheduled_at": iso(before)}, {"scheduled_at": iso(starts)}
    audit.record("change series", "series", series_id, was, {"series": series.label, **now})
    words = f"{series.label} {'has its time' if starts else 'has no time any more'}."
    db.session.commit()
    notify(words, undo=f"/series/{series_id}/undo-time?at={iso(before) or ''}")
    return answer(series_id)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        raise BadInput("Nothing was undone: the address names no moment.")
    return found


# ---- stand-ins ---------------------------------------------------------------------------------


@bp.post("/series/<int:series_id>/stand-ins")
@policy("organizer")
@in_panel
def approve(series_id: int) -> Answer:
    """Approve who stands in, for somebody named or for anyone missing."""
    form = request.form
    team_id, _, out = form.get("for", "").partition("-")
    bracket, stand_in = changes.approve_stand_in(
        series_id,
        _id(team_id, "for", "which team they stand in for is needed"),
        _id(form.get("steam_id_in", ""), "steam_id_in", "who stands in is needed: a steamid"),
        steam_id_out=_id(out, "for", "who is missing is a steamid") if out else None,
        name=form.get("name", "").strip(),
        by=person().id,
    )
    audit.record("approve stand-in", "series", series_id, None, _told(stand_in))
    name = stand_in.name_in or str(stand_in.steam_id_in)
    words = f"{name} stands in for {bracket.name_of(stand_in.team_id)} in this series."
    undo_path = f"/series/{series_id}/stand-ins/{stand_in.id}/remove"
    db.session.commit()
    notify(words, undo=undo_path)
    return answer(series_id, game_number())


@bp.post("/series/<int:series_id>/stand-ins/<int:stand_in_id>/remove")
@policy("organizer")
@in_panel
def remove(series_id: int, stand_in_id: int) -> Answer:
    """Take a stand-in back."""
    _, stand_in = changes.take_back_stand_in(stand_in_id)
    if stand_in.series_id != series_id:
        raise Conflict("That stand-in is of another series.")
    audit.record("take back stand-in", "series", series_id, _told(stand_in), None)
    name = stand_in.name_in or str(stand_in.steam_id_in)
    db.session.commit()
    notify(f"{name} does not stand in any more.")
    return answer(series_id, game_number())


def _told(one: StandIn) -> dict[str, object]:
    return {
        "team": one.team_id,
        "in": str(one.steam_id_in),
        "out": str(one.steam_id_out) if one.steam_id_out else None,
    }


def _id(text: str, field: str, why: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 19):
        raise BadInput("The stand-in was not approved.", fields={field: why})
    return int(text)


def game_number() -> int | None:
    text = request.form.get("game", "")
    return int(text) if text in {"1", "2", "3", "4", "5"} else None
