"""A stand-in of its own for each test, and someone who asks it things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from webapp.sandbox.server import Sandbox
from webapp.sandbox.spec import STEAM_KEY, LeagueSpec, WorldSpec

LONG, SHORT = 700, 701


class Asker:
    """Asks a stand-in over one kept-alive connection; Steam's calls carry the key."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()

    def get(self, path: str, **params: Any) -> requests.Response:
        url = self.sandbox.url + path
        return self.session.get(url, params=params, timeout=10, allow_redirects=False)

    def steam(self, method: str, **params: Any) -> requests.Response:
        interface = "ISteamUser" if "Player" in method or "Vanity" in method else "IDOTA2Match_570"
        return self.get(f"/steam/{interface}/{method}/v1/", key=STEAM_KEY, **params)

    def history(self, **params: Any) -> dict[str, Any]:
        params = {"matches_requested": 100} | params
        return dict(self.steam("GetMatchHistory", **params).json()["result"])

    def sequence(self, seq: int, count: int = 1) -> list[dict[str, Any]]:
        params = {"start_at_match_seq_num": seq, "matches_requested": count}
        answer = self.steam("GetMatchHistoryBySequenceNum", **params).json()
        return list(answer["result"]["matches"])

    def control(self, what: str, **given: Any) -> dict[str, Any]:
        answer = self.session.post(f"{self.sandbox.url}/_control/{what}", json=given, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
def opened() -> Iterator[Callable[[WorldSpec], Asker]]:
    """Starts a stand-in for a spec; it ends with the test."""
    askers: list[Asker] = []

    def start(spec: WorldSpec) -> Asker:
        askers.append(Asker(Sandbox(spec).start()))
        return askers[-1]

    yield start
    for asker in askers:
        asker.session.close()
        asker.sandbox.stop()


@pytest.fixture
def ask(opened: Callable[[WorldSpec], Asker]) -> Asker:
    """A world with a long league (history cannot reach all of it) and a short one."""
    long = LeagueSpec(
        LONG, "Long League", 620, hidden=4, withheld=2, fail_first=((1, 2), (3, 1)), odd=4, live=2
    )
    return opened(WorldSpec(leagues=(long, LeagueSpec(SHORT, "Short Cup", 12))))
