"""Every page there is, by its address in the seeded site."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.site import SMALL, Site
from webapp.sandbox.people import PEOPLE

OWNED = PEOPLE[2].steam_ids[0]


@dataclass(frozen=True)
class Shown:
    """A page, and the least role that sees it."""

    name: str
    path: str
    role: str = "anonymous"


def pages_of(site: Site) -> list[Shown]:
    """The pages, with ids that the seeded league has."""
    found = {
        state: site.matches(SMALL, state)[0]["match_id"]
        for state in ("detailed", "failed", "withheld")
    }
    listed = site.matches(SMALL, "detailed")
    by_hand = next(one["match_id"] for one in listed if one["source"] == "manual")
    by_source = {one["match_id"]: one["source"] for one in listed if one["source"] != "manual"}
    detailed, source = next(iter(by_source.items()))
    person = _id_of_player(site)
    at = f"/leagues/{SMALL}"
    return [
        Shown("home", "/"),
        Shown("home-admin", "/", "admin"),
        Shown("leagues", "/leagues/"),
        Shown("leagues-archived", "/leagues/?archived=1", "admin"),
        Shown("league", at),
        Shown("league-admin", at, "admin"),
        Shown("league-new", "/leagues/17929", "admin"),
        Shown("league-add", "/leagues/add", "admin"),
        Shown("league-add-name", "/leagues/add?q=a", "admin"),
        Shown("league-add-found", "/leagues/add?q=19101", "admin"),
        Shown("league-add-none", "/leagues/add?q=555", "admin"),
        Shown("league-settings", f"{at}/settings", "admin"),
        Shown("league-matches", f"{at}/matches"),
        Shown("league-matches-filtered", f"{at}/matches?state=detailed&q=a"),
        Shown("league-matches-none", f"{at}/matches?hero=Axe&team=nobody"),
        Shown("league-failed", f"{at}/failed", "admin"),
        Shown("add-matches", f"{at}/add-matches", "admin"),
        Shown("add-matches-found", f"{at}/add-matches?ids={detailed}+7400000001", "admin"),
        Shown("matches", "/matches/"),
        Shown("match", f"/matches/{detailed}"),
        Shown("match-admin", f"/matches/{detailed}", "admin"),
        Shown("match-failed", f"/matches/{found['failed']}", "admin"),
        Shown("match-withheld", f"/matches/{found['withheld']}"),
        Shown("match-by-hand", f"/matches/{by_hand}", "admin"),
        Shown("by-hand", f"/matches/{found['withheld']}/by-hand", "admin"),
        Shown("raw", f"/matches/{detailed}/raw/{source}", "admin"),
        Shown("failed", "/failed", "admin"),
        Shown("players", "/players/"),
        Shown("player", f"/players/{OWNED}"),
        Shown("my-matches", "/players/me", "player"),
        Shown("my-matches-none", "/players/me", "admin"),
        Shown("account", "/account/", "player"),
        Shown("people", "/people/", "admin"),
        Shown("person", f"/people/{person}", "admin"),
        Shown("audit", "/audit/", "admin"),
        Shown("runs", "/runs/", "player"),
        Shown("run", "/runs/1", "admin"),
        Shown("queues", "/queues/", "admin"),
        Shown("styleguide", "/styleguide"),
    ]


def _id_of_player(site: Site) -> int:
    """Our own number of the person with this Discord id."""
    found: dict[str, int] = site.person("player").get("/api/me").json()
    return found["id"]
