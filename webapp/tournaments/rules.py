"""What a tournament's settings may be, and which of them its format uses: pure."""

from __future__ import annotations

from typing import Final

TIE_BREAKS: Final = (
    "head_to_head",
    "game_difference",
    "games_won",
    "series_won",
    "fewest_forfeits",
    "opponents_points",
    "seed",
)
"""Every rule that may tell teams with the same points apart, by name."""

DEFAULT_TIE_BREAKS: Final = ("head_to_head", "game_difference", "games_won", "seed")
DEFAULT_POINTS: Final = (2, 1, 0)
DEFAULT_WIN_POINTS: Final = 3

MOST_TEAMS = 128
MOST_LEAGUES = 20
MOST_GROUPS = 16
MOST_ADVANCING = 8
MOST_POINTS = 100


def has_groups(fmt: str) -> bool:
    """Whether the format has groups, whose table counts points."""
    return fmt in {"round_robin", "groups_knockout"}


def has_knockout(fmt: str) -> bool:
    return fmt != "round_robin"


def has_losers_bracket(fmt: str, knockout: str) -> bool:
    """Whether a team that loses once plays on, so that there is a grand final."""
    return fmt == "double_elimination" or (
        fmt == "groups_knockout" and knockout == "double_elimination"
    )


def may_draw(fmt: str) -> bool:
    """Whether a best of two makes sense: a knock-out needs a winner."""
    return has_groups(fmt)
