"""No page breaks a rule of WCAG 2.2 AA that a machine can check, at both widths, in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # has none
from playwright.sync_api import Page

from tests.browser.pages import Shown, pages_of
from tests.browser.site import Site
from tests.browser.watched import DESK, PHONE, Window

AXE = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that the second theme can change: the elements are the same."""


THEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (
    ("light", EVERYTHING),
    ("dark", COLOURS),
)


LIKE_THOSE_BEFORE = {"exclude": [["tbody tr:nth-child(n + 21)"]]}
"""A table's rows after the twentieth: what may be wrong with them is wrong with others, too."""


def broken_rules(page: Page, options: dict[str, Any]) -> list[str]:
    run = "given => axe.run(...given)"
    found = page.evaluate(run, [LIKE_THOSE_BEFORE, options])["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def check(tab: Window, shown: Shown) -> list[str]:
    page = tab.go(shown.path)
    page.evaluate(AXE)
    broken = []
    for theme, options in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        broken += [f"{shown.name}, {theme}: {one}" for one in broken_rules(page, options)]
    return broken


def test_axe_finds_what_is_wrong(site: Site, window: Callable[..., Window]) -> None:
    """Else the test below could not fail."""
    page = window().go("/")
    page.evaluate(AXE)
    page.evaluate("document.querySelector('main').innerHTML = '<img><p class=faint>Few</p>'")
    page.evaluate("document.querySelector('main p').style.color = 'rgb(200 200 200)'")
    broken = " ".join(broken_rules(page, EVERYTHING))
    assert "image-alt" in broken
    assert "color-contrast" in broken


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_no_page_breaks_a_rule(seeded: Site, window: Callable[..., Window], width: int) -> None:
    tabs = {role: window(role, width=width) for role in ("anonymous", "player", "admin")}
    broken = []
    for shown in pages_of(seeded):
        broken += check(tabs[shown.role], shown)
    assert broken == []
