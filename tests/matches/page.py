"""What a test sees of a page: its words, its links, and whether anything got out of its place."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient

from tests.browsers import csrf_token

VOID = {"meta", "link", "input", "img", "br", "hr", "path", "circle", "rect"}


class Seen(HTMLParser):
    """A parsed page: ``text`` in one line, ``links``, and ``tags`` with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "title"} & set(self._open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.tags if tag == "a" and "href" in attrs]

    @property
    def match_ids(self) -> list[int]:
        """The matches that the page leads to, in their order, each once."""
        found = (re.fullmatch(r"/matches/(\d+)", link) for link in self.links)
        return list(dict.fromkeys(int(one[1]) for one in found if one))

    def link(self, rel: str) -> str:
        return next(a["href"] for tag, a in self.tags if tag == "a" and a.get("rel") == rel)


def look(client: FlaskClient, path: str, status: int = 200) -> Seen:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:300]
    return Seen(answer.text)


def post(client: FlaskClient, path: str, *, htmx: bool = False, **form: object):  # type: ignore[no-untyped-def]  # werkzeug's answer
    """Send a form with this browser's token."""
    headers = {"HX-Request": "true", "HX-Target": "main"} if htmx else {}
    return client.post(path, data={"csrf_token": csrf_token(client), **form}, headers=headers)
