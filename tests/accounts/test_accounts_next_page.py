"""Where a sign-in may lead."""

from __future__ import annotations

import pytest

from webapp.accounts.next_page import safe_path

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/%252fevil.example",
    "/%5cevil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "/\r\nLocation: https://evil.example",
    "/%0d%0aSet-Cookie:x=1",
    " //evil.example",
    "evil.example",
    "@evil.example",
    "/a\x00b",
    "/" + "a" * 2000,
    "",
    None,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_could_lead_elsewhere_leads_home(target: str | None) -> None:
    assert safe_path(target) == "/"


@pytest.mark.parametrize(
    "target",
    ["/", "/matches/", "/matches/?team=5&q=a%20b", "/players/me", "/leagues/17929#log", "/?q=Мира"],
)
def test_a_path_of_this_site_is_kept(target: str) -> None:
    assert safe_path(target) == target
