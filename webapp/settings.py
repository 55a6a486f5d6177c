"""Every setting of Aegis, read once from the environment and ``.env``.

``load`` refuses a wrong value and names it. A secret may come from a file: ``STEAM_API_KEY_FILE``
holds the path of one whose content is ``STEAM_API_KEY``.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
SECRETS = (
    "SECRET_KEY",
    "STEAM_API_KEY",
    "OPENDOTA_API_KEY",
    "DISCORD_CLIENT_SECRET",
    "DISCORD_BOT_TOKEN",
    "DATABASE_URL",
    "REDIS_URL",
)
DETAIL_SOURCES = ("sequence", "opendota", "details")
WEAK_KEYS = {"dev", "changeme", "secret", "secret_key", "test"}
UNIX_PATH_LIMIT = 107
SANDBOX_LEAGUES = (18204, 17929, 18346)
"""The stand-in's leagues: some 200 matches, more than history can reach, and a tournament."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and says what would be right."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``amount`` calls in any ``seconds``; ``amount`` 0 means no limit."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, name: str, text: str) -> Rate:
        if text.strip() == "0":
            return cls(0, 1)
        found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d*)\s*(second|minute|hour|day)s?\s*", text)
        if not found or int(found[1]) < 1:
            raise SettingsError(name, f"{text!r} is not a rate like 1/second, 1/5seconds or 0")
        unit = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[found[3]]
        return cls(int(found[1]), int(found[2] or 1) * unit)

    def __str__(self) -> str:
        if not self.amount:
            return "no limit"
        calls = f"{self.amount} call{'s' if self.amount > 1 else ''}"
        return f"{calls} a second" if self.seconds == 1 else f"{calls} per {self.seconds} s"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one process. Names are those of the environment in lower case."""

    data_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"
    production: bool = False

    steam_api_key: str = field(default="", repr=False)
    steam_api_url: str = "https://api.steampowered.com"
    steam_openid_url: str = "https://steamcommunity.com/openid/login"
    dota2_web_url: str = "https://www.dota2.com/webapi"
    steam_rate: Rate = Rate(1, 1)
    steam_sequence_rate: Rate = Rate(1, 5)
    detail_sources: tuple[str, ...] = ("sequence", "opendota")
    retry_delay: float = 60
    breaker_delay: float = 30
    sync_every: int = 60
    league_ids: tuple[int, ...] = (17929,)

    opendota_api_url: str = "https://api.opendota.com/api"
    opendota_api_key: str = field(default="", repr=False)
    opendota_rate: Rate = Rate(60, 60)

    discord_client_id: str = ""
    discord_client_secret: str = field(default="", repr=False)
    discord_bot_token: str = field(default="", repr=False)
    discord_api_url: str = "https://discord.com/api/v10"
    discord_authorize_url: str = "https://discord.com/oauth2/authorize"
    discord_token_url: str = "https://discord.com/api/oauth2/token"  # noqa: S105
    speedgaming_api_url: str = "https://speedgaming.org/api"

    sandbox_url: str = ""

    @property
    def sandbox(self) -> bool:
        """Whether the outside services are the stand-ins of ``aegis up --sandbox``."""
        return bool(self.sandbox_url)

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def embedded_redis(self) -> bool:
        """Whether Redis is the bundled Valkey on its socket in ``data_dir``."""
        return self.redis_url == socket_url(self.data_dir)

    @property
    def default_league_id(self) -> int:
        return self.league_ids[0]

    def secret_values(self) -> list[str]:
        """What must never be written anywhere; the log's filter takes these out."""
        named = (
            self.secret_key,
            self.steam_api_key,
            self.opendota_api_key,
            self.discord_client_secret,
            self.discord_bot_token,
            urlsplit(self.database_url).password or "",
            urlsplit(self.redis_url).password or "",
        )
        return [value for value in named if len(value) >= 4]


def socket_path(data_dir: Path) -> Path:
    """Where the bundled Valkey listens: in ``data_dir``, unless that path is too long."""
    path = data_dir.resolve() / "valkey.sock"
    if len(os.fsencode(path)) <= UNIX_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"aegis-{os.getuid()}-{name}.sock"


def socket_url(data_dir: Path) -> str:
    return f"unix://{socket_path(data_dir)}"


