"""What every page needs: the reader's zone, filters, fragments, notices, static files.

``init_app`` puts it all into a Flask application; nothing here knows of a feature.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    get_flashed_messages,
    make_response,
    render_template,
    request,
    url_for,
)

from webapp.core import figures
from webapp.core.time import iso, utcnow

HTMX = "2.0.11"
HTMX_URL = f"https://cdn.jsdelivr.net/npm/htmx.org@{HTMX}/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"
HTMX_CONFIG: dict[str, Any] = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0,
    "selfRequestsOnly": True,
    "timeout": 20_000,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}
FRAGMENT_ERROR = "X-Aegis-Fragment"
"""On a 4xx or 5xx answer: its body is a fragment to be shown in place, not a notice."""

PAGING = ("after", "before")
ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None for anything else, as the name comes from a cookie."""
    if not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def reader_zone() -> ZoneInfo:
    """The cookie's zone, else that of the league on the page (``g.league_zone``), else UTC."""
    for name in (request.cookies.get("tz", ""), g.get("league_zone") or ""):
        zone = zone_named(name)
        if zone:
            return zone
    return ZoneInfo("UTC")


def reader_theme() -> str:
    """``light`` or ``dark`` when the reader chose one, else empty: the system decides."""
    theme = request.cookies.get("theme", "")
    return theme if theme in {"light", "dark"} else ""


def url_with(**changes: object) -> str:
    """This page's address with its query changed: None or "" takes a name out.

    A changed filter starts at the first page, so ``after`` and ``before`` go unless named.
    """
    query: dict[str, list[str]] = {
        name: values for name, values in request.args.lists() if name not in PAGING
    }
    for name, value in changes.items():
        several = value if isinstance(value, (list, tuple)) else [value]
        query[name] = [str(each) for each in several if each not in {None, ""}]
    text = urlencode(query, doseq=True)
    return f"{request.path}?{text}" if text else request.path


def static_url(name: str) -> str:
    """The address of a static file with its content's hash, so that it may be kept for a year."""
    path = Path(current_app.static_folder or "static") / name
    return url_for("static", filename=name, v=_hash_of(str(path), path.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _hash_of(path: str, mtime: int) -> str:
    """The content's hash; ``mtime`` is there to be part of the cache's key."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def is_htmx() -> bool:
    """Whether htmx asks for a part of a page: not a boosted link, not the way back in history."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page_or_fragment(
    page: str, fragment: str | Mapping[str, str], *, status: int = 200, **context: Any
) -> Response:
    """The page, or for htmx the fragment alone.

    ``fragment`` is a template, or templates by the id of their root: htmx's target then picks
    one, and a target that is not among them gets the page. An answer with an error status is
    marked as a fragment, so that it is shown in its place.
    """
    chosen = _chosen(fragment) if is_htmx() else None
    response = make_response(render_template(chosen or page, **context), status)
    response.vary.add("HX-Request")
    if not isinstance(fragment, str):
        response.vary.add("HX-Target")
    if chosen:
        g.is_fragment = True
        if status >= 400:
            response.headers[FRAGMENT_ERROR] = "1"
    return response


def _chosen(fragment: str | Mapping[str, str]) -> str | None:
    if isinstance(fragment, str):
        return fragment
    return fragment.get(request.headers.get("HX-Target", ""))


def notify(text: str, kind: str = "info", undo: str = "") -> None:
    """Tells the person something once, after this request: what happened, and how to undo it.

    ``kind`` is ``info`` or ``error``; an error stays until it is closed. ``undo`` is a path of
    ours that is posted to. A fragment carries it in a header; else the next page shows it.
    """
    g.setdefault("notices", []).append({"text": text, "kind": kind, "undo": undo})


def send_notices(response: Response) -> Response:
    """Puts what ``notify`` was told onto the answer, or keeps it for the page that follows."""
    notices: list[dict[str, str]] = g.pop("notices", [])
    leaves = 300 <= response.status_code < 400 or "HX-Redirect" in response.headers
    if not is_htmx() or leaves:
        for notice in notices:
            flash(json.dumps(notice), "notice")
        return response
    if g.get("is_fragment"):
        notices += kept_notices()
    if notices:
        events = json.loads(response.headers.get("HX-Trigger", "{}"))
        response.headers["HX-Trigger"] = json.dumps(events | {"toasts": {"list": notices}})
    return response


def kept_notices() -> list[dict[str, str]]:
    """The notices of the request before this one, each given once; other flashes are taken in."""
    found: list[dict[str, str]] = []
    flashed = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    for category, text in flashed:
        if category == "notice":
            found.append(json.loads(text))
        else:
            kind = "error" if category == "error" else "info"
            found.append({"text": text, "kind": kind, "undo": ""})
    return found


def keep_static_files(response: Response) -> Response:
    """A static file asked for with its hash never changes; a font hardly ever."""
    if request.endpoint == "static" and response.status_code == 200:
        if request.args.get("v"):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif request.path.endswith(".woff2"):
            response.headers["Cache-Control"] = "public, max-age=2592000"
    return response


def _local(moment: Any, style: str = "minute") -> str:
    return figures.local(moment, reader_zone(), utcnow(), style)


def _ago(moment: Any) -> str:
    return figures.ago(moment, utcnow())


def init_app(app: Flask) -> None:
    """Registers the filters, the globals and what runs after each request."""
    app.jinja_env.filters.update(
        local=_local,
        ago=_ago,
        iso=lambda moment: iso(moment) or "",
        game_clock=figures.game_clock,
        span=figures.span,
        interval=figures.interval,
        thin=figures.thin,
        k=figures.k,
        plural=figures.plural,
    )
    app.jinja_env.globals.update(
        share=figures.share,
        url_with=url_with,
        static_url=static_url,
        reader_zone=reader_zone,
        reader_theme=reader_theme,
        kept_notices=kept_notices,
        is_htmx=is_htmx,
        now=utcnow,
        htmx_url=HTMX_URL,
        htmx_integrity=HTMX_INTEGRITY,
        htmx_config=partial(json.dumps, HTMX_CONFIG),
        htmx_local=f"htmx-{HTMX}.min.js",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(send_notices)
    app.after_request(keep_static_files)
