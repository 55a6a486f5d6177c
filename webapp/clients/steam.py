"""Steam's Web API as far as leagues need it.

Every method raises ``UpstreamError`` by the class of the answer, and ``NotNow`` or ``Busy`` where
no call could be made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from webapp.clients.fields import Fields, Unreadable, integer, mapping, required_id, rows
from webapp.clients.listings import (
    read_history,
    read_leagues,
    read_live_games,
    read_summaries,
)
from webapp.clients.match_details import read_details
from webapp.clients.shapes import (
    Answer,
    HistoryPage,
    LeagueInfo,
    ListedMatch,
    LiveGame,
    PlayerSummary,
)
from webapp.core.answers import Reply
from webapp.core.errors import AnswerClass, UpstreamError
from webapp.core.http import HttpClient, Key, Patience
from webapp.core.limits import Bucket
from webapp.settings import Rate

SERVICE = "steam"
PAGE_ROWS = 100
SUMMARIES_AT_ONCE = 100
FINE, FAILED, HIDDEN = 1, 2, 15
FOUND, NO_MATCH = 1, 42
LEAGUES_CAP = 25_000_000

DEFINITE_ERRORS = frozenset(
    {
        "Match ID not found",
        "Practice matches are not available via GetMatchDetails",
        "No Match ID specified",
    }
)
DEFINITE_FAILURE = "Error retrieving match data."

T = TypeVar("T")


class SteamClient:
    """Steam with one key. Without a key (``""``) only ``leagues`` can work."""

    def __init__(
        self,
        http: HttpClient,
        key: str,
        *,
        base_url: str,
        web_url: str,
        rate: Rate,
        sequence_rate: Rate,
    ) -> None:
        self._http = http
        self._key = Key("key", key)
        self._base_url = base_url
        self._web_url = web_url
        self.bucket = Bucket("steam", rate)
        self.sequence_bucket = Bucket("steam:sequence", sequence_rate)

    def league_history(
        self, league_id: int, start_at: int | None, patience: Patience
    ) -> HistoryPage:
        """A page of the league's matches with ids of at most ``start_at`` (None: the newest)."""
        return self._history({"league_id": league_id}, start_at, patience)

    def account_history(
        self, account_id: int, start_at: int | None, patience: Patience
    ) -> HistoryPage:
        """A page of an account's matches; ``definite`` where the account hides them."""
        return self._history({"account_id": account_id}, start_at, patience)

    def _history(
        self, whose: dict[str, int], start_at: int | None, patience: Patience
    ) -> HistoryPage:
        start = {} if start_at is None else {"start_at_match_id": start_at}
        params = {**whose, **start, "matches_requested": PAGE_ROWS}
        reply = self._match_method("GetMatchHistory", params, patience)
        return _read(reply, lambda data: read_history(_fine_result(data)))

    def listed_match(self, match_id: int, patience: Patience) -> ListedMatch | None:
        """The history's row of one match, which names its sequence number; None if not listed."""
        params = {"start_at_match_id": match_id, "matches_requested": 1}
        reply = self._match_method("GetMatchHistory", params, patience)
        page = _read(reply, lambda data: read_history(_fine_result(data)))
        return next((match for match in page.matches if match.match_id == match_id), None)

    def match_by_sequence(self, match_id: int, match_seq_num: int, patience: Patience) -> Answer:
        """A match's details by its sequence number; ``absent`` where another match comes.

        Steam answers with the first match at or after the number, so only the id tells.
        """
        params = {"start_at_match_seq_num": match_seq_num, "matches_requested": 1}
        buckets = (self.bucket, self.sequence_bucket)
        method = "GetMatchHistoryBySequenceNum"
        reply = self._match_method(method, params, patience, buckets)

        def wanted(data: Any) -> Fields | None:
            found = (
                mapping(row, "a match")
                for row in rows(_fine_result(data).get("matches"), "matches")
            )
            return next((one for one in found if required_id(one, "match_id") == match_id), None)

        return _answer(reply, wanted)

    def match_details(self, match_id: int, patience: Patience) -> Answer:
        """A match's details by its id: the call that Steam has answered with 500 since 2024."""
        reply = self._match_method("GetMatchDetails", {"match_id": match_id}, patience)

        def wanted(data: Any) -> Fields | None:
            result = _result(data)
            _refuse_errors(result)
            return result if required_id(result, "match_id") == match_id else None

        return _answer(reply, wanted)

    def live_games(self, league_id: int | None, patience: Patience) -> tuple[LiveGame, ...]:
        """Games of a league (None: of all leagues) that are played now."""
        params = {} if league_id is None else {"league_id": league_id}
        reply = self._match_method("GetLiveLeagueGames", params, patience)
        return _read(reply, lambda data: read_live_games(_result(data)))

    def player_summaries(
        self, steam_ids: Sequence[int], patience: Patience
    ) -> tuple[PlayerSummary, ...]:
        """Profiles of at most 100 steamids, in any order; unknown ones are left out."""
        if len(steam_ids) > SUMMARIES_AT_ONCE:
            raise ValueError(f"at most {SUMMARIES_AT_ONCE} profiles can be asked for at once")
        if not steam_ids:
            return ()
        params = {"steamids": ",".join(map(str, steam_ids))}
        reply = self._get("ISteamUser/GetPlayerSummaries/v2/", params, patience)
        return _read(reply, lambda data: read_summaries(_inner(data, "response")))

    def resolve_vanity(self, name: str, patience: Patience) -> int | None:
        """The steamid behind a profile's chosen name; None where nobody has it."""
        reply = self._get("ISteamUser/ResolveVanityURL/v1/", {"vanityurl": name}, patience)

        def steam_id(data: Any) -> int | None:
            response = _inner(data, "response")
            success = integer(response, "success")
            if success == NO_MATCH:
                return None
            if success != FOUND:
                raise _Refused(AnswerClass.SERVER, "could not look the name up")
            return required_id(response, "steamid")

        return _read(reply, steam_id)

    def leagues(self, patience: Patience) -> tuple[LeagueInfo, ...]:
        """Every league that has a ticket, with its name. Asks dota2.com, without the key."""
        reply = self._http.get_json(
            f"{self._web_url}/IDOTA2League/GetLeagueInfoList/v001",
            {},
            service=SERVICE,
            buckets=(self.bucket,),
            patience=patience,
            size_cap=LEAGUES_CAP,
        )
        return _read(reply, lambda data: read_leagues(mapping(data, "the answer")))

    def _match_method(
        self,
        method: str,
        params: Mapping[str, int],
        patience: Patience,
        buckets: Sequence[Bucket] = (),
    ) -> Reply:
        return self._get(f"IDOTA2Match_570/{method}/v1/", params, patience, buckets)

    def _get(
        self,
        path: str,
        params: Mapping[str, str | int],
        patience: Patience,
        buckets: Sequence[Bucket] = (),
    ) -> Reply:
        return self._http.get_json(
            f"{self._base_url}/{path}",
            params,
            service=SERVICE,
            buckets=buckets or (self.bucket,),
            patience=patience,
            key=self._key,
        )


