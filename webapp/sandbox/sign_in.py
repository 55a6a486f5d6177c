"""The stand-in's sign-in page, marked as such. It is no page of the site and shares no file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from webapp.sandbox.answer import HTML, Answer
from webapp.sandbox.people import PEOPLE, Person

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 8vh auto; padding: 0 1rem; }
.note { border: 2px dashed #b45309; border-radius: .5rem; padding: .75rem 1rem; }
a.choice { display: flex; justify-content: space-between; gap: 1rem; margin: .5rem 0;
  padding: .75rem 1rem; border: 1px solid #8888; border-radius: .5rem; color: inherit;
  text-decoration: none; }
a.choice:hover, a.choice:focus-visible { border-color: #b45309; outline: 2px solid #b45309; }
.role { opacity: .75; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CARRIED = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)


def sign_in_page(params: Mapping[str, str]) -> Answer:
    """One button for each invented person, and one to refuse."""
    choices = "".join(_choice(params, one) for one in PEOPLE)
    deny = f'<a class="choice" href="{_link(params, "deny")}"><span>Cancel</span></a>'
    note = "This page stands in for Discord. Every person on it is invented."
    text = f"<p>{note}</p></div><h2>Continue as</h2>{choices}{deny}"
    return _page(200, f'<div class="note"><h1>Sandbox sign-in: nothing here is real</h1>{text}')


def problem_page(problem: str) -> Answer:
    text = f"<h1>Sandbox sign-in</h1><p>This request is wrong: {escape(problem)}</p>"
    return _page(400, f'<div class="note">{text}</div>')


def _choice(params: Mapping[str, str], who: Person) -> str:
    name, role = escape(who.global_name or who.username), escape(who.role)
    link = _link(params, who.discord_id)
    return (
        f'<a class="choice" href="{link}"><span>{name}</span><span class="role">{role}</span></a>'
    )


def _link(params: Mapping[str, str], chosen: str) -> str:
    carried = {name: params[name] for name in CARRIED if name in params}
    return escape("?" + urlencode(carried | {"sandbox_user": chosen}))


def _page(status: int, text: str) -> Answer:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Sandbox sign-in</title><style>{STYLE}</style></head>"
        f"<body><main>{text}</main></body></html>"
    )
    return Answer(status, page.encode(), HTML, HEADERS)
