"""Logs: one JSON line per event in production, readable in development.

Whatever is logged passes the handler's own filter last, so that no library's logger, exception or
traceback can carry a secret or forge a line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from webapp.settings import Settings

REDACTED = "[secret]"
_QUIET = {
    "alembic": logging.WARNING,
    "rq": logging.INFO,
    "urllib3": logging.WARNING,
    "werkzeug": logging.WARNING,
}
_EXTRA: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def structure() -> None:
    """Send structlog's events through the standard library's handlers; safe to call again."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_EXTRA,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def configure(settings: Settings, process: str, stream: TextIO | None = None) -> None:
    """Set up this process's logs, on stderr. Call once at the start of every process.

    Args:
        process: its name in each line: ``web``, ``worker``, ``clock``, ``up``.
    """
    structure()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter(settings, process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))
    # A log that cannot be written must not stop the work.
    logging.raiseExceptions = False
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def formatter(settings: Settings, process: str = "") -> logging.Formatter:
    """What turns a record of any logger into one safe line."""
    hide = hider(settings.secret_values())
    render: Processor = (
        structlog.processors.JSONRenderer(serializer=json.dumps, default=repr)
        if settings.production
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    return _Hiding(
        hide,
        foreign_pre_chain=_EXTRA,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _name_process(process),
            structlog.processors.format_exc_info,
            structlog.processors.StackInfoRenderer(),
            _plain_values(hide),
            render,
        ],
    )


class _Hiding(structlog.stdlib.ProcessorFormatter):
    """Looks once more over the finished line, in case rendering put a secret together."""

    def __init__(self, hide: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self.hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self.hide(super().format(record))


def hider(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that replaces each secret in a text, also as it stands in an address or JSON."""
    forms = set()
    for secret in secrets:
        forms |= {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}
        forms.add(repr(secret)[1:-1])
    longest_first = sorted(forms, key=len, reverse=True)
    if not longest_first:
        return str
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(REDACTED, text)


def _name_process(process: str) -> Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        if process:
            event.setdefault("process", process)
        return event

    return name


def _plain_values(hide: Callable[[str], str]) -> Processor:
    """Texts without secrets and without characters that end a line, move a cursor or turn text."""

    def plain(value: object, lines: bool = False) -> object:
        if isinstance(value, str):
            return visible(hide(value), lines=lines)
        if isinstance(value, dict):
            return {str(plain(str(key))): plain(each) for key, each in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [plain(each) for each in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return visible(hide(str(value)))

    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            visible(hide(name)): plain(value, name in {"exception", "stack"})
            for name, value in event.items()
        }

    return process


def visible(text: str, *, lines: bool = False) -> str:
    """The text with control and direction characters written out; ``lines`` keeps its lines."""
    kept = {"\n"} if lines else set()
    return "".join(
        _written(character) if _hidden(character) and character not in kept else character
        for character in text
    )


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _written(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("webapp").critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
