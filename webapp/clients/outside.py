"""Everything outside of this process that is not the database, made from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

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


def build(settings: Settings) -> Outside:
    """The clients of these settings. Nothing is connected before its first use."""
    redis = Redis.from_url(
        settings.redis_url,
        socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS,
        health_check_interval=30,
    )
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
