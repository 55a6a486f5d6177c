"""Every page there is, by its address in the seeded site."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.site import CUP, DRAFT, IN_GROUPS, SMALL, Site
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
        *_of_tournaments(site),
    ]


def _of_tournaments(site: Site) -> list[Shown]:
    cup, draft, groups = (
        f"/tournaments/{site.tournament(name)}" for name in (CUP, DRAFT, IN_GROUPS)
    )
    first = site.series(site.tournament(CUP))["U1"]
    team, player = first["team_a"]["id"], PEOPLE[1].steam_ids[0]
    return [
        Shown("tournaments-admin", "/tournaments/", "admin"),
        Shown("tournament-new", "/tournaments/new", "admin"),
        Shown("bracket", cup),
        Shown("bracket-admin", cup, "admin"),
        Shown("bracket-team", f"{cup}?team={team}"),
        Shown("bracket-night", f"{cup}?night={first['scheduled_at'][:10]}"),
        Shown("bracket-series", f"{cup}?series=U1"),
        Shown("bracket-linked", f"{cup}?series=U1", "admin"),
        Shown("bracket-suggested", f"{cup}?series=U4&game=2", "admin"),
        Shown("bracket-live", f"{cup}?series=U5&game=2", "admin"),
        Shown("bracket-draft", draft),
        Shown("bracket-draft-admin", draft, "admin"),
        Shown("bracket-groups", groups),
        Shown("bracket-groups-series", f"{groups}?series=A1", "admin"),
        Shown("teams", f"{cup}/teams"),
        Shown("teams-admin", f"{cup}/teams", "admin"),
        Shown("team-new", f"{draft}/teams/new", "admin"),
        Shown("team-edit", f"{cup}/teams/{team}/edit", "admin"),
        Shown("team-withdraw", f"{cup}/teams/{team}/withdraw", "admin"),
        Shown("teams-import", f"{draft}/teams/import", "admin"),
        Shown("schedule", f"{cup}/schedule"),
        Shown("schedule-admin", f"{cup}/schedule", "admin"),
        Shown("standings", f"{cup}/standings"),
        Shown("standings-groups", f"{groups}/standings"),
        Shown("links-dry", f"{cup}/links?dry=1", "admin"),
        Shown("tournament-settings", f"{cup}/settings", "admin"),
        Shown("tonight", "/tonight", "admin"),
        Shown("live", "/live"),
        Shown("find", "/find"),
        Shown("find-found", f"/find?players={player}"),
        Shown("find-now", f"/find?players={player}&now=1"),
    ]


def _id_of_player(site: Site) -> int:
    """Our own number of the person with this Discord id."""
    found: dict[str, int] = site.person("player").get("/api/me").json()
    return found["id"]
