"""Teams out of a table: previewed first, with nothing saved, then entered all at once."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.accounts import audit
from webapp.accounts.policy import policy
from webapp.core.db import db
from webapp.core.errors import BadInput, Conflict
from webapp.core.figures import plural
from webapp.core.render import notify, page_or_fragment
from webapp.tournaments import services, teams, teams_csv
from webapp.tournaments.head import head_of
from webapp.tournaments.teams_csv import Table, Wrong

bp = Blueprint("team_import", __name__)


@bp.get("/tournaments/<int:tournament_id>/teams/import")
@policy("organizer")
def page(tournament_id: int) -> Response:
    return _page(tournament_id)


@bp.post("/tournaments/<int:tournament_id>/teams/import")
@policy("organizer", audited=False, writes=False)
def preview(tournament_id: int) -> Response:
    """What the table holds and what is wrong with it; nothing is saved."""
    try:
        text = _given()
    except BadInput as problem:
        return _page(tournament_id, "", Table(wrong=[Wrong(1, "", problem.fields["file"])]))
    return _page(tournament_id, text, teams_csv.read(text, teams.names_of(tournament_id)))


@bp.post("/tournaments/<int:tournament_id>/teams/import/confirm")
@policy("organizer")
def confirm(tournament_id: int) -> Response | WerkzeugResponse:
    """Enter the teams of the table that was previewed; all of them, or none."""
    tournament = services.get(tournament_id, lock=True)
    text = request.form.get("table", "")
    table = teams_csv.read(text, teams.names_of(tournament_id))
    if table.wrong:
        db.session.rollback()
        return _page(tournament_id, text, table)
    try:
        made = teams.add_all(tournament, table.teams)
    except (BadInput, Conflict) as problem:
        db.session.rollback()
        table.wrong.append(Wrong(1, "", problem.message))
        return _page(tournament_id, text, table)
    after = {"teams": [team.name for team in made], "players": table.players}
    audit.record("import teams", "tournament", tournament_id, None, after)
    db.session.commit()
    notify(f"{plural(len(made), 'team')} with {plural(table.players, 'player')} are in.")
    return redirect(f"/tournaments/{tournament_id}/teams", 303)


def _given() -> str:
    """The table as text: the file where one was chosen, else what was pasted.

    Raises:
        BadInput: the file is too large, or no text.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        return request.form.get("table", "")
    data = file.stream.read(4 * teams_csv.LARGEST + 1)
    if len(data) > 4 * teams_csv.LARGEST:
        raise BadInput("Too large.", fields={"file": "the file is too large for a table of teams"})
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        why = "the file is not UTF-8 text; save it as CSV UTF-8"
        raise BadInput("No text.", fields={"file": why}) from None


def _page(tournament_id: int, text: str = "", table: Table | None = None) -> Response:
    tournament = services.get(tournament_id)
    g.league_zone = tournament.zone
    return page_or_fragment(
        "tournaments/import.html",
        {"import": "tournaments/_import.html"},
        status=400 if table and table.wrong else 200,
        tournament=tournament,
        head=head_of(tournament),
        text=text,
        table=table,
        columns=teams_csv.COLUMNS,
    )
