"""Every page for everybody: no error, nothing too wide, readable without script, silent at rest."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.browser.pages import Shown, pages_of
from tests.browser.site import LARGE, SMALL, Site
from tests.browser.watched import DESK, PHONE, TOO_WIDE, Window, until
from webapp.accounts.roles import includes

Windows = Callable[..., Window]
EVERYBODY = ("anonymous", "player", "admin")
SILENT_FOR = 8_000
HIDE = "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"


def one_each(pages: list[Shown]) -> list[Shown]:
    """One of each address: the same page is listed once for each reader of note."""
    return list({shown.path: shown for shown in pages}.values())


@pytest.mark.parametrize("role", EVERYBODY)
def test_every_page_opens_without_a_complaint(seeded: Site, window: Windows, role: str) -> None:
    """On a phone, and then as wide as a desk; what a role may not see is the door's own test."""
    tab = window(role, width=PHONE)
    shown_to = [one for one in one_each(pages_of(seeded)) if includes(role, least(one))]
    assert len(shown_to) >= {"anonymous": 12, "player": 15, "admin": 30}[role]
    for shown in shown_to:
        page = tab.go(shown.path)
        assert page.locator("h1").count() == 1, shown
        assert page.title().endswith("Aegis"), shown
        for width, height in ((PHONE, 844), (DESK, 800)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate(TOO_WIDE) == [], shown
            assert page.evaluate("document.documentElement.scrollWidth") <= width, shown
        page.set_viewport_size({"width": PHONE, "height": 844})
        assert tab.watch.complaints == [], shown


TOURNAMENTS = r"/tournaments/(\?.*|\d+(/teams|/schedule)?(\?.*)?)?"
PUBLIC = rf"/|/leagues/(\d+|\?.*)?|/matches/\d+(#\w+)?|{TOURNAMENTS}"


def least(shown: Shown) -> str:
    """The least role that is let in: a public page is listed for an admin's view of it too."""
    public = re.fullmatch(PUBLIC, shown.path)
    return "anonymous" if public else shown.role


def test_a_refused_page_says_why_and_leads_on(seeded: Site, window: Windows) -> None:
    for role, path, status in (("player", "/people/", 403), ("admin", "/matches/1", 404)):
        tab = window(role, width=PHONE)
        tab.watch.may_answer.add(status)
        page = tab.go(path)
        assert page.locator("main a, main button").count() > 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def test_pages_read_well_without_script(seeded: Site, window: Windows) -> None:
    """Nothing of what a page says depends on the script; Sync can be pressed, too."""
    tab = window("admin", java_script_enabled=False)
    for shown in one_each(pages_of(seeded)):
        page = tab.go(shown.path)
        assert page.locator("main").inner_text().strip(), shown
        assert page.locator("h1").inner_text().strip(), shown
    before = seeded.status(SMALL)["run"]["id"]
    page = tab.go(f"/leagues/{SMALL}")
    page.get_by_role("button", name="Sync", exact=True).click()
    expect(page).to_have_url(f"{seeded.url}/leagues/{SMALL}")
    expect(page.locator("#league .phase").last).to_contain_text("Details")
    assert seeded.status(SMALL)["run"]["id"] > before
    until("the sync to end", lambda: not seeded.status(SMALL)["is_syncing"], 40)
    page.reload()
    expect(page.locator("#league .panel-head .badge").first).to_contain_text("Succeeded")


def listen(tab: Window) -> list[str]:
    """The addresses a window asks its site for, from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.removeprefix(tab.watch.url))

    tab.page.on("request", note)
    return asked


def test_polling_ends_with_the_run_and_while_nobody_looks(seeded: Site, window: Windows) -> None:
    """The pill and the banner alone go on, far apart: something may begin elsewhere."""
    seeded.fault("slow", "history", seconds=2)
    tab, unseen = window("admin"), window("admin")
    page = tab.go(f"/leagues/{LARGE}")
    page.get_by_role("button", name="Sync", exact=True).click()
    asked = listen(tab)

    def polled() -> bool:
        page.wait_for_timeout(100)
        return any("/live/progress" in one for one in asked)

    until("a poll", polled)
    hidden = unseen.go(f"/leagues/{LARGE}")
    hidden.evaluate(HIDE)
    hidden.wait_for_timeout(500)
    not_asked = listen(unseen)
    hidden.wait_for_timeout(2_500)
    assert not_asked == []
    seeded.no_faults()
    expect(page.locator("#league .panel-head .badge").first).to_contain_text(
        "Succeeded", timeout=40_000
    )
    page.wait_for_timeout(1_000)
    asked.clear()
    page.wait_for_timeout(SILENT_FOR)
    assert {*asked} <= {"/runs/pill", "/live/banner"}
    assert len(asked) <= 2
