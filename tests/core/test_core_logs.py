"""Log lines: one each, readable by machine, without secrets, and not to be forged."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from webapp.core import logs
from webapp.settings import Settings, load

KEY = 'CANARY"key/1+2'
FORGED = 'Tally\r\n{"event": "forged"}\x1b[2J\u202e\u2028\x00'

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    env = {"DATA_DIR": str(tmp_path), "STEAM_API_KEY": KEY, "LOG_LEVEL": "DEBUG"}
    return replace(load(env, dotenv=False), production=True)


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(settings: Settings, stream: io.StringIO) -> Iterator[Lines]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level, sys.excepthook, threading.excepthook)
    logs.configure(settings, "web", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.raiseExceptions = True
    structlog.contextvars.clear_contextvars()


def fail_with_key() -> None:
    raise ValueError(f"GET https://api.example/?key={KEY}")


def everything_that_logs() -> None:
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    ours.info("asked", url=f"?key={KEY}", nested={"deep": [KEY, (KEY,)], KEY: 1})
    theirs.warning("asked %s", KEY)
    theirs.warning(KEY, extra={"more": KEY})
    try:
        fail_with_key()
    except ValueError as error:
        ours.exception("failed", error=error, kind=repr(error))
        theirs.exception("failed")
        theirs.error("failed", exc_info=True, stack_info=True)
    ours.info("quoted", url="?key=CANARY%22key%2F1%2B2", path="CANARY%22key/1%2B2")


def test_no_secret_is_ever_written(lines: Lines, stream: io.StringIO) -> None:
    everything_that_logs()
    text = stream.getvalue()
    assert len(lines()) == 7
    assert text.count("[secret]") >= 10
    for form in (KEY, json.dumps(KEY)[1:-1], "CANARY"):
        assert form not in text


def test_an_event_is_one_line_whatever_is_in_it(lines: Lines, stream: io.StringIO) -> None:
    structlog.get_logger("ours").info(FORGED, name=FORGED, names=[FORGED])
    logging.getLogger("theirs").info("persona %s", FORGED)
    assert [line["level"] for line in lines()] == ["info", "info"]
    assert not {"\r", "\x1b", "\u202e", "\u2028", "\x00"} & set(stream.getvalue())


def test_in_development_nobody_can_forge_a_line(settings: Settings) -> None:
    formatter = logs.formatter(replace(settings, production=False))
    record = logging.LogRecord("theirs", logging.INFO, "", 1, "persona %s", (FORGED,), None)
    assert len(formatter.format(record).splitlines()) == 1


def test_a_traceback_is_kept_and_names_the_error(lines: Lines) -> None:
    try:
        fail_with_key()
    except ValueError:
        logging.getLogger("theirs").exception("failed")
    told = lines()[0]["exception"]
    assert "fail_with_key" in told
    assert "ValueError: GET https://api.example/?key=[secret]" in told


def test_a_line_carries_its_request_its_run_and_its_process(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc", run_id=7):
        structlog.get_logger("ours").info("one")
        logging.getLogger("theirs").info("two")
    logging.getLogger("theirs").info("three")
    one, two, three = lines()
    for line in (one, two):
        assert (line["request_id"], line["run_id"], line["process"]) == ("abc", 7, "web")
    assert "request_id" not in three
    assert one["timestamp"].endswith("Z")


def test_what_nobody_caught_is_logged_without_secrets(lines: Lines, stream: io.StringIO) -> None:
    thread = threading.Thread(target=fail_with_key)
    thread.start()
    thread.join()
    try:
        fail_with_key()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert [line["event"] for line in lines()] == ["uncaught error"] * 2
    assert "CANARY" not in stream.getvalue()


def test_a_log_that_cannot_be_written_stops_nothing(
    lines: Lines, stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    stream.close()
    logging.getLogger("theirs").info("lost")
    assert capsys.readouterr().err == ""


def test_the_level_of_the_settings_holds(settings: Settings, lines: Lines) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    structlog.get_logger("ours").info("quiet")
    structlog.get_logger("ours").warning("loud")
    assert [line["event"] for line in lines()] == ["loud"]
