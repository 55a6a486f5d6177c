from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from flask import Flask

from tests.front.conftest import NOBODY
from webapp.core.figures import DASH
from webapp.settings import ROOT

Draw = Callable[..., str]
COMPONENTS = ROOT / "templates" / "components"
VOID = {"meta", "link", "input", "img", "br", "hr", "path", "circle", "rect"}


class Shape(HTMLParser):
    """Fails on a tag that is never closed, and gathers ids, headings and named controls."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag == "h1":
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def shape_of(page: str) -> Shape:
    shape = Shape()
    shape.feed(page)
    assert shape.open == []
    return shape


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_styleguide_is_one_sound_page(app: Flask, signed_in: bool) -> None:
    if not signed_in:
        app.config["PERSON"] = NOBODY
    shape = shape_of(app.test_client().get("/styleguide").text)
    assert len(shape.headings) == 1
    assert len(shape.ids) == len(set(shape.ids))


def test_the_styleguide_shows_every_macro() -> None:
    shown = (ROOT / "templates" / "styleguide" / "page.html").read_text()
    macros = {
        name
        for path in COMPONENTS.glob("*.html")
        for name in re.findall(r"{% macro ([a-z]\w*)\(", path.read_text())
    }
    inside = {"mark", "csrf", "item", "triangle"}
    assert {name for name in macros - inside if f"{name}(" not in shown} == set()


def test_every_macro_is_described_at_the_top_of_its_file() -> None:
    for path in COMPONENTS.glob("*.html"):
        source = path.read_text()
        comment = source[: source.index("#}")]
        for name in re.findall(r"{% macro ([a-z]\w*)\(", source):
            assert name == "triangle" or f"{name}(" in comment, f"{path.name}: {name}"


def test_every_page_says_sandbox_and_names_the_zone_once(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("tz", "Europe/Berlin")
    page = client.get("/styleguide").text
    assert '<span class="tag">sandbox</span>' in page
    assert page.count("Times in") == 1
    assert '<span id="zone">Europe/Berlin</span>' in page


def test_a_persons_own_pages_are_not_offered_to_a_visitor(app: Flask) -> None:
    assert "/people/" in app.test_client().get("/styleguide").text
    app.config["PERSON"] = NOBODY
    page = app.test_client().get("/styleguide").text
    assert "/people/" not in page
    assert "/queues/" not in page
    assert "/login?next=/styleguide" in page


def test_a_name_from_outside_stays_text_wherever_it_stands(draw: Draw) -> None:
    name = "<img src=x onerror=alert(1)>\"'"
    source = """{% from "components/dota.html" import side, player, avatar %}
    {% from "components/page.html" import panel, toast, figures, code, crumbs %}
    {% from "components/forms.html" import field, area, select, post_button %}
    {{ side("radiant", n) }}{{ player(n, "#", 1) }}{{ avatar("", n) }}{{ toast(n) }}
    {{ code(n, "x") }}{{ figures([("a", n)]) }}{{ field("a", n, n, error=n, list=n) }}
    {{ area("b", n, n) }}{{ crumbs([(n, "#")]) }}{{ select("c", n, [(n, n)]) }}
    {{ post_button("/x", n, fields={"a": n}, confirm=n, confirm_text=n) }}
    {% call panel(n, attrs={"hx-vals": {"a": n}|tojson}) %}{{ n }}{% endcall %}"""
    drawn = draw(source, n=name)
    assert "<img src=x" not in drawn
    assert drawn.count("onerror") >= 15
    assert not re.search(r"<[^>]*\sonerror=", re.sub(r'"[^"]*"', '""', drawn))


def test_a_state_always_has_a_shape_and_a_word(draw: Draw) -> None:
    badge = '{% from "components/badges.html" import badge %}{{ badge(state) }}'
    for state in ("stub", "failed", "withheld", "running", "degraded", "stalled", "resting"):
        drawn = draw(badge, state=state)
        assert re.search(rf'class="badge {state}"><svg .*?<(path|circle|rect)', drawn)
        assert drawn.endswith(f"{state.capitalize()}</span>")
    assert "Strange" in draw(badge, state="strange")


def test_a_button_posts_with_its_token_and_without_script(draw: Draw) -> None:
    drawn = draw(
        '{% from "components/forms.html" import post_button %}'
        '{{ post_button("/sync", "Sync", fields={"league_id": 7}) }}'
    )
    assert 'method="post" action="/sync"' in drawn
    assert re.search(r'name="csrf_token" value="[^"]{20,}"', drawn)
    assert '<input type="hidden" name="league_id" value="7">' in drawn


def test_a_busy_button_keeps_its_place_and_does_nothing(draw: Draw) -> None:
    drawn = draw(
        '{% from "components/forms.html" import post_button %}'
        '{{ post_button("/sync", "Sync", busy="Syncing…", described_by="run-8") }}'
    )
    assert (
        '<button class="btn" type="button" aria-disabled="true" aria-describedby="run-8">' in drawn
    )


def test_the_smallest_count_is_still_seen_and_nothing_covers_it(draw: Draw) -> None:
    counts = SimpleNamespace(total=10_004, detailed=10_000, stub=0, failed=3, withheld=1)
    drawn = draw(
        '{% from "components/progress.html" import counts_bar %}{{ counts_bar(c) }}', c=counts
    )
    whole = float(re.search(r'viewBox="0 0 ([\d.]+) 8"', drawn)[1])  # type: ignore[index]
    rects = re.findall(r'<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"', drawn)
    assert [name for name, _, _ in rects] == ["detailed", "failed", "withheld"]
    at = 0.0
    for _, x, width in rects:
        assert float(x) == pytest.approx(at)
        assert float(width) / whole > 0.005
        at += float(width)
    assert at == pytest.approx(whole)


def test_no_match_at_all_draws_an_empty_bar(draw: Draw) -> None:
    counts = SimpleNamespace(total=0, detailed=0, stub=0, failed=0, withheld=0)
    source = '{% from "components/progress.html" import counts_strip %}{{ counts_strip(c, {}) }}'
    drawn = draw(source, c=counts)
    assert "<rect" not in drawn.split('class="bar')[1]
    assert "none yet" in drawn


def test_a_bar_has_no_value_while_its_end_is_unknown(draw: Draw) -> None:
    source = (
        '{% from "components/progress.html" import phase %}'
        '{{ phase(1, "Collecting", "now", done=d, total=t) }}'
    )
    assert 'value="' not in draw(source, d=450, t=None)
    assert 'value="230" max="450"' in draw(source, d=230, t=450)


def test_a_time_says_its_utc_moment_and_the_readers(app: Flask) -> None:
    source = '{% from "components/tables.html" import when %}{{ when(m, "clock") }}'
    moment = datetime(2026, 11, 21, 22, 2, tzinfo=UTC)
    with app.test_request_context("/", headers={"Cookie": "tz=Europe/Berlin"}):
        drawn = app.jinja_env.from_string(source).render(m=moment)
    assert 'datetime="2026-11-21T22:02:00Z"' in drawn
    assert ">23:02</time>" in drawn


def test_what_is_unknown_reads_as_a_dash_or_a_question(draw: Draw) -> None:
    source = """{% from "components/dota.html" import score, kda, player, hero %}
    {% from "components/tables.html" import when %}
    {{ score(none, 3) }}{{ kda(none, none, none) }}{{ player(none) }}{{ hero(9999) }}
    {{ when(none) }}"""
    drawn = draw(source)
    assert f"{DASH} : {DASH}" in drawn
    assert "Anonymous" in drawn
    assert "Unknown hero 9999" in drawn
    assert "None" not in drawn


def test_a_hero_keeps_its_letters_under_the_picture(draw: Draw) -> None:
    drawn = draw('{% from "components/dota.html" import hero %}{{ hero(7) }}')
    assert re.search(
        r'title="Earthshaker">ES<img src="https://[^"]+/earthshaker.png" alt=""', drawn
    )
    assert "data-tile" in drawn
