"""No page breaks a rule of WCAG 2.2 AA that a machine can check, at both widths, in both themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.pages import Shown, pages_of
from tests.browser.site import Site
from tests.browser.watched import DESK, PHONE, Window

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""All that the second theme can change: the elements are the same."""


def broken_rules(page: Page, options: dict[str, Any]) -> list[str]:
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def check(tab: Window, shown: Shown) -> list[str]:
    page = tab.go(shown.path)
    broken = []
    for theme, options in (("light", EVERYTHING), ("dark", COLOURS)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        broken += [f"{shown.name}, {theme}: {one}" for one in broken_rules(page, options)]
    return broken


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_no_page_breaks_a_rule(seeded: Site, window: Callable[..., Window], width: int) -> None:
    tabs = {role: window(role, width=width) for role in ("anonymous", "player", "admin")}
    broken = []
    for shown in pages_of(seeded):
        broken += check(tabs[shown.role], shown)
    assert broken == []
