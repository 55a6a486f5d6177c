"""A real Chromium before a real site; what goes wrong unseen fails the test that saw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.site import Site, running, seed
from tests.browser.watched import Window, launched, needed_chromium, open_window


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test beside this file needs the browser; together they use one site."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    needed_chromium()
    with running(tmp_path_factory.mktemp("browser") / "data") as started:
        yield started


@pytest.fixture(scope="session")
def seeded(site: Site) -> Site:
    """The site with one league synced: detailed, failed, withheld, and one entered by hand."""
    seed(site)
    return site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of the module: two of Playwright's own loops cannot live at once in one thread."""
    with launched(needed_chromium()) as started:
        yield started


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Callable[..., Window]]:
    """Opens windows, as somebody with a role or as nobody; afterwards none has a complaint."""
    opened: list[Window] = []

    def open_one(role: str = "anonymous", **options: Any) -> Window:
        made = open_window(browser, site.url, **options)
        if role != "anonymous":
            made.page.context.add_cookies(site.person(role).cookies())
        opened.append(made)
        return made

    yield open_one
    complaints = [one for made in opened for one in made.watch.complaints]
    for made in opened:
        made.page.context.close()
    assert complaints == []
