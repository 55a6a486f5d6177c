"""``aegis up``: everything on one machine, kept alive, and ended without a trace."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from webapp.core import valkey
from webapp.core.children import Child, Children, how_it_ended
from webapp.core.time import monotonic
from webapp.settings import ROOT, Settings, for_sandbox, load

HOST = "127.0.0.1"
STARTS_WITHIN = 60
ENDS_WITHIN = 8.5
"""Seconds for web, clock and workers; the second and a half left of ten is for what they use."""

ENDS_LAST_WITHIN = 1.2


class StartError(Exception):
    """Why ``aegis up`` cannot start, in words."""


class _Ended(Exception):
    """Told to end while something was waited for."""


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    host: str = HOST
    port: int = 8000
    workers: int = 1
    sandbox: bool = False

    @property
    def reached_at(self) -> str:
        """The host under which this machine reaches the site itself."""
        return HOST if self.host == "0.0.0.0" else self.host  # noqa: S104 - compared, not bound


def up(plan: Plan) -> int:
    """Run everything until told to end; the exit code.

    Raises:
        SettingsError: a setting cannot be used.
        StartError: the port is taken, the data folder is in use, or the site does not start.
        ValkeyError: the bundled Valkey cannot be used.
    """
    env = dict(os.environ)
    settings = load()
    if plan.sandbox:
        env["SANDBOX_URL"] = f"http://{HOST}:{free_port()}"
        settings = for_sandbox(settings, env["SANDBOX_URL"])
    if settings.base_url == Settings.base_url:
        env["BASE_URL"] = f"http://{plan.reached_at}:{plan.port}"
    with alone_in(settings.data_dir):
        check_port(plan.host, plan.port)
        return Supervisor(settings, env, plan).run()


class Supervisor:
    """What is started in which order, and ended in which."""

    def __init__(self, settings: Settings, env: Mapping[str, str], plan: Plan) -> None:
        self.settings = settings
        self.env = {**env, "PYTHONPATH": _with_root(env.get("PYTHONPATH", ""))}
        self.plan = plan
        self.children = Children(prefix=not settings.production)
        self._told = 0

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            while True:
                self._step()
        except _Ended:
            return 0
        finally:
            self._end()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._told += 1
        self.children.hurry = self._told > 1

    def _step(self) -> None:
        self.children.step()
        if self._told:
            raise _Ended

    # ---- starting ----------------------------------------------------------------------------

    def _start(self) -> None:
        """The site first, with what it needs: the rest takes the processor from it otherwise."""
        self._start_what_is_needed()
        self._start_site()
        self.children.say(f"Aegis is ready at http://{self.plan.reached_at}:{self.plan.port}")
        if self.settings.sandbox:
            self.children.say(
                "This is the sandbox: press Sign in, and choose to be an admin, an organizer "
                "or a player."
            )
        for name in self._worker_names():
            self.children.start(self._own(name, "worker", "--queue", "long"))
        self.children.start(self._own("short", "worker", "--queue", "short"))
        self.children.start(self._own("clock", "clock"))

    def _start_what_is_needed(self) -> None:
        if self.settings.embedded_redis:
            self.children.start(self._valkey())
        sandbox_port = urlsplit(self.settings.sandbox_url).port
        if sandbox_port:
            self.children.start(self._sandbox(sandbox_port))
            self._until("The sandbox", lambda: answers(HOST, sandbox_port, "/") is not None)
        if self.settings.embedded_redis:
            self._until("Valkey", lambda: valkey.ready(self.settings.data_dir))

    def _start_site(self) -> None:
        """It migrates before it listens: once it answers, the workers find their tables."""
        web, host = self._web(), self.plan.reached_at
        web.once = True
        self.children.start(web)

        def serves() -> bool:
            if web.returncode is not None:
                raise StartError(f"The site did not start: web {how_it_ended(web.returncode)}")
            return answers(host, self.plan.port, "/healthz") == http.client.OK

        self._until("The site", serves)
        web.once = False

    def _own(self, name: str, *command: str) -> Child:
        return Child(name, [sys.executable, "-m", "webapp.cli", *command], self.env)

    def _valkey(self) -> Child:
        data_dir = self.settings.data_dir
        command = valkey.command(data_dir)
        return Child("valkey", command, self.env, prepare=lambda: valkey.prepare(data_dir))

    def _sandbox(self, port: int) -> Child:
        state = self.settings.data_dir / "world.json"
        return self._own("sandbox", "sandbox", "--port", str(port), "--state", str(state))

    def _web(self) -> Child:
        where = ("--host", self.plan.host, "--port", str(self.plan.port))
        return self._own("web", "web", *where)

    def _worker_names(self) -> list[str]:
        if self.plan.workers == 1:
            return ["worker"]
        return [f"worker-{number}" for number in range(1, self.plan.workers + 1)]

    def _until(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait for something, and say so when it takes long: a child may yet come to life."""
        patience = monotonic() + STARTS_WITHIN
        while not is_so():
            self._step()
            if monotonic() > patience:
                self.children.say(f"{what} is not there after {STARTS_WITHIN} s; still waiting")
                patience += STARTS_WITHIN

    # ---- ending ------------------------------------------------------------------------------

    def _end(self) -> None:
        if self._told:
            self.children.say("Ending")
        last = ["valkey", "sandbox"]
        first = [child.name for child in self.children.all if child.name not in last]
        self.children.end(first, ENDS_WITHIN)
        self.children.end(last, ENDS_LAST_WITHIN)


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets it go with this process, however that ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            why = f"Another aegis up runs on {data_dir}: end it, or set another DATA_DIR"
            raise StartError(why) from None
        yield


def check_port(host: str, port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            why = f"Port {port} cannot be used ({error.strerror}): choose another with --port"
            raise StartError(why) from None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def answers(host: str, port: int, path: str) -> int | None:
    """The status this path answers; None where nobody does."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _with_root(path: str) -> str:
    return f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)
