"""Pictures of every page: ``python -m tests.browser.screenshots DIR [--only NAME]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.pages import Shown, pages_of
from tests.browser.site import Site, running, seed
from tests.browser.watched import DESK, PHONE, Outer, chromium, launched, open_window


def draw(browser: Browser, site: Site, shown: Shown, folder: Path) -> None:
    for width in (DESK, PHONE):
        made = open_window(browser, site.url, width=width, outer=Outer(pictures=False))
        if shown.role != "anonymous":
            made.page.context.add_cookies(site.person(shown.role).cookies())
        made.go(shown.path)
        for theme in ("light", "dark"):
            made.page.emulate_media(color_scheme=theme)
            made.page.wait_for_timeout(150)
            name = f"{shown.name}-{width}-{theme}.png"
            made.page.screenshot(path=folder / name, full_page=True)
        print(shown.name, width, *made.watch.complaints)
        made.page.context.close()


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", type=Path)
    reader.add_argument("--only", default="", help="pages whose name holds this")
    given = reader.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    path = chromium()
    if path is None:
        raise SystemExit("There is no Chromium: name one in the environment as CHROMIUM.")
    with tempfile.TemporaryDirectory() as home, running(Path(home) / "data") as site:
        seed(site)
        with launched(path) as browser:
            for shown in pages_of(site):
                if given.only in shown.name:
                    draw(browser, site, shown, given.folder)


if __name__ == "__main__":
    main()
