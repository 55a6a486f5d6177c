"""Which service and source a request is for, and its true answer."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from webapp.sandbox import opendota, steam
from webapp.sandbox.answer import (
    Answer,
    discord_refusal,
    html_answer,
    missing_key,
    opendota_refusal,
    steam_refusal,
)
from webapp.sandbox.calls import Call, without_secrets
from webapp.sandbox.discord import Discord
from webapp.sandbox.spec import WorldSpec
from webapp.sandbox.world import World

VERSIONS = {"v1", "v2", "v001", "v0001", "v0002"}
ID_PARAMS = ("match_id", "start_at_match_id", "start_at_match_seq_num", "league_id", "account_id")


@dataclass(frozen=True)
class Request:
    """A request as it came: ``params`` are the query's, or the form's of a POST."""

    method: str
    path: str
    params: Mapping[str, str]
    authorization: str = ""

    @classmethod
    def of(cls, method: str, target: str, body: bytes, authorization: str) -> Request:
        parts = urlsplit(target)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        if method == "POST":
            params |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return cls(method, parts.path, params, authorization)

    @property
    def parts(self) -> list[str]:
        return [part for part in self.path.split("/") if part]


class Services:
    """All stand-ins over one world."""

    def __init__(self, spec: WorldSpec) -> None:
        self.world = World(spec)
        self.discord = Discord(spec)
        self.allowance = opendota.Allowance(spec.opendota_minute)

    def call(self, request: Request) -> Call:
        """The entry of the call log for this request."""
        service = request.parts[0] if request.parts else ""
        return Call(
            service="steam" if service == "webapi" else service,
            source=self._source(request.parts),
            method=request.method,
            path=request.path,
            params=without_secrets(request.params),
            ids=self._ids(request),
        )

    def answer(self, request: Request, params: Mapping[str, str]) -> Answer:
        """The true answer to ``request`` with these parameters in place of its own."""
        service, parts = request.parts[0] if request.parts else "", request.parts[1:]
        if service == "steam":
            return self._steam(parts, params)
        if service == "webapi":
            return steam.league_infos(self.world, params)
        if service == "opendota":
            return self._opendota(parts)
        if service == "discord":
            return self._discord(request, parts, params)
        return html_answer(404, "Not Found", "The sandbox has no such service.")

    def _steam(self, parts: list[str], params: Mapping[str, str]) -> Answer:
        found = steam.METHODS.get("/".join(parts[:2]).lower())
        if found is None or len(parts) != 3 or parts[2].lower() not in VERSIONS:
            return html_answer(404, "Not Found", "Method not found")
        key, wanted = params.get("key", ""), self.world.spec.steam_key
        if not key:
            return missing_key()
        if wanted and not hmac.compare_digest(key.encode(), wanted.encode()):
            return steam_refusal(403)
        return found[1](self.world, params)

    def _opendota(self, parts: list[str]) -> Answer:
        allowed, headers = self.allowance.take()
        answer = opendota.route(self.world, parts) if allowed else opendota_refusal(429)
        return replace(answer, headers={**answer.headers, **headers})

    def _discord(self, request: Request, parts: list[str], params: Mapping[str, str]) -> Answer:
        if parts == ["oauth2", "authorize"] and request.method == "GET":
            return self.discord.authorize(params)
        if parts == ["api", "oauth2", "token"] and request.method == "POST":
            return self.discord.token(params, request.authorization)
        if parts == ["api", "v10", "users", "@me"] and request.method == "GET":
            return self.discord.me(request.authorization)
        return discord_refusal(404)

    def _source(self, parts: list[str]) -> str:
        service = parts[0] if parts else ""
        if service == "steam":
            return steam.METHODS.get("/".join(parts[1:3]).lower(), ("unknown",))[0]
        if service == "webapi":
            return "leagues"
        if service == "opendota":
            return opendota.source_of(parts[1:])
        if service == "discord":
            return f"discord_{parts[-1].lstrip('@')}"
        return service or "unknown"

    def _ids(self, request: Request) -> frozenset[int]:
        texts = [request.params.get(name, "") for name in ID_PARAMS] + request.parts
        ids = {int(text) for text in texts if text.isascii() and text.isdigit()}
        seq = request.params.get("start_at_match_seq_num", "")
        match_id = self.world.id_at_seq(int(seq)) if seq.isascii() and seq.isdigit() else None
        return frozenset(ids | ({match_id} if match_id else set()))
