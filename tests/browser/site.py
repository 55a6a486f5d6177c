"""One real ``aegis up --sandbox`` with a small world, and what tests do beside the browser."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.servers import free_port
from webapp.sandbox.people import PEOPLE, steam_id
from webapp.sandbox.spec import EMBERFALL, LeagueSpec, WorldSpec, cup_league
from webapp.settings import ROOT
from webapp.tournaments.forms import NEW

SMALL, LARGE, WITH_CDN, WITHOUT_CDN = 18204, 17929, 19101, 19102
"""The seeded league, one that nobody syncs here, and one for each journey to add."""

CUP, DRAFT, IN_GROUPS = "Emberfall Cup", "Draughty Barn Open", "Ring of Six"
"""Tournaments: the sandbox's own, one without a bracket, one in groups that nobody plays."""

TREES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel")
"""Teams to enter, best seed first."""

NAMES = {WITH_CDN: "Amber Lake Invitational", WITHOUT_CDN: "Basalt Bay Masters"}
ADMIN, ORGANIZER, PLAYER = (PEOPLE[number].discord_id for number in range(3))
ROLES = {"admin": ADMIN, "organizer": ORGANIZER, "player": PLAYER}


def world() -> WorldSpec:
    """Five leagues; the clock stands still, so that no match comes while a test counts.

    In one of them a tournament waits, with a game that is live until a test ends it.
    """
    journeys = [
        LeagueSpec(league_id, name, 130, hidden=1, withheld=1, fail_first=((3, 1),), teams=8)
        for league_id, name in NAMES.items()
    ]
    return WorldSpec(
        leagues=(
            LeagueSpec(
                *(SMALL, "Copper Coast Cup", 60),
                hidden=1,
                withheld=2,
                fail_first=((1, 1), (3, 3)),
                odd=2,
                teams=8,
            ),
            LeagueSpec(LARGE, "Northern Lights League", 40, teams=8),
            cup_league(),
            *journeys,
        ),
        seed=2026,
        now=int(time.time()),
        opendota_string_ids=True,
    )


@dataclass
class Person:
    """Somebody signed in beside the browser: their requests, and the cookies to hand over."""

    url: str
    session: requests.Session

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=20)

    def post(self, path: str, **form: object) -> requests.Response:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/").text)
        assert found
        form["csrf_token"] = html.unescape(found[1])
        return self.session.post(self.url + path, data=form, timeout=20)

    def cookies(self) -> list[Any]:
        return [
            {"name": one.name, "value": one.value, "url": self.url} for one in self.session.cookies
        ]


