"""The stand-in services on one local port: in a thread of a test, or as a process of its own.

``with Sandbox(spec) as sandbox:`` serves at ``sandbox.url`` until the block ends. Steam is at
``/steam``, the old website at ``/webapi``, OpenDota at ``/opendota``, Discord at ``/discord``;
``/_control`` is for tests. Nothing here is reachable from another machine.
"""

from __future__ import annotations

import signal
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast

from webapp.sandbox.answer import Answer, json_answer
from webapp.sandbox.calls import Call, CallLog
from webapp.sandbox.control import Control
from webapp.sandbox.faults import Faults
from webapp.sandbox.outcome import Outcome, outcome
from webapp.sandbox.services import Request, Services
from webapp.sandbox.spec import WorldSpec, default_spec, remembered_spec
from webapp.sandbox.wire import send

HOST = "127.0.0.1"
LOCAL_NAMES = {"127.0.0.1", "localhost"}
LONGEST_BODY = 1_000_000


class Sandbox:
    """The stand-in services. ``world``, ``faults`` and ``calls`` are what tests work with."""

    def __init__(self, spec: WorldSpec | None = None, *, port: int = 0) -> None:
        self.spec = spec or default_spec()
        self.services = Services(self.spec)
        self.world = self.services.world
        self.discord = self.services.discord
        self.faults = Faults()
        self.calls = CallLog()
        self.control = Control(self.world, self.faults, self.calls)
        self.stopping = threading.Event()
        self._server = _Server((HOST, port), _Handler)
        self._server.sandbox = self
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """End all answers under way and free the port."""
        self.stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.drop_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def outcome(self, request: Request, call: Call) -> Outcome:
        """The answer to a call of a service, or what a fault makes of it."""

        def ask(params: dict[str, str]) -> Answer:
            return self.services.answer(request, params)

        rule = self.faults.match(call)
        if rule is None:
            return Outcome(ask(dict(request.params)))
        call.fault = rule.action
        return outcome(rule, call, dict(request.params), ask)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    sandbox: Sandbox

    def __init__(self, *given: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*given)

    def server_bind(self) -> None:
        """Without the look-up of the machine's name that http.server does here."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is what these tests are about; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def sandbox(self) -> Sandbox:
        return cast(_Server, self.server).sandbox

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def log_message(self, *given: object) -> None:
        """Nothing: the call log has it, without the key."""

    def _respond(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY))
        authorization = self.headers.get("Authorization", "")
        request = Request.of(self.command, self.path, body, authorization)
        if not request.parts:
            self._send(Outcome(json_answer({"sandbox": "nothing here is real"})))
        elif request.parts[0] == "_control":
            self._send(Outcome(self._control(request, body)))
        else:
            self._serve(request)

    def _control(self, request: Request, body: bytes) -> Answer:
        """Refused to web pages: they send an Origin, or come by another host's name."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in LOCAL_NAMES or "Origin" in self.headers:
            return json_answer({"error": "only from this machine"}, 403)
        parts, params = request.parts[1:], dict(request.params)
        return self.sandbox.control.answer(self.command, parts, params, body)

    def _serve(self, request: Request) -> None:
        calls, world = self.sandbox.calls, self.sandbox.world
        call = self.sandbox.services.call(request)
        calls.arrived(call)
        done = Outcome(Answer(0))
        try:
            done = self.sandbox.outcome(request, call)
            if done.answer.listed and done.answer.league_id:
                world.note_served(done.answer.league_id, done.answer.listed)
            self._send(done)
        finally:
            calls.ended(call, done.answer.status)

    def _send(self, done: Outcome) -> None:
        try:
            going_on = send(self.connection, done, self.sandbox.stopping)
        except OSError:
            going_on = False
        self.close_connection = self.close_connection or not going_on


def main(port: int = 8099, *, spec: WorldSpec | None = None, state: Path | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; says its address on stdout once it answers.

    ``state`` is a small file in which the world's first moment is kept, so that the default world
    is the same after a restart.
    """
    remembered = remembered_spec(state) if state and spec is None else spec
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with Sandbox(remembered, port=port) as sandbox:
        sys.stdout.write(f"Sandbox at {sandbox.url}\n")
        sys.stdout.flush()
        ended.wait()
