"""The stand-in as a process of its own, and what tests can ask of it over HTTP."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import requests

from tests.sandbox.conftest import SHORT, Asker
from webapp.sandbox.spec import small_spec


def test_faults_calls_and_truth_by_http(ask: Asker) -> None:
    put = ask.control("faults", action="status", source="history", status=503, count=1)
    assert put["faults"][0]["status"] == 503
    assert ask.steam("GetMatchHistory", league_id=SHORT).status_code == 503
    page = ask.history(league_id=SHORT)
    calls = ask.get("/_control/calls", source="history").json()["calls"]
    assert [one["status"] for one in calls] == [503, 200]
    assert [one["fault"] for one in calls] == ["status", ""]
    truth = ask.get(f"/_control/truth/{SHORT}").json()
    assert {int(one) for one in truth["matches"]} == {row["match_id"] for row in page["matches"]}
    assert sorted(truth["served"]) == sorted(int(one) for one in truth["matches"])


def test_the_world_changes_by_http(ask: Asker) -> None:
    late = ask.control("world", do="add_match", league_id=SHORT, fails=2)["match_id"]
    assert late in {row["match_id"] for row in ask.history(league_id=SHORT)["matches"]}
    ask.control("world", do="change", match_id=late, patch={"duration": None}, fails=0)
    told = ask.sandbox.world.truth(SHORT)[late]
    assert ask.sequence(told["match_seq_num"])[0]["duration"] is None
    ask.control("world", do="remove", match_id=late)
    assert late not in {row["match_id"] for row in ask.history(league_id=SHORT)["matches"]}
    ask.control("world", do="advance", seconds=100)
    ask.control("world", do="reset_calls")
    assert ask.sandbox.calls.count() == 0


@pytest.mark.parametrize(
    ("what", "given", "status"),
    [
        ("faults", {"action": "explode"}, 400),
        ("world", {"do": "dance"}, 400),
        ("world", {"do": "add_match", "league_id": 1}, 404),
        ("world", {"do": "remove", "match_id": 1}, 404),
        ("nothing", {}, 404),
    ],
)
def test_a_wrong_control_says_what_is_wrong(
    ask: Asker, what: str, given: dict[str, object], status: int
) -> None:
    answer = requests.post(f"{ask.sandbox.url}/_control/{what}", json=given, timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_pages_of_other_hosts_cannot_control_it(ask: Asker) -> None:
    url = f"{ask.sandbox.url}/_control/calls"
    for headers in ({"Origin": "http://elsewhere.example"}, {"Host": "elsewhere.example"}):
        assert requests.get(url, headers=headers, timeout=5).status_code == 403


def test_what_does_not_exist_is_404(ask: Asker) -> None:
    for path in ("/openid/login", "/speedgaming/schedule/", "/steam/IDOTA2Match_570/Other/v1"):
        assert ask.get(path).status_code == 404


def test_a_process_says_its_address_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "webapp.sandbox", "--port", "0", "--spec"]
    began = time.monotonic()
    with subprocess.Popen(
        [*command, small_spec().to_json()], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert time.monotonic() - began < 5
        about = requests.get(f"{url}/_control/", timeout=5).json()
        assert about["leagues"][0]["league_id"] == 18204
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
