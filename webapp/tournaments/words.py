"""How the pages say what a tournament is: pure."""

from __future__ import annotations

from typing import Final

from webapp.core.figures import plural
from webapp.tournaments import rules
from webapp.tournaments.models import Tournament

FORMATS: Final = {
    "single_elimination": ("Single elimination", "Who loses a series is out."),
    "double_elimination": (
        "Double elimination",
        "Who loses goes on in the lower bracket, and is out with the second loss.",
    ),
    "round_robin": ("Round robin", "Everybody plays everybody, in one group or several."),
    "groups_knockout": (
        "Groups, then a knock-out",
        "Everybody plays everybody in the group; the best of each go on to a knock-out.",
    ),
}
GRAND_FINALS: Final = {
    "none": ("No grand final", "It ends with the upper and the lower final."),
    "simple": ("Simple", "One series, whoever comes from above."),
    "reset": ("With reset", "If the team from below wins, a second series decides."),
}
AUTO_LINKS: Final = {
    "off": ("Off", "Nothing is suggested by itself."),
    "suggest": ("Suggest", "Matches that could be a game are suggested; a person links them."),
    "sure": (
        "Link what is sure",
        "A match that can be no other game is linked by itself. It can be undone with one click.",
    ),
}
TIE_BREAKS: Final = {
    "head_to_head": "Head to head",
    "game_difference": "Game difference",
    "games_won": "Games won",
    "series_won": "Series won",
    "fewest_forfeits": "Fewest forfeits",
    "opponents_points": "Points of the opponents",
    "seed": "Seed",
}
STATES: Final = {
    "draft": ("stub", "Draft"),
    "running": ("running", "Running"),
    "finished": ("succeeded", "Finished"),
    "archived": ("cancelled", "Archived"),
}
"""The badge of a state, and its word."""

_GRAND_FINAL: Final = {
    "none": "no grand final",
    "simple": "simple grand final",
    "reset": "grand final with reset",
}


def state_of(tournament: Tournament) -> str:
    """``draft``, ``running``, ``finished``, or ``archived`` whatever it was before."""
    return "archived" if tournament.archived_at else tournament.state


def format_words(tournament: Tournament) -> str:
    """``double elimination, simple grand final``; ``2 groups of round robin``."""
    fmt, knockout = tournament.format, tournament.knockout
    words = [_format(tournament)]
    if rules.has_losers_bracket(fmt, knockout):
        words.append(_GRAND_FINAL[tournament.grand_final])
    elif tournament.third_place and rules.has_knockout(fmt):
        words.append("third place played")
    return ", ".join(words)


def _format(tournament: Tournament) -> str:
    twice = " twice" if tournament.legs == 2 else ""
    if tournament.format == "round_robin":
        many = tournament.group_count > 1
        return f"round robin{twice}" + (f" in {tournament.group_count} groups" if many else "")
    if tournament.format == "groups_knockout":
        groups = plural(tournament.group_count, "group")
        return f"{groups}{twice}, then {tournament.knockout.replace('_', ' ')}"
    return tournament.format.replace("_", " ")
