"""A tournament by click, by key and by finger, and what somebody else sees of it meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.keys import tab_to
from tests.browser.site import CUP, TREES, Site, settle, table_of
from tests.browser.watched import PHONE, TOO_WIDE, Outer, Window, until
from webapp.sandbox.spec import EMBERFALL

Windows = Callable[..., Window]
LIVE = 20_000
"""Milliseconds in which a change must be seen elsewhere: the bracket is asked for every 5 s."""

IN_PANEL = "document.querySelector('#series-panel').contains(document.activeElement)"


@dataclass
class Bracket:
    """A tournament's page as one person has it open."""

    page: Page

    @property
    def panel(self) -> Locator:
        return self.page.locator("#series-panel")

    def card(self, label: str) -> Locator:
        return self.page.locator(f"#series-{label}")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def open(self, label: str) -> None:
        self.card(label).click()
        self.has_open(label)

    def has_open(self, label: str) -> None:
        expect(self.panel).to_have_attribute("data-series", label)
        expect(self.card(label)).to_have_attribute("aria-current", "true")

    def at_game(self, number: int) -> None:
        expect(self.panel.locator(f"#game-tab-{number}[aria-current]")).to_be_visible()

    def shows(self, label: str, *slots: str) -> None:
        """Two slots such as ``Foxglove 2``; the winner's line says so by its mark, too."""
        for place, wanted in enumerate(slots):
            who, _, score = wanted.rpartition(" ")
            slot = self.card(label).locator(".slot").nth(place)
            expect(slot.locator(".who")).to_have_text(who, timeout=LIVE)
            expect(slot.locator(".won-games")).to_have_text(
                re.compile(rf"^{score.rstrip('+')}( won)?$"), timeout=LIVE
            )
            expect(slot).to_have_class(
                re.compile(r"\bwon\b" if score.endswith("+") else r"^(?!.*\bwon\b)"), timeout=LIVE
            )

    def waits_for(self, label: str, place: int, words: str) -> None:
        slot = self.card(label).locator(".slot").nth(place)
        expect(slot.locator(".who")).to_have_text(words, timeout=LIVE)

    def tells(self, words: str | re.Pattern[str]) -> Locator:
        """The notice that says so."""
        toast = self.page.locator("#toasts .toast").filter(has_text=words)
        expect(toast).to_be_visible()
        return toast

    def undo(self, words: str) -> None:
        self.tells(words).get_by_role("button", name="Undo").click()

    def keeps_focus(self) -> None:
        """The panel has it, as soon as what was asked for has settled."""
        until("the focus to be in the panel", lambda: self.page.evaluate(IN_PANEL), 5)

    def enter(self, label: str, scores: dict[str, int]) -> None:
        """A result by hand."""
        if self.panel.get_attribute("data-series") != label:
            self.open(label)
        self.panel.locator("summary", has_text="Enter result").click()
        for team, score in scores.items():
            self.panel.get_by_label(team, exact=True).fill(str(score))
        self.button("Enter result").click()
        self.tells(f"{label} is settled")


def somebody_looks(window: Windows, path: str, **options: object) -> Bracket:
    """A second browser, whose page is not loaded again until ``never_reloaded``."""
    page = window(**options).go(path)
    page.evaluate("window.sameDocument = true")
    return Bracket(page)


def never_reloaded(bracket: Bracket) -> None:
    assert bracket.page.evaluate("window.sameDocument") is True


def create(page: Page, name: str) -> str:
    """A tournament of eight teams with its bracket, by its pages; where it is."""
    page.get_by_role("link", name="New tournament").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("checkbox", name=re.compile("Copper Coast Cup")).check()
    page.get_by_role("button", name="Create tournament").click()
    expect(page.locator("h1")).to_have_text(name)
    page.get_by_role("link", name="Import a table").click()
    page.get_by_label("Paste it here").fill(table_of(TREES))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#import tbody tr")).to_have_count(8)
    page.get_by_role("button", name="Add 8 teams").click()
    expect(page.locator("#teams .teams > li")).to_have_count(8)
    page.locator(".tabs").get_by_role("link", name="Bracket").click()
    page.get_by_role("button", name="Make the bracket").click()
    expect(page.locator("#bracket .series")).to_have_count(14)
    return page.url


