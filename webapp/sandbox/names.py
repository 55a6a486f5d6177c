"""Invented names of teams and players, among them those that break careless pages."""

from __future__ import annotations

import random

TEAM_FIRST = (
    *("Amber", "Brass", "Cedar", "Delta", "Ember", "Fathom", "Granite", "Hollow", "Indigo"),
    *("Juniper", "Kelp", "Lantern", "Marsh", "Nettle", "Ochre", "Pewter", "Quarry", "Russet"),
)
TEAM_LAST = (
    *("Anglers", "Badgers", "Couriers", "Drifters", "Engines", "Foxes", "Geese", "Herons"),
    *("Jackdaws", "Kites", "Lynxes", "Martens", "Navigators", "Otters", "Pilots", "Ravens"),
)
ODD_TEAMS = ("Северный Ветер", "<b>Bold Choice</b>", "Team & Sons", "Ōkami 🐺")
PERSONA_FIRST = (
    *("quiet", "salt", "moss", "tin", "paper", "north", "blue", "late", "odd", "slow", "river"),
    *("iron", "velvet", "winter", "honest", "loud", "copper", "second", "spare", "tidal"),
)
PERSONA_LAST = (
    *("walker", "lamp", "gull", "anchor", "wren", "kettle", "mantis", "pine", "badge", "drum"),
    *("comet", "ladder", "socks", "turnip", "falcon", "minute", "harbour", "thimble", "vole"),
)
ODD_PERSONAS = (
    "Серый волк",
    "🔥🔥 carry me 🔥🔥",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a very long name that fills it all",
    "影の侍",
    "أمير الليل",
    'O\'Brien & "friends"',
    "{{ 7*7 }}",
    "  spaces  around  ",
    "zero\u200bwidth",
    "-",
)


def team_names(rng: random.Random, count: int) -> list[str]:
    """``count`` different team names, odd ones among the first."""
    odd = list(ODD_TEAMS) if count > 2 * len(ODD_TEAMS) else []
    plain = [f"{first} {last}" for first in TEAM_FIRST for last in TEAM_LAST]
    names = odd + rng.sample(plain, min(count - len(odd), len(plain)))
    names += [f"Reserve {number}" for number in range(1, count - len(names) + 1)]
    rng.shuffle(names)
    return names


def persona_name(rng: random.Random, number: int) -> str:
    """What the player ``number`` of the world calls themself; every ninth oddly."""
    if number % 9 == 4:
        return ODD_PERSONAS[number // 9 % len(ODD_PERSONAS)]
    first, last = rng.choice(PERSONA_FIRST), rng.choice(PERSONA_LAST)
    style = rng.randrange(4)
    if style == 0:
        return f"{first}{last}"
    if style == 1:
        return f"{first.title()} {last.title()}"
    return f"{last}{rng.randrange(100):02}" if style == 2 else f"{first}_{last}"