@dataclass
class Site:
    url: str
    control: str
    """The stand-in's own address for faults and truth."""

    people: dict[str, Person] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        """Somebody with this role, signed in once by the stand-in's page."""
        if role not in self.people:
            session = requests.Session()
            asked = session.get(f"{self.url}/login", timeout=20)
            chosen = f"{asked.url}&sandbox_user={ROLES[role]}"
            session.get(chosen, timeout=20).raise_for_status()
            self.people[role] = Person(self.url, session)
        return self.people[role]

    def status(self, league_id: int) -> dict[str, Any]:
        answer = requests.get(
            f"{self.url}/api/steam/sync-status/", {"league_id": league_id}, timeout=20
        )
        found: dict[str, Any] = answer.json()
        return found

    def matches(self, league_id: int, state: str) -> list[dict[str, Any]]:
        wanted: dict[str, str | int] = {"league_id": league_id, "state": state}
        answer = requests.get(f"{self.url}/api/matches/", wanted, timeout=20)
        found: list[dict[str, Any]] = answer.json()["matches"]
        return found

    def fault(self, action: str, source: str = "*", **how: object) -> int:
        """Make the stand-in's calls go wrong; returns the fault's number."""
        rule = {"action": action, "source": source, **how}
        answer = requests.post(f"{self.control}/_control/faults", json=rule, timeout=20)
        answer.raise_for_status()
        return int(answer.json()["faults"][-1]["number"])

    def truth(self, league_id: int) -> dict[str, dict[str, Any]]:
        """The league's matches by id, as they really are."""
        answer = requests.get(f"{self.control}/_control/truth/{league_id}", timeout=20)
        found: dict[str, dict[str, Any]] = answer.json()["matches"]
        return found

    def tournament(self, name: str) -> int:
        """The id of the tournament of this name, whatever its state."""
        listed = self.person("admin").get("/api/tournaments/?limit=100").json()["tournaments"]
        return next(int(one["id"]) for one in listed if one["name"] == name)

    def series(self, tournament_id: int) -> dict[str, dict[str, Any]]:
        """The series of its bracket, by what people call them."""
        listed = requests.get(f"{self.url}/api/tournaments/{tournament_id}/bracket", timeout=20)
        return {one["label"]: one for one in listed.json()["series"]}

    def end_live(self) -> int:
        """End the game of the cup that is live; its match's id."""
        asked = {"do": "end_live"}
        answer = requests.post(f"{self.control}/_control/world", json=asked, timeout=20)
        answer.raise_for_status()
        return int(answer.json()["match_id"])

    def no_faults(self) -> None:
        requests.delete(f"{self.control}/_control/faults", timeout=20).raise_for_status()


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The site, ready and with nothing synced; ended with all its processes."""
    data = folder / "sandbox"
    data.mkdir(parents=True)
    (data / "world.json").write_text(world().to_json(), encoding="utf-8")
    said = folder / "said.log"
    port = free_port()
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.cli", "up", "--port", str(port), "--sandbox"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DATA_DIR": str(folder),
                "SYNC_EVERY": "0",
            },
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _wait_until_ready(process, said)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], said: Path) -> Site:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        lines = said.read_text()
        ready = re.search(r"Aegis is ready at (http://\S+)", lines)
        control = re.search(r"Sandbox at (http://\S+)", lines)
        if ready and control:
            return Site(ready[1], control[1])
        time.sleep(0.1)
    raise RuntimeError("aegis up did not start: " + said.read_text())


def seed(site: Site) -> None:
    """Sync two leagues until nothing moves, with one match by hand, and prepare tournaments."""
    admin = site.person("admin")
    for league_id in (SMALL, EMBERFALL):
        admin.post(f"/leagues/{league_id}/sync").raise_for_status()
    for league_id in (SMALL, EMBERFALL):
        settle(site, league_id)
    by_hand = site.matches(SMALL, "withheld")[0]["match_id"]
    admin.post(f"/matches/{by_hand}/by-hand", winner="radiant").raise_for_status()
    prepare(site, DRAFT, 4, format="single_elimination")
    ring = prepare(site, IN_GROUPS, 6, format="groups_knockout", groups=2, advancing=1)
    admin.post(f"/tournaments/{ring}/bracket/generate", seeding="manual").raise_for_status()


def settle(site: Site, league_id: int) -> None:
    """Wait until nothing of a league waits."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        counts = site.status(league_id)["counts"]
        if counts["total"] and not counts["stub"] and not site.status(league_id)["is_syncing"]:
            return
        time.sleep(0.3)
    raise RuntimeError(f"the league did not settle: {site.status(league_id)}")


def prepare(site: Site, name: str, teams: int, **choices: object) -> int:
    """A tournament with so many teams in it; its id."""
    admin = site.person("admin")
    choices |= {"name": name, "league_ids": SMALL, "tie_breaks": NEW.tie_breaks}
    admin.post("/tournaments/", **choices).raise_for_status()
    made = site.tournament(name)
    table = table_of(TREES[:teams])
    admin.post(f"/tournaments/{made}/teams/import/confirm", table=table).raise_for_status()
    return made


def table_of(teams: Sequence[str]) -> str:
    """A table for the import: five invented players for each team, the first its captain."""
    rows = ["team,seed,player,steam_id,captain,mmr"]
    for place, team in enumerate(teams, 1):
        for seat in range(5):
            who, captain = steam_id(2_100_000_000 + 10 * place + seat), "" if seat else "yes"
            mmr = 6_000 - 99 * place - 31 * seat
            rows.append(f"{team},{place},{team} player {seat + 1},{who},{captain},{mmr}")
    return "\n".join(rows)