def test_a_tournament_from_nothing_to_results_that_are_undone(site: Site, window: Windows) -> None:
    tab = window("organizer")
    at = create(tab.go("/tournaments/"), "Grove Games")
    mine = Bracket(tab.page)
    theirs = somebody_looks(window, at.removeprefix(site.url))
    theirs.shows("U1", "Alder ", "Hazel ")
    mine.enter("U1", {"Alder": 2, "Hazel": 0})
    theirs.shows("U1", "Alder 2+", "Hazel 0")
    theirs.waits_for("U5", 0, "Alder")
    mine.undo("U1 is settled")
    mine.tells("The result of U1 is undone")
    theirs.waits_for("U5", 0, "Winner of U1")
    mine.enter("U1", {"Alder": 1, "Hazel": 2})
    mine.enter("U2", {"Dogwood": 2, "Elm": 1})
    mine.enter("U5", {"Hazel": 0, "Dogwood": 2})
    theirs.shows("U5", "Hazel 0", "Dogwood 2+")
    mine.open("U1")
    mine.panel.get_by_role("link", name="Undo the result…").click()
    expect(mine.panel.locator(".ask")).to_contain_text("U5")
    mine.button("Undo the result").click()
    mine.tells("Also undone: U5")
    theirs.shows("U5", "Winner of U1 ", "Dogwood ")
    theirs.shows("U1", "Alder ", "Hazel ")
    never_reloaded(theirs)
    tab.is_calm()


def test_games_are_linked_by_a_click_and_all_of_it_is_undone(seeded: Site, window: Windows) -> None:
    """With the CDN away, and no picture to be had."""
    cup, outer = f"/tournaments/{seeded.tournament(CUP)}", Outer(cdn=False, pictures=False)
    theirs = somebody_looks(window, cup, outer=outer, role="player")
    theirs.shows("U4", "Harbour Owls 0", "Quiet Thunder 1")
    tab = window("organizer", outer=outer)
    mine = Bracket(tab.go(cup))
    mine.open("U4")
    mine.at_game(2)
    mine.button("Link to game 2").click()
    mine.at_game(3)
    mine.shows("U4", "Harbour Owls 1", "Quiet Thunder 1")
    theirs.shows("U4", "Harbour Owls 1", "Quiet Thunder 1")
    mine.undo("U4 game 2 is linked")

    mine.at_game(2)
    mine.button("Link series").click()
    mine.tells("2 games of U4 linked. U4 is settled")
    theirs.shows("U4", "Harbour Owls 1", "Quiet Thunder 2+")
    theirs.waits_for("U6", 1, "Quiet Thunder")
    theirs.waits_for("L2", 1, "Harbour Owls")
    mine.undo("2 games of U4 linked")
    theirs.shows("U4", "Harbour Owls 0", "Quiet Thunder 1")
    theirs.waits_for("U6", 1, "Winner of U4")

    mine.at_game(2)
    mine.button("Link to game 2").click()
    mine.at_game(3)
    mine.panel.locator("#game-tab-2").click()
    mine.at_game(2)
    mine.button("Unlink").click()
    mine.tells("U4 game 2 is not linked any more")
    mine.shows("U4", "Harbour Owls 0", "Quiet Thunder 1")
    mine.panel.locator("summary", has_text="1 match set aside").click()
    mine.button("Suggest again").click()
    expect(mine.button("Link to game 2")).to_be_visible()
    never_reloaded(theirs)
    tab.is_calm()


