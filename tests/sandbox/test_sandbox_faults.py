"""Scripted faults: the calls they take, and what arrives then."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import LONG, SHORT, Asker
from webapp.sandbox.calls import Call
from webapp.sandbox.faults import ACTIONS, Faults, Rule

BROKEN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def call(source: str = "history", *ids: int) -> Call:
    return Call("steam", source, "GET", "/", {}, frozenset(ids))


def test_a_rule_takes_only_its_source_and_ids() -> None:
    faults = Faults()
    faults.add("close", "sequence", ids=[7])
    assert faults.match(call("history", 7)) is None
    assert faults.match(call("sequence", 8)) is None
    assert faults.match(call("sequence", 7, 9)) is not None


def test_a_rule_can_name_a_service_or_a_pattern() -> None:
    for source in ("steam", "hist*", "*"):
        faults = Faults()
        faults.add("close", source)
        assert faults.match(call()) is not None, source


def test_a_rule_counts_the_calls_it_meets_and_ends_with_its_count() -> None:
    faults = Faults()
    faults.add("close", "history", nth=[2, 3, 5], count=2)
    taken = [faults.match(call()) is not None for _ in range(6)]
    assert taken == [False, True, True, False, False, False]
    assert (faults.in_force()[0]["met"], faults.in_force()[0]["used"]) == (3, 2)


def test_chance_is_seeded() -> None:
    def drawn(seed: int) -> list[bool]:
        faults = Faults()
        faults.add("close", chance=0.3, seed=seed)
        return [faults.match(call()) is not None for _ in range(200)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 30 < sum(drawn(1)) < 90


def test_rules_are_cleared_one_by_one_or_all() -> None:
    faults = Faults()
    first, _ = faults.add("close"), faults.add("reset")
    faults.clear(first)
    taken = faults.match(call())
    assert taken is not None
    assert taken.action == "reset"
    faults.clear()
    assert faults.match(call()) is None


@pytest.mark.parametrize("wrong", [{"action": "explode"}, {"action": "close", "sauce": 1}, {}])
def test_a_wrong_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Rule.from_dict(wrong)


OF_PAGES = ACTIONS[ACTIONS.index("empty_page") :]
OF_ANY = ACTIONS[: ACTIONS.index("empty_page")]


def page_under_fault(ask: Asker, action: str) -> tuple[int, bytes]:
    """A page in the middle of the league, once as it is and once under the fault."""
    start = ask.history(league_id=LONG)["matches"][20]["match_id"]
    params = {"league_id": LONG, "start_at_match_id": start, "matches_requested": 50}
    if action:
        ask.sandbox.faults.add(action, "history")
    answer = ask.steam("GetMatchHistory", **params)
    return answer.status_code, answer.content


@pytest.mark.parametrize("action", OF_PAGES)
def test_every_fault_of_pages_changes_the_page(ask: Asker, action: str) -> None:
    true = page_under_fault(ask, "")
    status, body = page_under_fault(ask, action)
    assert (status, body != true[1]) == (200, True)


@pytest.mark.parametrize("action", OF_ANY)
def test_every_other_fault_breaks_the_answer_or_delays_it(ask: Asker, action: str) -> None:
    """An unknown vanity name has the shortest answer, which even drips through in no time."""
    method, params = "ResolveVanityURL", {"vanityurl": "nobody"}
    if action == "neighbour":
        seq = next(iter(ask.sandbox.world.truth(SHORT).values()))["match_seq_num"]
        method, params = "GetMatchHistoryBySequenceNum", {"start_at_match_seq_num": seq}
    true = ask.steam(method, **params).content
    ask.sandbox.faults.add(action, seconds=0.3 if action == "slow" else 0.01)
    began = time.monotonic()
    try:
        answer = ask.steam(method, **params)
    except BROKEN:
        assert action in ("truncated", "close", "reset", "gzip_garbage")
        return
    late = time.monotonic() - began > 0.25
    assert (answer.status_code, answer.content, late) != (200, true, False)


@pytest.mark.parametrize(
    ("source", "status", "kind"),
    [
        ("history", 429, "text/html"),
        ("history", 503, "text/html"),
        ("history", 403, "text/html"),
        ("opendota", 429, "application/json"),
        ("opendota", 500, "application/json"),
    ],
)
def test_refusals_are_worded_as_the_service_does(
    ask: Asker, source: str, status: int, kind: str
) -> None:
    ask.sandbox.faults.add("status", source, status=status, retry_after=7)
    if source == "history":
        answer = ask.steam("GetMatchHistory", league_id=SHORT)
    else:
        answer = ask.get("/opendota/matches/1")
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["Retry-After"] == "7"


def test_retry_after_is_absent_unless_given(ask: Asker) -> None:
    ask.sandbox.faults.add("status", "history", status=429)
    assert "Retry-After" not in ask.steam("GetMatchHistory", league_id=SHORT).headers


def test_the_neighbours_match_is_another(ask: Asker) -> None:
    told = next(iter(ask.sandbox.world.truth(SHORT).values()))
    ask.sandbox.faults.add("neighbour")
    (other,) = ask.sequence(told["match_seq_num"])
    assert other["match_id"] != told["match_id"]
    body = ask.get(f"/opendota/matches/{told['match_id']}").json()
    assert body["match_id"] not in (told["match_id"], None)


def test_a_cut_body_is_announced_longer_than_it_is(ask: Asker) -> None:
    ask.sandbox.faults.add("truncated", "history", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        ask.history(league_id=SHORT)
    assert ask.sandbox.world.served == {}
    assert len(ask.history(league_id=SHORT)["matches"]) == 12


def test_an_oversized_body_is_as_large_as_asked(ask: Asker) -> None:
    ask.sandbox.faults.add("oversize", "history", size=3_000_000)
    assert len(ask.steam("GetMatchHistory", league_id=SHORT).content) > 3_000_000


def test_the_log_tells_fault_status_and_how_many_were_open(ask: Asker) -> None:
    ask.sandbox.faults.add("slow", "history", seconds=0.5, nth=[1])
    first = Thread(target=lambda: requests.get(_history_url(ask), timeout=5))
    first.start()
    time.sleep(0.2)
    requests.get(_history_url(ask), timeout=5)
    first.join()
    slow, quick = ask.sandbox.calls.all("history")
    assert (slow.fault, slow.status, slow.open) == ("slow", 403, 1)
    assert (quick.fault, quick.open) == ("", 2)
    assert slow.ended is not None
    assert slow.ended - slow.clock >= 0.5
    assert "wrong-key" not in repr(slow)


def _history_url(ask: Asker) -> str:
    return f"{ask.sandbox.url}/steam/IDOTA2Match_570/GetMatchHistory/v1/?key=wrong-key"


def test_waiting_answers_end_with_the_sandbox(ask: Asker) -> None:
    ask.sandbox.faults.add("slow", "history", seconds=60)
    waiting = Thread(target=_ask_quietly, args=(_history_url(ask),))
    waiting.start()
    time.sleep(0.2)
    began = time.monotonic()
    ask.sandbox.stop()
    waiting.join(5)
    assert not waiting.is_alive()
    assert time.monotonic() - began < 2


def _ask_quietly(url: str) -> None:
    try:
        requests.get(url, timeout=30)
    except requests.exceptions.RequestException:
        return
