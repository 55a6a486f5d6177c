"""Going through a page with Tab alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  return {words: (one.innerText || one.getAttribute("aria-label") || one.name || "").trim(),
          ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


def tab_to(page: Page, words: str, most: int = 60) -> None:
    """Press Tab until the first line of what is focused reads like this; every stop shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            continue
        assert focused["ring"], f"no ring on {focused['words']!r}"
        if focused["words"].split("\n")[0].strip() == words:
            return
    pytest.fail(f"{words!r} is not reached with Tab")
