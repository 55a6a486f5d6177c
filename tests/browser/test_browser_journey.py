"""The whole journey of an admin, with the CDN's answer and without; by keyboard; on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.keys import FOCUSED, tab_to
from tests.browser.site import NAMES, SMALL, WITH_CDN, WITHOUT_CDN, Site
from tests.browser.watched import PHONE, Outer, Window, until

Windows = Callable[..., Window]
GOES_ON = re.compile(r"(\d+) / (\d+)")


@pytest.fixture(autouse=True)
def _no_faults_after(site: Site) -> Iterator[None]:
    yield
    site.no_faults()


@dataclass
class Journey:
    """The steps, in the order in which a person takes them."""

    page: Page
    site: Site
    league_id: int

    @property
    def name(self) -> str:
        return NAMES[self.league_id]

    @property
    def at(self) -> str:
        return f"{self.site.url}/leagues/{self.league_id}"

    def button(self, name: str, within: str = "main") -> Locator:
        return self.page.locator(within).get_by_role("button", name=name, exact=True)

    def link(self, name: str, within: str = "main") -> Locator:
        return self.page.locator(within).get_by_role("link", name=name, exact=True)

    def phase(self, number: int) -> Locator:
        return self.page.locator("#league .phase").nth(number - 1)

    def sign_in(self) -> None:
        self.page.goto(self.site.url)
        self.link("Sign in", "header").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("nothing here is real")
        self.page.get_by_text("Ilse Varga").click()
        expect(self.page.locator("header summary", has_text="Ilse Varga")).to_be_visible()

    def add_the_league(self) -> None:
        self.link("Add a league").click()
        search = self.page.get_by_role("searchbox", name="League id or name")
        search.fill("no such thing")
        self.button("Look up").click()
        expect(self.page.locator("#found")).to_contain_text("No league has this in its name")
        search.fill("424242")
        self.button("Look up").click()
        expect(self.page.locator("#found")).to_contain_text(
            "Steam lists nothing under this id: a wrong id, or no match played on its ticket yet?"
        )
        search.fill(self.name.split()[0].lower())
        self.button("Look up").click()
        self._sees_what_was_found()
        search.fill(str(self.league_id))
        self.button("Look up").click()
        self._sees_what_was_found()
        self.page.get_by_label("On the timetable").uncheck()
        self.button("Add this league").click()
        expect(self.page).to_have_url(self.at)
        expect(self.page.locator("h1")).to_have_text(self.name)
        expect(self.page.locator("main")).to_contain_text("Not synced yet")

    def _sees_what_was_found(self) -> None:
        found = self.page.locator("#league-found")
        expect(found.get_by_role("heading")).to_have_text(self.name)
        expect(found.locator("dl")).to_contain_text(re.compile("at least (99|100)"))
        newest = max(match_id for match_id in self.listed())
        expect(found.locator("dl")).to_contain_text(str(newest))

    def listed(self) -> list[int]:
        """What Steam's history names of this league, by the stand-in's own word."""
        truth = self.site.truth(self.league_id)
        return [int(match_id) for match_id, one in truth.items() if one["reachable"]]

    def sync_and_watch(self) -> None:
        """Both phases pass by, and the page is never loaded anew."""
        self.site.fault("slow", "history", seconds=1.6)
        self.page.evaluate("window.sameDocument = true")
        self.button("Sync").click()
        busy = self.button("Syncing…")
        expect(busy).to_have_attribute("aria-disabled", "true")
        described = busy.get_attribute("aria-describedby")
        expect(self.page.locator(f"#{described}")).to_be_visible()
        expect(self.phase(1)).to_contain_text("Collecting match ids")
        expect(self.phase(1).locator(".figure")).to_have_text(re.compile(r"^\d+ so far$"))
        assert self.phase(1).locator("progress").get_attribute("value") is None
        self.site.no_faults()
        figures = self._watch_details()
        assert len(set(figures)) > 1, "the figures of phase two never moved"
        assert figures == sorted(figures)
        expect(self.page.locator("#league .panel-head .badge").first).to_contain_text("Succeeded")
        expect(self.button("Sync")).to_be_enabled()
        assert self.page.evaluate("window.sameDocument") is True

    def _watch_details(self) -> list[int]:
        """The figures of phase two as they pass by; the bar says the same."""
        figures = []

        def over() -> bool:
            shown = self.phase(2).evaluate(
                "one => [one.innerText, one.querySelector('progress')?.value ?? null]"
            )
            found = GOES_ON.search(shown[0].replace("\u202f", "").replace("\u2009", ""))
            if found and shown[1] is not None:
                assert int(found[1]) == shown[1]
                figures.append(int(found[1]))
            return self.page.locator("#league .phase progress").count() == 0

        until("phase two to end", over, 60)
        return figures

    def look_at_the_matches(self) -> None:
        self.link("Matches").click()
        rows = self.page.locator("#matches tbody tr")
        expect(rows.first).to_be_visible()
        everything = self._listed()
        self.page.get_by_label("State").select_option("detailed")
        self.button("Show").click()
        expect(self.page.locator("#matches a.chip")).to_have_count(1)
        expect(self.page).to_have_url(re.compile("state=detailed"))
        team = rows.first.locator(".side.radiant").inner_text().replace("won", "").strip()
        self.page.get_by_role("combobox", name="Team").fill(team)
        self.button("Show").click()
        expect(self.page.locator("#matches a.chip")).to_have_count(2)
        assert 0 < self._listed() < everything
        for row in rows.all():
            expect(row).to_contain_text(team)
        rows.first.locator("a").first.click()
        expect(self.page.locator("h1")).to_contain_text(team)

    def _listed(self) -> int:
        """What the list says of itself once the page is whole: rows are drawn as it arrives."""
        self.page.wait_for_load_state()
        said = self.page.locator("#matches .panel-head").inner_text()
        found = re.search(r"(\d+) match", said.replace("\u202f", "").replace("\u2009", ""))
        assert found, said
        return int(found[1])

    def settled(self) -> None:
        """The clock gives every due match its rounds, until only a person can help."""

        until("all rounds to be over", lambda: not self.matches("stub"), 60)

    def retry_the_failed_one(self) -> None:
        self.page.goto(f"{self.at}/failed?state=failed")
        row = self.page.locator("#failed tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("It came, but could not be read")
        match_id = (row.get_attribute("id") or "").removeprefix("match-")
        row.get_by_role("button", name=f"Retry {match_id}").click()
        expect(self.page.locator(".toast")).to_contain_text("Every source is asked afresh")
        until("the retried match to come", lambda: self._has(match_id, "detailed"), seconds=30)
        self.page.goto(f"{self.site.url}/matches/{match_id}")
        expect(self.page.locator("table.lines tbody tr")).to_have_count(10)

    def _has(self, match_id: str, state: str) -> bool:
        return any(str(one["match_id"]) == match_id for one in self.matches(state))

    def matches(self, state: str) -> list[dict[str, Any]]:
        return self.site.matches(self.league_id, state)

    def enter_the_withheld_one(self) -> None:
        self.page.goto(f"{self.at}/failed?state=withheld")
        row = self.page.locator("#failed tbody tr").first
        match_id = (row.get_attribute("id") or "").removeprefix("match-")
        row.get_by_role("link", name="Enter by hand").click()
        self.page.get_by_role("radio").nth(1).check()
        for side, kills in (("radiant", 12), ("dire", 34)):
            self.page.locator(f"[name={side}_score]").fill(str(kills))
        self.button("Enter match").click()
        expect(self.page).to_have_url(re.compile(f"/matches/{match_id}$"))
        expect(self.page.locator("#by-hand")).to_contain_text("By Ilse Varga")
        expect(self.page.locator(".team.dire, .team").last).to_contain_text("won")
        self.page.locator(".toast").get_by_role("button", name="Undo").click()
        expect(self.page.locator("#standing .badge")).to_contain_text("Withheld")
        expect(self.page.locator("#by-hand")).to_have_count(0)

    def give_a_steamid(self) -> None:
        """Somebody's lines are theirs at once, on the match's page."""
        match_id, steam_id = self._line_of_nobody()
        self.link("People", "header").click()
        self.link("no_display_name").click()
        profile = f"https://steamcommunity.com/profiles/{steam_id}"
        self.page.get_by_label("Profile address").fill(profile)
        self.button("Look up").click()
        expect(self.page.locator("#give-steam")).to_contain_text(steam_id)
        self.button("Give to no_display_name").click()
        expect(self.page.locator(".toast")).to_contain_text("belongs to no_display_name now")
        self.page.goto(f"{self.site.url}/matches/{match_id}")
        mine = self.page.locator(f'table.lines a[href="/players/{steam_id}"]')
        expect(mine).to_have_text("no_display_name")

    def _line_of_nobody(self) -> tuple[int, str]:
        for match in self.matches("detailed"):
            for line in match["players"]:
                if line["steam_id"] and line["user_id"] is None:
                    return match["match_id"], line["steam_id"]
        raise AssertionError("every line has an owner")

    def relink(self) -> None:
        self.page.goto(self.at)
        self.button("Relink").click()
        expect(self.page.locator("h1")).to_contain_text("Relink")
        expect(self.page.locator("main")).to_contain_text(
            re.compile(r"\d+ lines linked to their owner, \d+ lines unlinked")
        )

    def cancel_a_sync(self) -> None:
        self.site.fault("slow", "history", seconds=3)
        self.page.goto(self.at)
        self.button("Full sync").click()
        self.button("Cancel").click()
        state = self.page.locator("#league .panel-head .badge").first
        expect(state).to_contain_text("Cancelled", timeout=20_000)
        expect(self.button("Sync")).to_be_enabled()
        expect(self.button("Cancel")).to_have_count(0)
        self.site.no_faults()

    def sign_out(self) -> None:
        self.page.locator("header summary", has_text="Ilse Varga").click()
        self.button("Sign out", "header .menu-of").click()
        expect(self.link("Sign in", "header")).to_be_visible()
        self.page.goto(self.site.url + "/people/")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("nothing here is real")


@pytest.mark.parametrize(
    ("league_id", "cdn"), [(WITH_CDN, True), (WITHOUT_CDN, False)], ids=["with_cdn", "without_cdn"]
)
def test_the_whole_journey(site: Site, window: Windows, league_id: int, cdn: bool) -> None:
    tab = window(outer=Outer(cdn=cdn, pictures=cdn))
    journey = Journey(tab.page, site, league_id)
    journey.sign_in()
    expect(tab.page.locator("#htmx-local")).to_have_count(0 if cdn else 1)
    journey.add_the_league()
    journey.sync_and_watch()
    journey.look_at_the_matches()
    journey.give_a_steamid()
    journey.relink()
    journey.settled()
    journey.retry_the_failed_one()
    journey.enter_the_withheld_one()
    journey.cancel_a_sync()
    journey.sign_out()
    tab.is_calm()


def test_the_main_path_needs_no_mouse(seeded: Site, window: Windows) -> None:
    page = window().go("/")
    keys = page.keyboard
    keys.press("Tab")
    assert page.evaluate(FOCUSED)["words"] == "To the content"
    tab_to(page, "Sign in")
    keys.press("Enter")
    expect(page.get_by_text("Continue as")).to_be_visible()
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("header summary", has_text="Ilse Varga")).to_be_visible()
    tab_to(page, "Leagues")
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text("Leagues")
    tab_to(page, "Copper Coast Cup")
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text("Copper Coast Cup")
    tab_to(page, "Sync")
    keys.press("Enter")
    expect(page.locator("#league .phase").last).to_contain_text("Details")
    until(
        "focus to stay on the button",
        lambda: (page.evaluate(FOCUSED) or {"words": ""})["words"] in {"Sync", "Syncing…"},
        5,
    )
    until("the sync to end", lambda: not seeded.status(SMALL)["is_syncing"], 40)
    tab_to(page, "Matches")
    keys.press("Enter")
    expect(page.locator("#matches tbody tr").first).to_be_visible()
    page.locator("#matches tbody tr a").first.focus()
    keys.press("Enter")
    expect(page.locator("table.lines").first).to_be_visible()


def test_the_main_path_on_a_phone(seeded: Site, window: Windows) -> None:
    tab = window(width=PHONE)
    journey = Journey(tab.page, seeded, SMALL)
    page = tab.go("/")
    page.get_by_role("link", name="Sign in").first.tap()
    page.get_by_text("Ilse Varga").tap()
    page.locator("nav[aria-label=Main] summary").tap()
    journey.link("Leagues", "nav[aria-label=Main]").tap()
    journey.link("Copper Coast Cup").tap()
    journey.button("Sync").tap()
    expect(page.locator("#league .phase").last).to_contain_text("Details")
    page.locator("nav[aria-label=League] a", has_text="Failed and withheld").tap()
    expect(page.locator("#failed tbody tr").first).to_be_visible()
    page.locator("nav[aria-label=Main] summary").tap()
    journey.link("Queues", "nav[aria-label=Main]").tap()
    expect(page.locator("h1")).to_have_text("Queues")
    page.locator("nav[aria-label=Main] summary").tap()
    journey.button("Sign out", "nav[aria-label=Main]").tap()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
