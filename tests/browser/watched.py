"""A browser's window in which everything that goes wrong unseen is a complaint."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    sync_playwright,
)

from tests.conftest import wait_for
from webapp.core import render
from webapp.core.headers import CDN, PICTURES
from webapp.settings import ROOT

HTMX = (ROOT / "static" / f"htmx-{render.HTMX}.min.js").read_bytes()
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkaPhfDwAEgwG/1P5m4QAAAABJRU5ErkJggg=="
)
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) => console.error(
  `CSP: ${event.violatedDirective} refuses ${event.blockedURI} at ${event.sourceFile}`
));"""
DESK, PHONE = 1280, 390
TOO_WIDE = """[...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
    && !one.closest(".scroll, .tabs, .bracket, pre, .vh, [hidden], datalist"))
  .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""
"""What stands out of the window to the right, but for what scrolls by itself."""


def chromium() -> str | None:
    """Where a Chromium is on this machine."""
    places = (os.environ.get("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser")
    return next((place for place in places if place and Path(place).exists()), None)


def needed_chromium() -> str:
    """Where a Chromium is; without one the test that asks is skipped, but never in CI."""
    found = chromium()
    if found:
        return found
    why = "no Chromium: install one, or name it in the environment as CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Outer:
    """What the internet answers: htmx from the CDN or not, pictures or none, nothing else."""

    cdn: bool = True
    pictures: bool = True

    def answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        host = f"{address.scheme}://{address.netloc}"
        if host == CDN and self.cdn:
            headers = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(body=HTMX, content_type="text/javascript", headers=headers)
        elif host in PICTURES and self.pictures:
            route.fulfill(body=PIXEL, content_type="image/png")
        else:
            route.abort()


@dataclass
class Watch:
    """Listens to a context: script errors, console errors, CSP, failed requests of our own."""

    url: str
    complaints: list[str] = field(default_factory=list)
    may_answer: set[int] = field(default_factory=set)
    """Refusals that the test is about."""

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("weberror", lambda error: self.complain(f"script: {error.error}"))
        context.on("console", self.heard)
        context.on("response", self.answered)
        context.on("requestfailed", self.failed)
        context.on("request", self.asked)

    def complain(self, text: str) -> None:
        self.complaints.append(text)

    def heard(self, message: ConsoleMessage) -> None:
        ours = "Response Status Error" in message.text or "Failed to load" in message.text
        if message.type in {"error", "warning"} and not ours:
            self.complain(f"console: {message.text}")

    def answered(self, response: Response) -> None:
        ours = response.url.startswith(self.url)
        if ours and response.status >= 400 and response.status not in self.may_answer:
            self.complain(f"{response.status}: {response.request.method} {response.url}")

    def failed(self, request: Request) -> None:
        """A page that is left drops what it was asking for; that is no failure."""
        if request.url.startswith(self.url) and request.failure != "net::ERR_ABORTED":
            self.complain(f"{request.failure}: {request.url}")

    def asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        host = f"{address.scheme}://{address.netloc}"
        known = address.hostname == "127.0.0.1" or host in {CDN, *PICTURES}
        if not known and address.scheme not in {"data", "blob"}:
            self.complain(f"another host was asked: {request.url}")


@dataclass
class Window:
    """One page with its watch."""

    page: Page
    watch: Watch

    def go(self, path: str) -> Page:
        self.page.goto(self.watch.url + path, wait_until="load")
        return self.page

    def is_calm(self) -> None:
        assert self.watch.complaints == []


def until(what: str, holds: Callable[[], Any], seconds: float = 20) -> None:
    """Playwright's own ``wait_for_function`` evaluates in the page, which the policy forbids."""
    wait_for(what, holds, seconds)


def open_window(
    browser: Browser, url: str, *, width: int = DESK, outer: Outer | None = None, **options: Any
) -> Window:
    """A new context with one page; a phone has a finger."""
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 800},
        has_touch=phone,
        is_mobile=phone,
        timezone_id="Europe/Berlin",
        **options,
    )
    context.set_default_timeout(15_000)
    context.route(re.compile("^https://"), (outer or Outer()).answer)
    watch = Watch(url)
    watch.over(context)
    return Window(context.new_page(), watch)
