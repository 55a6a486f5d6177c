"""Where a sign-in may lead afterwards: a path of this site, and nothing else."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

LONGEST = 1000


def safe_path(target: str | None) -> str:
    """``target`` where it is a path on this site, else ``/``.

    Browsers read a backslash as a slash, drop control characters, and proxies may decode what
    stands encoded; so no form of the text may look like another host.
    """
    given = target or "/"
    forms = (given, unquote(given), unquote(unquote(given)))
    if len(given) > LONGEST or not all(map(_is_path, forms)):
        return "/"
    return given


def _is_path(text: str) -> bool:
    if not text.startswith("/") or text.startswith("//") or "\\" in text:
        return False
    if not text.isprintable() or any(character.isspace() for character in text.partition("?")[0]):
        return False
    parts = urlsplit(text)
    return not parts.scheme and not parts.netloc
