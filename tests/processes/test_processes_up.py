"""``aegis up``: one command, one address, every process kept alive, and none left behind."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.conftest import wait_for
from tests.servers import free_port
from webapp.settings import ROOT, socket_path

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
READY = re.compile(r"Aegis is ready at (http://127\.0\.0\.1:\d+)$")
MARK = "AEGIS_TEST_MARK"
CHILDREN = ("web", "worker --queue long", "worker --queue short", "clock", "sandbox", "valkey")


class Site:
    """One ``aegis up --sandbox``; all it starts carry a mark in their environment."""

    def __init__(self, folder: Path, *options: str, **env: str) -> None:
        self.mark = secrets.token_hex(8)
        self.port = free_port()
        self.socket = socket_path(folder / "sandbox")
        self.output = folder / f"{self.mark}.log"
        with self.output.open("wb") as output:
            self.process = self._start(folder, output, options, env)

    def _start(
        self, folder: Path, output: IO[bytes], options: tuple[str, ...], env: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "webapp.cli", "up", "--port", str(self.port), *options],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "DATA_DIR": str(folder),
                MARK: self.mark,
                **env,
            },
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def said(self) -> list[str]:
        return self.output.read_text().splitlines()

    def wait_until_ready(self) -> str:
        def address() -> bool:
            if self.process.poll() is not None:
                pytest.fail("aegis up ended: " + "\n".join(self.said))
            return any(READY.search(line) for line in self.said)

        wait_for("the address", address, 40)
        [found] = [found for line in self.said if (found := READY.search(line))]
        return found[1]

    def status(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as got:
                return int(got.status)
        except OSError:
            return 0

    def processes(self) -> dict[int, str]:
        """Every living process that came from this one, by its command line."""
        found = marked(f"{MARK}={self.mark}", str(self.socket))
        return {pid: line for pid, line in found if pid != self.process.pid}

    def pid_of(self, child: str) -> int | None:
        """The process that ``aegis up`` itself started for this."""
        wanted = "valkey-server" if child == "valkey" else f"webapp.cli {child}"
        for pid, line in self.processes().items():
            if wanted in line and parent_of(pid) == self.process.pid:
                return pid
        return None

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        wait_for("all to end", lambda: not self.processes(), 10)


def marked(mark: str, socket_name: str) -> Iterator[tuple[int, str]]:
    """Processes with this mark; Valkey writes its title over it, and names its socket there."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mark.encode() in environment or f"unixsocket:{socket_name}" in line:
            yield int(folder.name), line


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    made = Site(folder, "--sandbox")
    try:
        made.wait_until_ready()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("up")) as made:
        yield made


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    with running(tmp_path) as made:
        yield made


def test_it_prints_one_address_that_answers_and_how_to_sign_in(site: Site) -> None:
    assert site.wait_until_ready() == f"http://127.0.0.1:{site.port}"
    assert site.status() == 200
    assert any("Sign in" in line for line in site.said)


def test_every_part_runs_and_every_line_says_whose_it_is(site: Site) -> None:
    wait_for("every part", lambda: all(site.pid_of(child) for child in CHILDREN))
    names = {line.split("|")[0].strip() for line in site.said}
    assert names <= {"aegis", "web", "worker", "short", "clock", "sandbox", "valkey"}


def test_the_server_does_not_say_what_it_is(site: Site) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/healthz", timeout=5) as answer:
        assert "gunicorn" not in str(answer.headers)


@pytest.mark.parametrize("child", CHILDREN)
def test_a_part_that_is_killed_is_started_again(site: Site, child: str) -> None:
    before = site.pid_of(child)
    assert before
    os.kill(before, signal.SIGKILL)

    def is_back() -> bool:
        now = site.pid_of(child)
        return now not in {None, before} and site.status() == 200

    wait_for(f"{child} to be back", is_back, 10)
    name = {"worker --queue long": "worker", "worker --queue short": "short"}.get(child, child)
    assert any(f"{name} was ended by SIGKILL; starting it again" in line for line in site.said)


def test_a_second_one_on_the_same_data_is_refused(site: Site) -> None:
    folder = Path(f"/proc/{site.process.pid}/cwd").resolve()
    second = Site(folder, "--sandbox")
    assert second.process.wait(20) == 1
    wait_for("its words", lambda: second.said)
    assert second.said[0].startswith("Error: Another aegis up runs on ")
    assert second.said[0].endswith("end it, or set another DATA_DIR")


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site = Site(tmp_path, "--sandbox", "--port", str(port))
        assert site.process.wait(20) == 1
    wait_for("its words", lambda: site.said)
    assert site.said == [
        f"Error: Port {port} cannot be used (Address already in use): choose another with --port"
    ]
    assert not (tmp_path / "sandbox" / "valkey").exists()


def test_the_sandbox_refuses_to_start_beside_a_real_key(tmp_path: Path) -> None:
    site = Site(tmp_path, "--sandbox", STEAM_API_KEY="REALKEY")
    assert site.process.wait(20) == 2
    wait_for("its words", lambda: site.said)
    assert site.said == ["Error: STEAM_API_KEY: is set; the sandbox refuses to start beside it"]


def test_a_database_that_cannot_be_migrated_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "aegis.db").write_bytes(b"this is no database" * 100)
    site = Site(tmp_path, "--sandbox")
    assert site.process.wait(40) == 1
    assert any("file is not a database" in line for line in site.said)
    assert site.said[-1].startswith("Error: The site did not start: web ended with code ")
    assert site.processes() == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_everything_within_ten_seconds(own_site: Site, number: signal.Signals) -> None:
    """Ctrl-C reaches the whole group of the terminal: the children are not in it."""
    start = time.monotonic()
    os.killpg(own_site.process.pid, number)
    assert own_site.process.wait(15) == 0
    assert time.monotonic() - start < 10
    assert own_site.processes() == {}
    assert not any("did not end in time" in line for line in own_site.said)


def test_a_sigkill_leaves_nothing_behind_and_the_next_start_works(own_site: Site) -> None:
    folder = Path(f"/proc/{own_site.process.pid}/cwd").resolve()
    own_site.process.kill()
    own_site.process.wait()
    wait_for("all to end", lambda: not own_site.processes(), 5)
    with running(folder) as again:
        assert again.status() == 200


def test_ended_while_it_starts_it_leaves_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path, "--sandbox")
    wait_for("the first children", lambda: len(site.processes()) > 1)
    site.process.terminate()
    assert site.process.wait(10) == 0
    assert site.processes() == {}