class _Refused(Exception):
    """Steam said no under HTTP 200."""

    def __init__(self, answer: AnswerClass, detail: str) -> None:
        super().__init__(detail)
        self.answer = answer
        self.detail = detail


def _inner(data: Any, name: str) -> Fields:
    return mapping(mapping(data, "the answer").get(name), name)


def _result(data: Any) -> Fields:
    return _inner(data, "result")


def _fine_result(data: Any) -> Fields:
    result = _result(data)
    _refuse_errors(result)
    status = integer(result, "status")
    if status not in {FINE, None}:
        raise _Refused(AnswerClass.SERVER, f"answered with status {status}")
    return result


def _refuse_errors(result: Fields) -> None:
    """Tell the few refusals that are final from all others, which may pass."""
    error, status = result.get("error"), integer(result, "status")
    if isinstance(error, str) and error in DEFINITE_ERRORS:
        raise _Refused(AnswerClass.DEFINITE, "does not have this match")
    if status == HIDDEN:
        raise _Refused(AnswerClass.DEFINITE, "this account hides its matches")
    if status == FAILED and result.get("statusDetail") == DEFINITE_FAILURE:
        raise _Refused(AnswerClass.DEFINITE, "cannot retrieve this match")
    if error or status == FAILED:
        raise _Refused(AnswerClass.SERVER, "answered with an error")


def _answer(reply: Reply, wanted: Callable[[Any], Fields | None]) -> Answer:
    """The details of the wanted match, refusing every other one."""

    def read(data: Any) -> Answer:
        fields = wanted(data)
        if fields is None:
            raise _Refused(AnswerClass.ABSENT, "another match came, or none")
        return Answer(read_details(fields), reply.body)

    return _read(reply, read)


def _read(reply: Reply, read: Callable[[Any], T]) -> T:
    try:
        return read(reply.data)
    except _Refused as refused:
        error = UpstreamError(SERVICE, refused.answer, status=200, detail=refused.detail)
    except Unreadable as unreadable:
        error = UpstreamError(
            SERVICE, AnswerClass.SCHEMA, status=200, detail=str(unreadable), body=reply.body
        )
    raise error