def load(env: Mapping[str, str] | None = None, *, dotenv: bool = True) -> Settings:
    """The settings from ``env`` (default: the process's environment over ``.env``).

    Raises:
        SettingsError: a value cannot be used; it is named.
    """
    given = dict(os.environ if env is None else env)
    if dotenv and env is None:
        given = {k: v for k, v in dotenv_values(".env").items() if v is not None} | given
    _read_secret_files(given)
    values = _Reader(given).settings()
    sandbox_url = given.get("SANDBOX_URL", "")
    return for_sandbox(values, sandbox_url) if sandbox_url else values


def _read_secret_files(env: dict[str, str]) -> None:
    for name in SECRETS:
        path = env.get(f"{name}_FILE")
        if not path:
            continue
        if env.get(name):
            raise SettingsError(name, f"is set, and so is {name}_FILE; set one of them")
        try:
            env[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE", f"cannot be read: {error.strerror}") from None


class _Reader:
    """Turns the environment's strings into the fields of ``Settings``, one kind at a time."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env

    def settings(self) -> Settings:
        data_dir = Path(self.text("DATA_DIR", str(ROOT / "instance"))).expanduser().resolve()
        database_url = self.database_url(data_dir)
        redis_url = self.redis_url(data_dir)
        base_url = self.url("BASE_URL", "http://127.0.0.1:8000")
        embedded = redis_url == socket_url(data_dir)
        values = Settings(
            data_dir=data_dir,
            database_url=database_url,
            redis_url=redis_url,
            secret_key=self.secret_key(data_dir, embedded and database_url.startswith("sqlite")),
            base_url=base_url,
            log_level=self.log_level(),
            production=self.flag("PRODUCTION", default=base_url.startswith("https://")),
            steam_api_key=self.text("STEAM_API_KEY", ""),
            steam_api_url=self.url("STEAM_API_URL", Settings.steam_api_url),
            steam_openid_url=self.url("STEAM_OPENID_URL", Settings.steam_openid_url),
            dota2_web_url=self.url("DOTA2_WEB_URL", Settings.dota2_web_url),
            steam_rate=self.rate("STEAM_RATE", "1/second"),
            steam_sequence_rate=self.rate("STEAM_SEQUENCE_RATE", "1/5seconds"),
            detail_sources=self.sources(),
            retry_delay=self.number("RETRY_DELAY", 60, least=0),
            breaker_delay=self.number("BREAKER_DELAY", 30, least=0.1),
            sync_every=int(self.number("SYNC_EVERY", 60, least=0)),
            league_ids=self.league_ids(),
            opendota_api_url=self.url("OPENDOTA_API_URL", Settings.opendota_api_url),
            opendota_api_key=self.text("OPENDOTA_API_KEY", ""),
            opendota_rate=self.rate("OPENDOTA_RATE", "60/minute"),
            discord_client_id=self.text("DISCORD_CLIENT_ID", ""),
            discord_client_secret=self.text("DISCORD_CLIENT_SECRET", ""),
            discord_bot_token=self.text("DISCORD_BOT_TOKEN", ""),
            discord_api_url=self.url("DISCORD_API_URL", Settings.discord_api_url),
            discord_authorize_url=self.url("DISCORD_AUTHORIZE_URL", Settings.discord_authorize_url),
            discord_token_url=self.url("DISCORD_TOKEN_URL", Settings.discord_token_url),
            speedgaming_api_url=self.url("SPEEDGAMING_API_URL", Settings.speedgaming_api_url),
        )
        if values.discord_client_id and not values.discord_client_secret:
            raise SettingsError("DISCORD_CLIENT_SECRET", "is missing beside DISCORD_CLIENT_ID")
        return values

    def text(self, name: str, default: str) -> str:
        return self.env.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        text = self.text(name, "1" if default else "0").lower()
        if text not in {"0", "1", "true", "false", "yes", "no"}:
            raise SettingsError(name, f"{text!r} is neither 1 nor 0")
        return text in {"1", "true", "yes"}

    def number(self, name: str, default: float, *, least: float) -> float:
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            raise SettingsError(name, f"{text!r} is not a number of seconds") from None
        if not least <= value < 10**7:
            raise SettingsError(name, f"{text!r} must be at least {least:g}")
        return value

    def rate(self, name: str, default: str) -> Rate:
        return Rate.parse(name, self.text(name, default))

    def url(self, name: str, default: str) -> str:
        text = self.text(name, default).rstrip("/")
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise SettingsError(name, f"{text!r} is not an http or https address")
        return text

    def log_level(self) -> str:
        level = self.text("LOG_LEVEL", "INFO").upper()
        if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise SettingsError("LOG_LEVEL", f"{level!r} is not DEBUG, INFO, WARNING or ERROR")
        return level

    def sources(self) -> tuple[str, ...]:
        names = tuple(
            part.strip() for part in self.text("DETAIL_SOURCES", "sequence,opendota").split(",")
        )
        wrong = [name for name in names if name not in DETAIL_SOURCES]
        if wrong or len(set(names)) != len(names):
            raise SettingsError("DETAIL_SOURCES", f"takes {', '.join(DETAIL_SOURCES)}, each once")
        return names

    def league_ids(self) -> tuple[int, ...]:
        text = self.text("LEAGUE_IDS", "17929")
        parts = [part.strip() for part in text.split(",")]
        if not all(re.fullmatch(r"[1-9]\d{0,9}", part) for part in parts):
            raise SettingsError("LEAGUE_IDS", f"{text!r} is not a list of ids like 17929,18204")
        return tuple(dict.fromkeys(int(part) for part in parts))

    def database_url(self, data_dir: Path) -> str:
        url = self.text("DATABASE_URL", f"sqlite:///{data_dir / 'aegis.db'}")
        for old in ("postgres://", "postgresql://"):
            if url.startswith(old):
                url = "postgresql+psycopg://" + url.removeprefix(old)
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise SettingsError("DATABASE_URL", "takes sqlite:///path or postgresql://...")
        return url

    def redis_url(self, data_dir: Path) -> str:
        url = self.text("REDIS_URL", socket_url(data_dir))
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise SettingsError("REDIS_URL", "takes redis://, rediss:// or unix://")
        return url

    def secret_key(self, data_dir: Path, embedded: bool) -> str:
        key = self.text("SECRET_KEY", "")
        if not key and embedded:
            return _generated_secret(data_dir)
        if not key:
            raise SettingsError("SECRET_KEY", "is missing; set a long random value")
        if len(key) < 16 or key.lower() in WEAK_KEYS:
            raise SettingsError("SECRET_KEY", "is too easy to guess; take 16 characters or more")
        return key


def _generated_secret(data_dir: Path) -> str:
    """The embedded default's own key, made once and kept beside the database."""
    path = data_dir / "secret_key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


def for_sandbox(values: Settings, url: str) -> Settings:
    """These settings with every outside service replaced by the stand-in at ``url``.

    Raises:
        SettingsError: a real key is set; the sandbox never runs beside one.
    """
    for name in ("steam_api_key", "opendota_api_key", "discord_client_secret", "discord_bot_token"):
        if getattr(values, name):
            raise SettingsError(name.upper(), "is set; the sandbox refuses to start beside it")
    data_dir = values.data_dir / "sandbox"
    return replace(
        values,
        data_dir=data_dir,
        database_url=f"sqlite:///{data_dir / 'aegis.db'}",
        redis_url=socket_url(data_dir),
        secret_key=_generated_secret(data_dir),
        steam_api_key="sandbox-steam-key",
        steam_api_url=f"{url}/steam",
        steam_openid_url=f"{url}/openid/login",
        dota2_web_url=f"{url}/webapi",
        opendota_api_url=f"{url}/opendota",
        discord_client_id="sandbox",
        discord_client_secret="sandbox-discord-secret",  # noqa: S106
        discord_api_url=f"{url}/discord/api/v10",
        discord_authorize_url=f"{url}/discord/oauth2/authorize",
        discord_token_url=f"{url}/discord/api/oauth2/token",
        speedgaming_api_url=f"{url}/speedgaming",
        steam_rate=Rate(20, 1),
        steam_sequence_rate=Rate(10, 1),
        opendota_rate=Rate(10, 1),
        retry_delay=5,
        breaker_delay=5,
        league_ids=SANDBOX_LEAGUES,
        sandbox_url=url,
    )
