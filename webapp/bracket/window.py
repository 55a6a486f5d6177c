"""When a series' matches may have been played, and which of them are weighed."""

from __future__ import annotations

from datetime import timedelta

BEFORE = timedelta(hours=6)
AFTER = timedelta(hours=30)
"""The window around a scheduled start; before it, so that an earlier series of the same teams is
seen whole and told apart; after it, so that a series may end on the next evening."""

CANDIDATES = 40
"""How many matches are weighed for a series: those with most of its players."""

SAME_PLAYERS = 3
"""Shared players from which two teams may be mistaken for each other."""
