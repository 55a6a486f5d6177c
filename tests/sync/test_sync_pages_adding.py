"""Adding matches by id or link: looked up, counted in the league, or entered by hand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.api.rows import add_league, add_match, statements
from tests.browsers import browser, csrf_token
from webapp.accounts.models import AuditEntry
from webapp.core.db import db
from webapp.core.errors import BadInput
from webapp.core.runs.jobs import work_here
from webapp.core.runs.models import Run
from webapp.matches.add import read_refs
from webapp.matches.models import Match
from webapp.sandbox.faults import Rule
from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import LeagueSpec, WorldSpec

LEAGUE, OTHER = 17929, 18204
PAGE = f"/leagues/{LEAGUE}/add-matches"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def spec() -> WorldSpec:
    return WorldSpec(leagues=(LeagueSpec(OTHER, "Copper Coast Cup", 6, withheld=1),))


# ---- reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "8604117220",
        "https://www.opendota.com/matches/8604117220",
        "https://www.dotabuff.com/matches/8604117220/builds",
        "dotabuff.com/matches/8604117220",
        "https://stratz.com/matches/8604117220?tab=overview",
        "HTTPS://STRATZ.COM/en/match/8604117220#lane",
    ],
)
def test_an_id_or_a_link_is_read(text: str) -> None:
    assert read_refs(f"  {text} ") == [8604117220]


def test_many_are_read_in_their_order_each_once() -> None:
    assert read_refs("3, 1;\n2 1\topendota.com/matches/3") == [3, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "paste ids or links"),
        ("77 dota", "“dota”"),
        ("https://evil.example/matches/77", "neither a match id nor a link"),
        ("https://opendota.com.evil.example/matches/77", "neither"),
        ("0", "neither"),
        ("9223372036854775808", "neither"),
        ("9" * 500, "neither"),
        (" ".join(map(str, range(1, 22))), "at most 20 at once, these are 21"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_refs(text)
    assert said in refused.value.fields["ids"]


# ---- looking up ------------------------------------------------------------------------------


@on_sqlite
def test_each_match_is_shown_with_its_real_league(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    add_league(OTHER)
    played = sandbox.world.finished(OTHER)[0].match_id
    page = browser(app, "admin").get(f"{PAGE}?ids={played}").text
    assert "1 of 1" in page
    assert "League 18204" in page
    assert f'name="match" value="{played}"' in page
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Match)) == 0


@on_sqlite
def test_what_is_here_already_is_told(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    add_league(OTHER)
    mine, others = (one.match_id for one in sandbox.world.finished(OTHER)[:2])
    add_match(mine, league_id=LEAGUE)
    add_match(others, league_id=OTHER)
    page = browser(app, "admin").get(f"{PAGE}?ids={mine},{others}").text
    assert "already" in page
    assert "in League 18204, moves here" in page
    assert f'name="match" value="{mine}"' not in page


@on_sqlite
def test_what_no_public_source_has_may_be_entered_by_hand(app: Flask) -> None:
    add_league(LEAGUE)
    page = browser(app, "admin").get(f"{PAGE}?ids=77").text
    assert "No public source has it" in page
    assert "Enter by hand" in page


@on_sqlite
def test_while_the_services_fail_nothing_is_called_missing(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    sandbox.faults.put(Rule(action="status", status=503))
    page = browser(app, "admin").get(f"{PAGE}?ids=77").text
    assert "Nobody could say of 77" in page
    assert "Enter by hand" not in page


@on_sqlite
@pytest.mark.parametrize("htmx", [False, True])
def test_wrong_input_is_named_beside_the_field(app: Flask, htmx: bool) -> None:
    add_league(LEAGUE)
    headers = {"HX-Request": "true", "HX-Target": "found"} if htmx else {}
    answer = browser(app, "admin").get(f"{PAGE}?ids=dota", headers=headers)
    assert answer.status_code == 400
    assert "“dota” is neither a match id nor a link" in answer.text


@on_sqlite
def test_the_page_takes_at_most_twelve_statements(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    ids = ",".join(str(one.match_id) for one in sandbox.world.finished(OTHER))
    reader = browser(app, "admin")
    reader.get(f"{PAGE}?ids={ids}")
    with statements() as asked:
        assert reader.get(PAGE).status_code == 200
    assert len(asked) <= 12, "\n".join(asked)


# ---- counting in -----------------------------------------------------------------------------


def post(app: Flask, address: str, **form: object) -> tuple[int, str]:
    admin = browser(app, "admin")
    answer = admin.post(address, data=form | {"csrf_token": csrf_token(admin)})
    return answer.status_code, answer.headers.get("Location", "")


def test_chosen_matches_count_here_and_get_their_details(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    played = sandbox.world.finished(OTHER)[0].match_id
    assert post(app, PAGE, match=[str(played)]) == (303, f"/leagues/{LEAGUE}")
    db.session.rollback()
    run = db.session.scalars(sa.select(Run)).one()
    assert work_here(run.id).state == "succeeded"
    match = db.session.get_one(Match, played, populate_existing=True)
    assert (match.state, match.league_id, match.steam_league_id) == ("detailed", LEAGUE, OTHER)
    assert match.pinned


@on_sqlite
def test_a_match_of_another_league_moves_and_keeps_what_it_has(app: Flask) -> None:
    add_league(LEAGUE)
    add_league(OTHER)
    add_match(5, [1, 2], league_id=OTHER)
    assert post(app, PAGE, match=["5"])[0] == 303
    db.session.rollback()
    match = db.session.get_one(Match, 5, populate_existing=True)
    assert (match.league_id, match.pinned, match.state) == (LEAGUE, True, "detailed")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0
    assert db.session.scalars(sa.select(AuditEntry.action)).all() == ["add matches"]


@on_sqlite
def test_what_only_steam_lists_comes_with_its_sequence_number(app: Flask, sandbox: Sandbox) -> None:
    add_league(LEAGUE)
    listed = next(one for one in sandbox.world.finished(OTHER) if one.withheld)
    page = browser(app, "admin").get(f"{PAGE}?ids={listed.match_id}").text
    assert f'name="steam" value="{listed.match_id}"' in page
    assert "not told" in page
    post(app, PAGE, match=[str(listed.match_id)], steam=[str(listed.match_id)])
    db.session.rollback()
    assert db.session.get_one(Match, listed.match_id).match_seq_num == listed.match_seq_num


@on_sqlite
def test_an_unlisted_match_becomes_a_row_to_enter_by_hand(app: Flask) -> None:
    add_league(LEAGUE)
    assert post(app, f"{PAGE}/by-hand", match="77") == (303, "/matches/77/by-hand")
    match = db.session.get_one(Match, 77)
    assert (match.state, match.pinned, match.league_id) == ("withheld", True, LEAGUE)
    assert post(app, f"{PAGE}/by-hand", match="77")[0] == 409