def test_a_game_is_linked_and_unlinked_without_a_mouse(seeded: Site, window: Windows) -> None:
    tab = window("organizer")
    page = tab.go("/tournaments/")
    mine, keys = Bracket(page), page.keyboard
    tab_to(page, CUP)
    keys.press("Enter")
    expect(page.locator("h1")).to_have_text(CUP)
    tab_to(page, "L1 · Bo3")
    keys.press("Enter")
    mine.has_open("L1")
    expect(page.locator("#series-head")).to_be_focused()
    keys.press("Escape")
    expect(mine.panel).to_be_hidden()
    expect(mine.card("L1")).to_be_focused()
    keys.press("Enter")
    mine.has_open("L1")
    tab_to(page, "Link to game 1")
    keys.press("Enter")
    mine.at_game(2)
    mine.shows("L1", "Late Ferry 0", "Nine Lanterns 1")
    mine.keeps_focus()
    page.locator("#series-head").focus()
    tab_to(page, "Game 1")
    keys.press("Enter")
    mine.at_game(1)
    tab_to(page, "Unlink")
    keys.press("Enter")
    mine.tells("L1 game 1 is not linked any more")
    expect(mine.panel.locator("summary", has_text="1 match set aside")).to_be_visible()
    mine.keeps_focus()
    tab_to(page, "1 match set aside as not this one")
    keys.press("Enter")
    tab_to(page, "Suggest again")
    keys.press("Enter")
    expect(mine.button("Link to game 1")).to_be_visible()
    mine.keeps_focus()
    keys.press("Escape")
    expect(mine.card("L1")).to_be_focused()
    tab.is_calm()


def test_the_panel_fills_a_phone_and_holds_the_focus(seeded: Site, window: Windows) -> None:
    tab = window("organizer", width=PHONE)
    page = tab.go(f"/tournaments/{seeded.tournament(CUP)}")
    mine = Bracket(page)
    fits(page)
    mine.card("U4").tap()
    mine.has_open("U4")
    expect(mine.button("Link to game 2")).to_be_visible()
    box = mine.panel.bounding_box()
    assert box
    assert (box["x"], box["y"], box["width"]) == (0, 0, PHONE)
    assert box["height"] >= 844
    fits(page)
    for key in ["Tab"] * 30 + ["Shift+Tab"] * 35:
        page.keyboard.press(key)
        assert page.evaluate(IN_PANEL)
    mine.button("Link to game 2").tap()
    mine.at_game(3)
    mine.undo("U4 game 2 is linked")
    mine.at_game(2)
    mine.panel.get_by_role("link", name="Close the panel").tap()
    expect(mine.panel).to_be_hidden()
    expect(mine.card("U4")).to_be_focused()
    fits(page)
    tab.is_calm()


def fits(page: Page) -> None:
    """Nothing but the bracket itself goes sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.evaluate(TOO_WIDE) == []


def test_a_finished_match_moves_the_bracket_with_nobody_at_it(
    seeded: Site, window: Windows
) -> None:
    """The last of this file: what links itself here is linked for whoever comes after."""
    cup = f"/tournaments/{seeded.tournament(CUP)}"
    theirs = somebody_looks(window, cup)
    tab = window("organizer")
    page = tab.go(f"{cup}/settings")
    page.get_by_role("radio", name=re.compile("^Link what is sure")).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("header, main").filter(has_text="auto-link: sure").first).to_be_visible()
    seeded.end_live()
    seeded.person("admin").post(f"/leagues/{EMBERFALL}/sync").raise_for_status()
    theirs.shows("U5", "Foxglove 1", "Saltmarsh 1")
    never_reloaded(theirs)
    settle(seeded, EMBERFALL)
    until("U5 to have both games", lambda: seeded.series(seeded.tournament(CUP))["U5"]["score_b"])
    mine = Bracket(tab.go(cup))
    expect(mine.page.locator("main")).to_contain_text("From listed to moved")
    tab.is_calm()
