"""Everything outside of this process that is not the database, made from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionCut
from redis.retry import Retry

from webapp.clients.opendota import OpenDotaClient
from webapp.clients.steam import SteamClient
from webapp.core.http import HttpClient
from webapp.core.limits import Limits
from webapp.settings import Settings

REDIS_SECONDS = 2.0


@dataclass(frozen=True)
class Outside:
    """Redis, the limits in it, and the services' clients. Shared by all threads."""

    redis: Redis
    limits: Limits
    steam: SteamClient
    opendota: OpenDotaClient


def connect(redis_url: str) -> Redis:
    """A client that gives up after 2 s, so that a page without Redis still comes.

    A connection that was cut is made anew once; redis-py by itself would try for four seconds.
    """
    return Redis.from_url(
        redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionCut,)),
    )


def build(settings: Settings) -> Outside:
    """The clients of these settings. Nothing is connected before its first use."""
    redis = connect(settings.redis_url)
    limits = Limits(redis)
    http = HttpClient(limits)
    return Outside(redis, limits, _steam(settings, http), _opendota(settings, http))


def _steam(settings: Settings, http: HttpClient) -> SteamClient:
    return SteamClient(
        http,
        settings.steam_api_key,
        base_url=settings.steam_api_url,
        web_url=settings.dota2_web_url,
        rate=settings.steam_rate,
        sequence_rate=settings.steam_sequence_rate,
    )


def _opendota(settings: Settings, http: HttpClient) -> OpenDotaClient:
    return OpenDotaClient(
        http,
        settings.opendota_api_key,
        base_url=settings.opendota_api_url,
        rate=settings.opendota_rate,
    )
