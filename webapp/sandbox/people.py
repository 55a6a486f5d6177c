"""The invented people who can sign in at the stand-in for Discord."""

from __future__ import annotations

from dataclasses import dataclass

STEAM_BASE = 76561197960265728
FIRST_ACCOUNT = 2_000_000_000
"""Account ids of the stand-in start above those given to real people."""


def steam_id(account_id: int) -> str:
    return str(account_id + STEAM_BASE)


@dataclass(frozen=True)
class Person:
    """Someone with a Discord account.

    ``role`` is what the sandbox grants at start (``player``, ``organizer`` or ``admin``);
    ``steam_ids`` are 64-bit ids that play in the leagues, ``avatar`` Discord's hash or None.
    """

    discord_id: str
    username: str
    global_name: str | None
    avatar: str | None
    role: str
    steam_ids: tuple[str, ...] = ()


PEOPLE = (
    Person("410000000000000001", "ilse.varga", "Ilse Varga", None, "admin"),
    Person(
        "410000000000000002",
        "tomas_brandt",
        "Tomas Brandt",
        None,
        "organizer",
        (steam_id(FIRST_ACCOUNT + 1),),
    ),
    Person(
        "410000000000000003",
        "copperfin",
        "Copperfin",
        None,
        "player",
        (steam_id(FIRST_ACCOUNT + 2),),
    ),
    Person(
        "410000000000000004",
        "mira.sokol",
        "Мира Сокол",
        "8f14e45fceea167a5a36dedd4bea2543",
        "player",
        (steam_id(FIRST_ACCOUNT + 3), steam_id(FIRST_ACCOUNT + 4)),
    ),
    Person(
        "410000000000000005",
        "no_display_name",
        None,
        "a_c9f0f895fb98ab9159f51fd0297e236d",
        "player",
    ),
    Person(
        "410000000000000006",
        "script_kitten",
        "<script>alert('hi')</script> 🦀",
        None,
        "player",
        (steam_id(FIRST_ACCOUNT + 5),),
    ),
)
"""One admin, one organizer, players with one, two and no Steam accounts."""

ORGANIZER = next(one for one in PEOPLE if one.role == "organizer")

OWNED_NAMES = {
    FIRST_ACCOUNT + 1: "Tally",
    FIRST_ACCOUNT + 2: "Copperfin",
    FIRST_ACCOUNT + 3: "Мира",
    FIRST_ACCOUNT + 4: "Мира (second)",
    FIRST_ACCOUNT + 5: "<script>alert('hi')</script>",
}
"""What those accounts call themselves on Steam."""


def person(discord_id: str) -> Person | None:
    return next((one for one in PEOPLE if one.discord_id == discord_id), None)


def owned_accounts(league_index: int) -> list[int]:
    """The account each person plays with in one league: people with two take turns by league."""
    owned = [one.steam_ids for one in PEOPLE if one.steam_ids]
    return [int(ids[league_index % len(ids)]) - STEAM_BASE for ids in owned]
