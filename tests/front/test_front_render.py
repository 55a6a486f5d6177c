from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask, Response, g, redirect

from webapp.core import render

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("cookie", "league", "zone"),
    [
        ("Europe/Berlin", "", "Europe/Berlin"),
        ("Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"),
        ("", "Asia/Tokyo", "Asia/Tokyo"),
        ("../../etc/passwd", "Asia/Tokyo", "Asia/Tokyo"),
        ("Europe", "", "UTC"),
        ("Nowhere/Land", "", "UTC"),
        ("A" * 5000, "", "UTC"),
        ("", "", "UTC"),
    ],
)
def test_the_readers_zone_is_the_cookies_else_the_leagues(
    app: Flask, cookie: str, league: str, zone: str
) -> None:
    with app.test_request_context("/", headers={"Cookie": f"tz={cookie}"}):
        g.league_zone = league
        assert render.reader_zone().key == zone


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><b', "")])
def test_only_a_known_theme_reaches_the_page(app: Flask, cookie: str, theme: str) -> None:
    with app.test_request_context("/", headers={"Cookie": f"theme={cookie}"}):
        assert render.reader_theme() == theme


def test_a_changed_filter_keeps_the_others_and_starts_at_the_first_page(app: Flask) -> None:
    with app.test_request_context("/matches/?state=failed&team=Fox&after=xyz"):
        assert render.url_with(state="stub") == "/matches/?state=stub&team=Fox"
        assert render.url_with(state=None, team="") == "/matches/"
        assert render.url_with(after="n&xt") == "/matches/?state=failed&team=Fox&after=n%26xt"


def test_a_static_address_changes_with_the_content(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)
    file = tmp_path / "a.css"
    with app.test_request_context("/"):
        file.write_text("one")
        first = render.static_url("a.css")
        file.write_text("two, and longer")
        assert render.static_url("a.css") != first


def test_a_static_file_with_its_hash_is_kept_and_without_is_asked_for_again(app: Flask) -> None:
    client = app.test_client()
    with app.test_request_context("/"):
        address = render.static_url("aegis.css")
    with client.get(address) as kept, client.get("/static/aegis.css") as bare:
        assert "immutable" in kept.headers["Cache-Control"]
        assert "immutable" not in bare.headers.get("Cache-Control", "")


@pytest.fixture
def dual(app: Flask, tmp_path: Path) -> Flask:
    (tmp_path / "page.html").write_text("<html>{% include '_part.html' %}</html>")
    (tmp_path / "_part.html").write_text("<p id='part'>{{ word }}</p>")
    app.jinja_loader = __import__("jinja2").FileSystemLoader(tmp_path)

    @app.get("/dual")
    def show() -> Response:
        return render.page_or_fragment("page.html", "_part.html", word="Foxglove")

    @app.get("/several")
    def several() -> Response:
        return render.page_or_fragment("page.html", {"part": "_part.html"}, word="Foxglove")

    @app.get("/wrong")
    def wrong() -> Response:
        return render.page_or_fragment("page.html", "_part.html", status=400, word="Foxglove")

    return app


def test_htmx_gets_the_fragment_and_everyone_else_the_page(dual: Flask) -> None:
    client = dual.test_client()
    page, part = client.get("/dual"), client.get("/dual", headers=HTMX)
    assert page.text == "<html><p id='part'>Foxglove</p></html>"
    assert part.text == "<p id='part'>Foxglove</p>"
    assert "HX-Request" in page.headers["Vary"]
    assert "HX-Request" in part.headers["Vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_link_and_the_way_back_get_the_page(dual: Flask, header: str) -> None:
    answer = dual.test_client().get("/dual", headers=HTMX | {header: "true"})
    assert answer.text.startswith("<html>")


def test_the_target_chooses_among_several_fragments(dual: Flask) -> None:
    client = dual.test_client()
    assert client.get("/several", headers=HTMX | {"HX-Target": "part"}).text.startswith("<p")
    assert client.get("/several", headers=HTMX | {"HX-Target": "other"}).text.startswith("<html>")


def test_a_fragment_with_an_error_is_marked_to_be_shown(dual: Flask) -> None:
    client = dual.test_client()
    assert client.get("/wrong", headers=HTMX).headers[render.FRAGMENT_ERROR] == "1"
    assert render.FRAGMENT_ERROR not in client.get("/wrong").headers


@pytest.fixture
def telling(dual: Flask) -> Flask:
    @dual.get("/tell")
    def tell() -> str:
        render.notify("Linked Ярик 57", undo="/undo")
        return "told"

    @dual.get("/leave")
    def leave() -> Response:
        render.notify("It is gone", "error")
        return redirect("/dual")  # type: ignore[return-value]  # werkzeug's response, as Flask's

    return dual


def toasts(response: object) -> list[dict[str, str]]:
    header = response.headers.get("HX-Trigger", "{}")  # type: ignore[attr-defined]
    return json.loads(header).get("toasts", {}).get("list", [])


def test_a_notice_goes_with_the_answer_to_htmx(telling: Flask) -> None:
    answer = telling.test_client().get("/tell", headers=HTMX)
    assert toasts(answer) == [{"text": "Linked Ярик 57", "kind": "info", "undo": "/undo"}]
    assert answer.headers["HX-Trigger"].isascii()


def test_a_notice_before_a_redirect_reaches_the_answer_after_it(telling: Flask) -> None:
    client = telling.test_client()
    assert toasts(client.get("/leave", headers=HTMX)) == []
    assert [each["text"] for each in toasts(client.get("/dual", headers=HTMX))] == ["It is gone"]
    assert toasts(client.get("/dual", headers=HTMX)) == []


def test_without_htmx_the_next_page_shows_the_notice_once(app: Flask) -> None:
    @app.get("/tell")
    def tell() -> str:
        render.notify("<b>Gone</b>", "error")
        return "told"

    client = app.test_client()
    client.get("/tell")
    page = client.get("/styleguide").text
    assert "&lt;b&gt;Gone&lt;/b&gt;" in page
    assert 'data-kind="error"' in page
    assert "&lt;b&gt;Gone" not in client.get("/styleguide").text
