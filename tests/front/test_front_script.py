"""The script in a real Chromium, under the policy the site sends, with and without the CDN."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask, Response, render_template_string, request
from playwright.sync_api import Browser, Page, Route
from werkzeug.serving import make_server

from tests.browser.watched import launched, needed_chromium
from tests.conftest import wait_for
from tests.front.conftest import POLICY
from webapp.core import render
from webapp.core.errors import Conflict
from webapp.settings import ROOT

pytestmark = pytest.mark.browser
HTMX = (ROOT / "static" / f"htmx-{render.HTMX}.min.js").read_bytes()
FIGURE = "Number(document.querySelector('#figure').innerText)"
PAGE = """{% extends "layout/base.html" %}
{% from "components/page.html" import poll_note, toast %}
{% from "components/forms.html" import post_button, csrf %}
{% from "components/tables.html" import bulk_bar, pick_box, search_filters %}
{% from "components/dota.html" import hero %}
{% block title %}Trial{% endblock %}
{% block content %}
{% include part %}
{{ hero(7) }}
<form method="post" action="/posted" data-bulk>{{ csrf() }}{{ bulk_bar(6, "Retry") }}
<table>{% for n in [1, 2] %}<tr><td>{{ pick_box("match", n, n) }}</td></tr>{% endfor %}</table>
</form>
{{ post_button("/posted", "Archive", confirm="Archive it?", confirm_text="Its matches stay.") }}
<button id="conflict" class="btn" hx-post="/conflict" hx-swap="none">Conflict</button>
<button id="wrong" class="btn" hx-post="/wrong" hx-target="#spot">Wrong</button><p id="spot"></p>
<button id="tell" class="btn" hx-post="/tell" hx-swap="none">Tell</button>
{% call search_filters("/") %}<p id="folded">more</p>{% endcall %}
{% endblock %}"""
PART = """{% from "components/page.html" import poll_note %}
<section id="live" hx-get="/live" hx-trigger="every 200ms" hx-swap="outerHTML">
<b id="figure">{{ n }}</b>
<button class="btn" type="button" id="inside">Cancel</button>{{ poll_note() }}</section>"""


@dataclass
class Site:
    url: str = ""
    polls: int = 0
    failing: bool = False
    posted: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    site = Site()
    add_routes(app, site)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def add_routes(app: Flask, site: Site) -> None:
    part = app.jinja_env.from_string(PART)

    @app.get("/")
    def page() -> str:
        return render_template_string(PAGE, part=part, n=site.polls)

    @app.get("/live")
    def live() -> tuple[str, int]:
        site.polls += 1
        return ("down", 503) if site.failing else (render_template_string(PART, n=site.polls), 200)

    @app.get("/runs/pill")
    def pill() -> Response:
        return Response(status=204)

    @app.post("/posted")
    def posted() -> str:
        site.posted.append({name: request.form.getlist(name) for name in request.form})
        return "posted"

    @app.post("/conflict")
    def conflict() -> tuple[dict[str, object], int]:
        return {"error": {"code": Conflict.code, "message": "<b>Somebody</b> was faster."}}, 409

    @app.post("/wrong")
    def wrong() -> Response:
        return render.page_or_fragment("styleguide/wrong.html", "_wrong", status=400)

    @app.post("/tell")
    def tell() -> str:
        render.notify("Linked game 2.", undo="/posted")
        return ""

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    loader = app.jinja_env.loader
    assert loader is not None
    from jinja2 import ChoiceLoader, DictLoader

    app.jinja_env.loader = ChoiceLoader([DictLoader({"_wrong": "<i>Not a match id</i>"}), loader])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(needed_chromium()) as started:
        yield started


def cdn_answers(route: Route) -> None:
    route.fulfill(
        body=HTMX,
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )


def cdn_fails(route: Route) -> None:
    route.abort()


def cdn_answers_with_something_else(route: Route) -> None:
    route.fulfill(
        body=b"window.stolen = true",
        content_type="text/javascript",
        headers={"Access-Control-Allow-Origin": "*"},
    )


@dataclass
class Tab:
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str, cdn: object = cdn_answers) -> Page:
        page = self.page
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.heard(m.text) if m.type == "error" else None)
        page.route("https://**", cdn_fails)
        page.route("https://cdn.jsdelivr.net/**", cdn)  # type: ignore[arg-type]  # a handler
        page.goto(url, wait_until="domcontentloaded")
        until(page, "Boolean(window.htmx?.version && document.querySelector('#inside'))")
        return page

    def heard(self, text: str) -> None:
        if "Failed to load resource" not in text and "Response Status Error" not in text:
            self.complaints.append(text)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    context = browser.new_context(
        timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 800}
    )
    tab = Tab(context.new_page())
    tab.page.set_default_timeout(8000)
    yield tab
    context.close()


def until(page: Page, expression: str) -> None:
    """Playwright's own waiting evaluates in the page, which the policy forbids."""
    wait_for(expression, lambda: page.evaluate(expression), 8)


def figure(page: Page) -> int:
    return int(page.evaluate(FIGURE))


