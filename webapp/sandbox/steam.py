"""Steam's answers: paging, neighbours and refusals as the real service has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.sandbox.answer import DEFINITE, Answer, json_answer, steam_refusal
from webapp.sandbox.bodies import history_row, steam_match
from webapp.sandbox.live import live_game
from webapp.sandbox.match import Match
from webapp.sandbox.people import STEAM_BASE
from webapp.sandbox.profiles import player_summaries, resolve_vanity
from webapp.sandbox.world import World

Params = Mapping[str, str]
PRACTICE = "Practice matches are not available via GetMatchDetails"
PRIVATE = "Cannot get match history for a user that hasn't allowed it"
PAGE, DEFAULT_PAGE = 100, 25


def number(params: Params, name: str, default: int | None = None) -> int | None:
    """A whole number among the parameters; anything else counts as absent, as with Steam."""
    text = params.get(name, "")
    return int(text) if text.removeprefix("-").isdigit() else default


def history(world: World, params: Params) -> Answer:
    """GetMatchHistory. ``start_at_match_id`` is inclusive and descending.

    A page is cut from the newest 500, and hidden matches are then left out: that is why pages of
    99 happen. ``num_results`` is 0 on league pages, as recorded.
    """
    league_id, account_id = number(params, "league_id"), number(params, "account_id")
    if account_id is not None:
        account_id = account_id - STEAM_BASE if account_id > STEAM_BASE else account_id
        if account_id in world.private_accounts:
            return json_answer({"result": {"status": 15, "statusDetail": PRIVATE}})
    reach = world.reachable(league_id, account_id)
    start = number(params, "start_at_match_id")
    older = [one for one in reach if not start or one.match_id <= start]
    page = older[: max(1, min(number(params, "matches_requested") or DEFAULT_PAGE, PAGE))]
    shown = [one for one in page if not one.hidden]
    result = {
        "status": 1,
        "num_results": 0 if league_id is not None else len(shown),
        "total_results": len(reach),
        "results_remaining": len(older) - len(page),
        "matches": [history_row(one) for one in shown],
    }
    listed = tuple(one.match_id for one in shown)
    return json_answer({"result": result}, league_id=league_id or 0, listed=listed)


def sequence(world: World, params: Params) -> Answer:
    """GetMatchHistoryBySequenceNum: the first matches at or after the number asked."""
    seq = number(params, "start_at_match_seq_num")
    if seq is None:
        return steam_refusal(400)
    count = max(1, min(number(params, "matches_requested") or DEFAULT_PAGE, PAGE))
    found = world.from_seq(seq, count)
    first = found[0] if found else None
    if first and first.match_seq_num == seq and world.still_fails("sequence", first):
        return _failure(first)
    bodies = [steam_match(one, world.game(one)) for one in found]
    return json_answer({"result": {"status": 1, "matches": bodies}})


def details(world: World, params: Params) -> Answer:
    """GetMatchDetails: HTTP 500 with ``{}`` for every match since May 2024, unless switched on."""
    if not world.details:
        return json_answer({}, 500)
    match_id = number(params, "match_id")
    if not match_id:
        return json_answer({"result": {"error": "No Match ID specified"}})
    match = world.match(match_id)
    if match is None or match.end > world.now():
        return json_answer({"result": {"error": DEFINITE}})
    if match.withheld:
        return json_answer({"result": {"error": PRACTICE}})
    if world.still_fails("details", match):
        return _failure(match)
    return json_answer({"result": steam_match(match, world.game(match))})


def live(world: World, params: Params) -> Answer:
    """GetLiveLeagueGames; note its ``status`` 200 at the end."""
    games = [
        live_game(one, world.game(one), world.now(), world.names)
        for one in world.live(number(params, "league_id"))
    ]
    return json_answer({"result": {"games": games, "status": 200}})


def profiles(world: World, params: Params) -> Answer:
    """GetPlayerSummaries of up to 100 steamids."""
    wanted = [one for one in params.get("steamids", "").split(",") if one]
    if not wanted:
        return steam_refusal(400)
    return json_answer(player_summaries(world, wanted[:100]))


def vanity(world: World, params: Params) -> Answer:
    return json_answer(resolve_vanity(world, params.get("vanityurl", "")))


def league_infos(world: World, params: Params) -> Answer:
    """GetLeagueInfoList of the old website: every league there is, no key asked."""
    infos = []
    for league in world.leagues:
        played = world.finished(league.spec.league_id)
        infos.append(
            {
                "league_id": league.spec.league_id,
                "name": league.spec.name,
                "tier": 1,
                "region": 3,
                "most_recent_activity": played[0].start if played else 0,
                "total_prize_pool": 0,
                "start_timestamp": played[-1].start if played else 0,
                "end_timestamp": int(world.now()) + 30 * 86_400,
                "status": 3,
            }
        )
    return json_answer({"infos": infos})


def _failure(match: Match) -> Answer:
    return json_answer({}, 500 if match.fail_with == "500" else 200)


METHODS: dict[str, tuple[str, Callable[[World, Params], Answer]]] = {
    "idota2match_570/getmatchhistory": ("history", history),
    "idota2match_570/getmatchhistorybysequencenum": ("sequence", sequence),
    "idota2match_570/getmatchdetails": ("details", details),
    "idota2match_570/getliveleaguegames": ("live", live),
    "isteamuser/getplayersummaries": ("profiles", profiles),
    "isteamuser/resolvevanityurl": ("vanity", vanity),
}
"""Interface and method in lower case -> the source's name and what answers."""
