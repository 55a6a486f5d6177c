"""What a fault makes of an answer: other bytes, or another way of sending them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from webapp.sandbox import answer as answers
from webapp.sandbox.answer import Answer, json_answer
from webapp.sandbox.calls import Call
from webapp.sandbox.faults import Rule

Ask = Callable[[dict[str, str]], Answer]
HTML_PAGE = "<html><head><title>Maintenance</title></head><body>Back soon</body></html>"
PRIVATE = "Cannot get match history for a user that hasn't allowed it"
REFUSALS: dict[str, Callable[[int], Answer]] = {
    "steam": answers.steam_refusal,
    "opendota": answers.opendota_refusal,
    "discord": answers.discord_refusal,
}


@dataclass(frozen=True)
class Outcome:
    """``delivery``: whole, truncated, close, reset, drip, drip_head or oversize."""

    answer: Answer
    delivery: str = "whole"
    wait: float = 0.0
    pace: float = 1.0
    size: int = 0


def outcome(rule: Rule, call: Call, params: dict[str, str], ask: Ask) -> Outcome:
    """How this call ends under ``rule``; ``ask`` gives the true answer to some parameters."""
    if rule.action in ("close", "reset"):
        return Outcome(Answer(0), rule.action)
    if rule.action in CHANGES:
        return Outcome(CHANGES[rule.action](params, ask))
    if rule.action in BODIES:
        return Outcome(BODIES[rule.action](rule, call))
    if rule.action == "slow":
        return Outcome(ask(params), wait=rule.seconds)
    true = replace(ask(params), listed=())
    return Outcome(true, rule.action, pace=rule.seconds, size=rule.size)


def _refusal(rule: Rule, call: Call) -> Answer:
    refuse = REFUSALS.get(call.service, answers.steam_refusal)
    refused = refuse(rule.status)
    if rule.retry_after is None:
        return refused
    if call.service == "discord" and rule.status == 429:
        return answers.discord_refusal(429, rule.retry_after)
    headers = {**refused.headers, "Retry-After": f"{rule.retry_after:g}"}
    return replace(refused, headers=headers)


def _result(**result: Any) -> Answer:
    return json_answer({"result": result})


def _gzip_bomb(rule: Rule, call: Call) -> Answer:
    body = gzip.compress(b'{"result":{"matches":[' + b" " * rule.size + b"]}}")
    return Answer(200, body, headers={"Content-Encoding": "gzip"})


def _definite(rule: Rule, call: Call) -> Answer:
    if call.service == "opendota":
        return answers.opendota_refusal(404)
    return _result(error=rule.body or answers.DEFINITE)


BODIES: dict[str, Callable[[Rule, Call], Answer]] = {
    "status": _refusal,
    "html": lambda rule, call: Answer(200, (rule.body or HTML_PAGE).encode(), answers.HTML),
    "json": lambda rule, call: Answer(200, rule.body.encode()),
    "empty_object": lambda rule, call: json_answer({}),
    "empty_list": lambda rule, call: json_answer([]),
    "empty_body": lambda rule, call: Answer(200),
    "gzip_garbage": lambda rule, call: Answer(
        200, b"\x1f\x8b\x08\x00garbage, not gzip" * 20, headers={"Content-Encoding": "gzip"}
    ),
    "gzip_bomb": _gzip_bomb,
    "private": lambda rule, call: _result(status=15, statusDetail=PRIVATE),
    "definite": _definite,
    "try_later": lambda rule, call: _result(
        status=2, statusDetail=rule.body or "Busy, try again later."
    ),
    "redirect": lambda rule, call: Answer(302, b"", headers={"Location": rule.location}),
}


def _utf_16(params: dict[str, str], ask: Ask) -> Answer:
    """Encoded otherwise than the head says."""
    true = ask(params)
    return replace(true, body=true.body.decode("utf-8").encode("utf-16"), listed=())


def _another_match(params: dict[str, str], ask: Ask) -> Answer:
    """A whole match, but not the one asked for."""
    seq = params.get("start_at_match_seq_num")
    if seq:
        return ask(params | {"start_at_match_seq_num": str(int(seq) + 1)})
    true = ask(params)
    body = json.loads(true.body)
    match = body.get("result", body)
    if "match_id" in match:
        match["match_id"] += 1
    return json_answer(body, true.status)


def _page(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, str], Ask], Answer]:
    """A history page with its ``result`` changed; only rows still there count as listed."""

    def changed(params: dict[str, str], ask: Ask) -> Answer:
        true = ask(params)
        body = json.loads(true.body)
        if not isinstance(body, dict) or "matches" not in body.get("result", {}):
            return true
        change(body["result"])
        listed = tuple(row["match_id"] for row in body["result"]["matches"])
        return json_answer(body, true.status, league_id=true.league_id, listed=listed)

    return changed


def _first_page(params: dict[str, str], ask: Ask) -> Answer:
    return ask({name: value for name, value in params.items() if name != "start_at_match_id"})


CHANGES: dict[str, Callable[[dict[str, str], Ask], Answer]] = {
    "charset": _utf_16,
    "neighbour": _another_match,
    "empty_page": _page(lambda result: result.update(matches=[])),
    "repeat_page": _first_page,
    "page_of_one": lambda params, ask: ask(params | {"matches_requested": "1"}),
    "remaining_zero": _page(lambda result: result.update(results_remaining=0)),
    "remaining_high": _page(lambda result: result.update(results_remaining=9_999)),
    "shuffled": _page(lambda result: result["matches"].sort(key=lambda row: row["match_id"] % 7)),
    "duplicates": _page(lambda result: result["matches"].extend(result["matches"][:])),
}