@pytest.mark.parametrize("cdn", [cdn_answers, cdn_fails], ids=["cdn", "no cdn"])
def test_a_polled_part_moves_with_and_without_the_cdn(site: Site, tab: Tab, cdn: object) -> None:
    page = tab.open(site.url, cdn)
    until(page, f"{FIGURE} >= 2")
    assert page.locator("#htmx-local").count() == (cdn is cdn_fails)
    assert tab.complaints == []


def test_a_changed_file_of_the_cdn_is_refused_and_ours_taken(site: Site, tab: Tab) -> None:
    page = tab.open(site.url, cdn_answers_with_something_else)
    until(page, f"{FIGURE} >= 1")
    assert page.evaluate("window.stolen") is None
    assert page.locator("#htmx-local").count() == 1


def test_a_silent_cdn_is_not_waited_for(site: Site, tab: Tab) -> None:
    page = tab.open(site.url, lambda route: None)
    until(page, f"{FIGURE} >= 1")
    assert page.locator("#htmx-local").count() == 1


def test_htmx_obeys_the_configuration_of_the_page(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    settings = page.evaluate("htmx.config")
    assert {name: settings[name] for name in render.HTMX_CONFIG} == render.HTMX_CONFIG


def test_a_poll_replaces_nothing_that_a_person_is_using(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    until(page, f"{FIGURE} >= 1")
    page.focus("#inside")
    page.wait_for_timeout(300)
    before = figure(page)
    page.wait_for_timeout(700)
    assert figure(page) == before
    assert page.evaluate("document.activeElement.id") == "inside"
    page.evaluate("document.activeElement.blur()")
    until(page, f"{FIGURE} > {before}")


def test_nobody_looking_means_nothing_is_asked(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    until(page, f"{FIGURE} >= 1")
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"
    )
    page.wait_for_timeout(300)
    before = site.polls
    page.wait_for_timeout(700)
    assert site.polls == before


def test_a_failing_poll_says_when_it_was_last_seen_and_goes_on(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    until(page, f"{FIGURE} >= 1")
    site.failing = True
    note = page.locator("#live [data-poll-note]")
    note.wait_for()
    assert note.inner_text().startswith("Last seen ")
    assert note.inner_text().endswith(", trying again")
    assert page.locator(".toast").count() == 0
    site.failing = False
    note.wait_for(state="hidden")


def test_the_zone_and_the_theme_are_told_to_the_server(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.click(".menu-of > summary")
    page.click(".menu-of [data-theme-choice=dark]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload(wait_until="domcontentloaded")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.inner_text("#zone") == "Europe/Berlin"
    page.click(".menu-of > summary")
    page.click(".menu-of [data-theme-choice='']")
    assert page.get_attribute("html", "data-theme") is None


def test_ticks_change_the_words_and_are_posted(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    button = page.locator("[data-bulk-button]")
    assert button.is_disabled()
    page.check("[data-pick][value='2']")
    assert button.inner_text() == "Retry 1 selected"
    page.check("[data-select-all]")
    assert page.inner_text("[data-bulk-words]") == "2 selected"
    assert page.locator("tr.pick").count() == 2
    button.click()
    until(page, "document.body.innerText === 'posted'")
    assert site.posted[0]["match"] == ["1", "2"]


def test_what_cannot_be_undone_is_asked_first(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.click("text=Archive")
    assert page.inner_text("#confirm h2") == "Archive it?"
    page.click("#confirm [value=no]")
    assert site.posted == []
    page.click("form[data-confirm] .btn")
    page.click("#confirm [value=yes]")
    until(page, "document.body.innerText === 'posted'")
    assert len(site.posted) == 1


def test_a_refusal_is_shown_as_text_and_stays(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.click("#conflict")
    toast = page.locator(".toast.wrong")
    toast.wait_for()
    assert "<b>Somebody</b> was faster." in toast.inner_text()
    toast.locator("[data-close]").click()
    assert page.locator(".toast").count() == 0


def test_an_answer_marked_as_a_fragment_is_shown_in_place(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.click("#wrong")
    page.wait_for_selector("#spot i")
    assert page.inner_text("#spot") == "Not a match id"
    assert page.locator(".toast").count() == 0


def test_a_notice_offers_to_undo_with_a_token(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.click("#tell")
    page.click(".toast >> text=Undo")
    until(page, "document.body.innerText === 'posted'")
    assert site.posted[0]["csrf_token"][0]


def test_a_picture_that_does_not_come_leaves_the_letters(site: Site, tab: Tab) -> None:
    page = tab.open(site.url)
    page.wait_for_selector(".hero img[hidden]", state="attached")
    assert page.inner_text(".hero").startswith("ES")


def test_filters_are_folded_on_a_phone_only(site: Site, browser: Browser, tab: Tab) -> None:
    assert tab.open(site.url).is_visible("#folded")
    context = browser.new_context(viewport={"width": 390, "height": 800}, is_mobile=True)
    phone = Tab(context.new_page()).open(site.url)
    assert not phone.is_visible("#folded")
    phone.click(".fold > summary")
    assert phone.is_visible("#folded")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_the_page_can_be_read_and_used_without_script(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("https://**", cdn_fails)
    page.goto(site.url)
    assert page.is_visible("#folded")
    assert not page.is_visible("[data-themes]")
    page.check("[data-pick][value='1']")
    page.click("text=Retry selected")
    assert site.posted[0]["match"] == ["1"]
    context.close()
