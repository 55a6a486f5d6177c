"""The four roles; each includes the ones before it."""

from __future__ import annotations

ROLES = ("anonymous", "player", "organizer", "admin")
SIGNED_IN_ROLES = ROLES[1:]


def includes(role: str, needed: str) -> bool:
    """Whether someone with ``role`` may do what ``needed`` may do."""
    return ROLES.index(role) >= ROLES.index(needed)
