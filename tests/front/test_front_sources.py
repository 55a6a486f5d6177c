"""What must never stand in a template, the script or the stylesheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webapp.core import render
from webapp.settings import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = {name: (ROOT / "static" / name).read_text() for name in ("aegis.js", "bracket.js")}
COMMENT = re.compile(r"\{#.*?#\}", re.S)
CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
FORBIDDEN = {
    "a style in the markup": re.compile(r"<style|\sstyle\s*="),
    "a handler in the markup": re.compile(r"\son[a-z]+\s*=", re.I),
    "htmx's own handlers": re.compile(r"hx-on"),
    "evaluated values": re.compile(r"[\"'](js|javascript):"),
    "a filter of a trigger": re.compile(r"hx-trigger=\"[^\"]*\["),
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)"),
}
UNESCAPED = re.compile(r"\|\s*(safe|xmlattr)\b|\bMarkup\(|autoescape\s+false")
"""xmlattr too: it takes what tojson made for escaped already, quotes and all."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_a_template_holds_nothing_the_policy_forbids(path: Path) -> None:
    source = COMMENT.sub("", path.read_text())
    markup = CODE.sub("", source)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(markup)] == []
    assert UNESCAPED.findall(source) == []


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">',
        '<a onclick="go()">',
        '<a hx-on:click="go()">',
        '<a href="javascript:go()">',
        '<a hx-trigger="click[ctrlKey]">',
        "<script>go()</script>",
    ],
)
def test_the_patterns_see_what_they_are_for(source: str) -> None:
    assert any(pattern.search(source) for pattern in FORBIDDEN.values())
    assert UNESCAPED.search("{{ name | safe }}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_writes_no_markup_and_evaluates_nothing(name: str) -> None:
    script = SCRIPTS[name]
    assert (
        re.findall(
            r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", script
        )
        == []
    )
    assert re.findall(r"setTimeout\(\s*[\"'`]", script) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_stays_small(name: str) -> None:
    assert len(SCRIPTS[name].splitlines()) < 250


def test_the_stylesheet_loads_nothing_from_elsewhere() -> None:
    css = (ROOT / "static" / "aegis.css").read_text()
    assert "data:" not in css
    assert "@import" not in css
    assert all(url.startswith("fonts/") for url in re.findall(r"url\(([^)]*)\)", css))


def test_every_class_a_component_uses_is_styled() -> None:
    """Only classes written out whole; those put together at run time are seen by the styleguide."""
    css = (ROOT / "static" / "aegis.css").read_text()
    known = set(re.findall(r"\.([a-z][\w-]*)", css))
    used = {
        word
        for path in (ROOT / "templates" / "components").glob("*.html")
        for value in re.findall(r'class="([a-z][a-z -]*)"', COMMENT.sub("", path.read_text()))
        for word in value.split()
    }
    assert used - known - {"end", "row"} == set()


def test_the_local_copy_is_the_file_the_page_vouches_for() -> None:
    import base64
    import hashlib

    body = (ROOT / "static" / f"htmx-{render.HTMX}.min.js").read_bytes()
    digest = base64.b64encode(hashlib.sha384(body).digest()).decode()
    assert f"sha384-{digest}" == render.HTMX_INTEGRITY
