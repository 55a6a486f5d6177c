"""An answer as bytes, and the refusals each service has for everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
DEFINITE = "Match ID not found"
EDGE_REFERENCE = "30&#46;5a2d7c17&#46;1790000000&#46;1c0ffee"


@dataclass(frozen=True)
class Answer:
    """``league_id`` and ``listed`` say which ids this answer names as matches of which league."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    league_id: int = 0
    listed: tuple[int, ...] = ()


def json_answer(value: Any, status: int = 200, **more: Any) -> Answer:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, text.encode("utf-8", "surrogatepass"), **more)


def html_answer(status: int, title: str, text: str) -> Answer:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"
    return Answer(status, page.encode(), HTML)


def steam_refusal(status: int) -> Answer:
    """What Steam's edge sends with this status; it never is JSON."""
    denied = (
        "Access is denied. Retrying will not help. Please verify your <pre>key=</pre> parameter."
    )
    texts = {
        400: ("Bad Request", "Please verify that all required parameters are being sent"),
        401: ("Unauthorized", denied),
        403: ("Forbidden", denied),
        429: ("Too Many Requests", ""),
        500: ("Internal Server Error", "Unknown problem determining WebApi request destination."),
    }
    if status == 503:
        body = (
            f"An error occurred while processing your request.<p>\nReference&#32;{EDGE_REFERENCE}"
        )
        page = f"<HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY>\n{body}\n</BODY></HTML>"
        return Answer(503, page.encode(), "text/html")
    title, text = texts.get(status, (f"Status {status}", ""))
    return html_answer(status, title, text)


def missing_key() -> Answer:
    text = "Please verify that all required parameters are being sent."
    return html_answer(400, "Bad Request", f"{text}<pre>Parameter 'key' is missing</pre>")


def opendota_refusal(status: int) -> Answer:
    """OpenDota says it in JSON, but for its edge's 502 and 503."""
    texts = {
        400: "invalid account id",
        404: "Not Found",
        429: "minute rate limit exceeded",
        500: "Internal Server Error",
    }
    if status in (502, 503):
        return html_answer(status, "Service Unavailable", "")
    return json_answer({"error": texts.get(status, "error")}, status)


def discord_refusal(status: int, retry_after: float = 1) -> Answer:
    """Discord's JSON; a 429 carries how long to wait in the body and the head."""
    if status != 429:
        texts = {401: "401: Unauthorized", 403: "Missing Access", 404: "404: Not Found"}
        return json_answer({"message": texts.get(status, f"{status}: Error"), "code": 0}, status)
    body = {
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": False,
    }
    headers = {
        "Retry-After": str(int(retry_after + 0.999)),
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": str(retry_after),
        "X-RateLimit-Scope": "user",
    }
    return json_answer(body, 429, headers=headers)
