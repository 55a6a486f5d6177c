"""The Dockerfile agrees with the settings, the files and the routes: no engine builds it here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from flask import Flask

from webapp import cli, web
from webapp.settings import ROOT, SECRETS, Settings, load

PYTHON = {"PATH", "PYTHONUNBUFFERED"}
Instruction = tuple[str, str]


def read_dockerfile() -> list[Instruction]:
    """Its instructions, each as its name and the rest of its (joined) line."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    parts = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name.upper(), rest) for name, rest in parts]


INSTRUCTIONS = read_dockerfile()
LAST_STAGE = INSTRUCTIONS[max(i for i, (name, _) in enumerate(INSTRUCTIONS) if name == "FROM") :]


def given(name: str, within: list[Instruction] = LAST_STAGE) -> list[str]:
    return [rest for each, rest in within if each == name]


def environment() -> dict[str, str]:
    return dict(part.split("=", 1) for line in given("ENV") for part in line.split())


def copied(within: list[Instruction]) -> list[str]:
    """What is copied from this folder, not from another stage."""
    lines = [line for line in given("COPY", within) if not line.startswith("--from")]
    return [source for line in lines for source in line.split()[:-1]]


def healthcheck() -> list[str]:
    [line] = given("HEALTHCHECK")
    words: list[str] = json.loads(line[line.index("[") :])
    return words


def test_the_base_is_a_slim_python_that_the_project_supports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    images = [line.split()[0] for line in given("FROM", INSTRUCTIONS)]
    assert len(images) == 2
    for image in images:
        found = re.fullmatch(r"python:(\d+)\.(\d+)-slim", image)
        assert found, image
        assert (int(found[1]), int(found[2])) >= least


def test_every_variable_is_one_that_something_reads() -> None:
    settings = {field.name.upper() for field in fields(Settings)}
    serving = {
        str(option.envvar) for option in cli.commands.commands["web"].params if option.envvar
    }
    assert set(environment()) <= settings | serving | PYTHON
    assert environment()["WEB_HOST"] == "0.0.0.0"


def test_the_settings_accept_the_values(tmp_path: Path) -> None:
    settings = load(environment() | {"DATA_DIR": str(tmp_path)}, dotenv=False)
    assert settings.production


def test_no_secret_is_in_the_image() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not [name for name in SECRETS if re.search(rf"\b{name}\b", text)]
    assert not given("ARG", INSTRUCTIONS)


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    rules = (ROOT / ".dockerignore").read_text().split("\n")
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    sources = copied(INSTRUCTIONS)
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source in allowed, source
    assert rules[1] == "*"
    assert not any(fnmatch(name, rule) for name in (".env", "instance") for rule in allowed)


def test_the_image_holds_everything_the_application_reads() -> None:
    needed = {"webapp", "wsgi.py", "templates", "static", "migrations"}
    assert needed <= set(copied(LAST_STAGE))


def test_it_does_not_run_as_root_and_owns_its_data() -> None:
    [user] = given("USER")
    assert user not in {"root", "0"}
    [made] = given("RUN")[:1]
    assert f"useradd --uid 1000 --create-home --home-dir /home/{user} {user}" in made
    data_dir = environment()["DATA_DIR"]
    assert f"--owner {user} --mode 700 {data_dir}" in made
    assert given("VOLUME") == [data_dir]


def test_it_starts_a_command_that_exists() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    [entry] = [json.loads(line) for line in given("ENTRYPOINT")]
    [command] = [json.loads(line) for line in given("CMD")]
    assert entry[0] in scripts
    assert command[0] in cli.commands.commands


@pytest.fixture
def database() -> str:
    return "sqlite"


def test_the_port_is_the_one_served_and_the_healthcheck_asks_a_real_page(app: Flask) -> None:
    [port] = given("EXPOSE")
    [served] = [
        option.default for option in cli.commands.commands["web"].params if option.name == "port"
    ]
    found = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", healthcheck()[-1])
    assert found
    assert found[1] == port == str(served) == web.bind.rsplit(":", 1)[1]
    assert app.test_client().get(found[2]).status_code == 200


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_healthcheck_tells_a_good_answer_from_a_bad_one(status: int, code: int) -> None:
    python, *arguments = healthcheck()[1:] if healthcheck()[0] == "CMD" else healthcheck()
    assert python == "python"
    with answering(status) as port:
        command = [argument.replace(":8000", f":{port}") for argument in arguments]
        done = subprocess.run(
            [sys.executable, *command], check=False, capture_output=True, timeout=20
        )
    assert done.returncode == code
