"""What the project says of itself is true: README, dependencies, templates, folders."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from webapp import cli
from webapp.settings import ROOT, SECRETS, Settings, load

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NOT_SET_BY_PEOPLE = {"SANDBOX_URL"}
"""``aegis up --sandbox`` sets it for the processes it starts."""

OURS = (".ci", "bench", "docs", "migrations", "static", "templates", "tests", "webapp")
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".ini", ".mako", ".json", ".svg", ".txt", ""}
FLOORS = {
    "authlib": "1.7.1",  # a sign-in begun in one session could end in another
    "flask": "3.1.3",  # a page could miss Vary: Cookie
    "jinja2": "3.1.6",  # a template could leave its sandbox
    "requests": "2.32.4",  # .netrc's passwords went to other hosts
    "urllib3": "2.6.3",  # small answers could unpack to endless ones
    "werkzeug": "3.1.6",  # names of devices and endless forms
    "gunicorn": "23.0",  # smuggled requests
}
"""The least version of what faces the internet or holds a secret, and what was wrong before."""


def table_of(heading: str) -> Iterator[list[str]]:
    """The rows of the README's table under this heading, without the head."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    for row in rows[2:]:
        yield [cell.strip() for cell in row.strip("|").split("|")]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def command_lines() -> list[str]:
    """The lines of the README's blocks of shell, where they are whole commands."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


SETTINGS = {code(row[0])[0]: row for row in table_of("Settings")}


def test_the_settings_table_lists_every_setting_once() -> None:
    listed = [code(row[0])[0] for row in table_of("Settings")]
    assert len(listed) == len(set(listed))
    assert set(listed) == {field.name.upper() for field in fields(Settings)} - NOT_SET_BY_PEOPLE


@pytest.mark.parametrize("name", SETTINGS)
def test_a_listed_default_is_the_default(name: str, tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "a-key-for-the-tests-alone"}
    defaults = code(SETTINGS[name][1])
    if name == "DATA_DIR":
        assert defaults == ["instance"]
        assert "instance/" in (ROOT / ".gitignore").read_text().split()
    elif defaults:
        assert load(base | {name: defaults[0]}, dotenv=False) == load(base, dotenv=False)
    else:
        assert SETTINGS[name][1] == ""
        assert name in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"} or not getattr(
            load(base, dotenv=False), name.lower()
        )


def test_the_settings_table_marks_the_secrets() -> None:
    assert {name for name, row in SETTINGS.items() if "🔒" in row[0]} == set(SECRETS)


def commands_of(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command there is, as words; Alembic's own group stands for its commands."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group) and name != "db":
            yield from commands_of(command, (*path, name))
        else:
            yield (*path, name)


def listed_commands() -> dict[tuple[str, ...], list[str]]:
    """The README's commands: their words, and the names of their options."""
    found = {}
    for row in table_of("Commands"):
        _, *words = code(row[0])[0].split()
        names = [word for word in words if word.islower() and word.isalpha()]
        found[tuple(names[:2] if names[0] in {"user", "token"} else names[:1])] = re.findall(
            r"--[\w-]+", row[0]
        )
    return found


def test_the_commands_table_lists_every_command() -> None:
    assert set(listed_commands()) == set(commands_of(cli.commands))


@pytest.mark.parametrize("words", listed_commands())
def test_a_listed_commands_help_names_the_listed_options(words: tuple[str, ...]) -> None:
    command: click.Command = cli.commands
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found, word
        command = found
    options = {name for one in command.params for name in one.opts if name.startswith("--")}
    assert set(listed_commands()[words]) == ({*options} if words != ("db",) else set())


def test_help_is_printed_without_settings() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "--help"],
        env={"PATH": os.environ["PATH"], "RETRY_DELAY": "nonsense"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for words in listed_commands():
        assert re.search(rf"^  {words[0]}\b", done.stdout, re.MULTILINE), words


def test_the_two_commands_need_nothing_but_python() -> None:
    run, test = (line for line in command_lines() if line.startswith("python3 -m venv"))
    for line, extra, last in ((run, ".", "aegis"), (test, ".[test]", "pytest")):
        steps = [shlex.split(step) for step in line.split("&&")]
        programs = [step[0] for step in steps]
        assert programs == ["python3", ".venv/bin/pip", ".venv/bin/uv", f".venv/bin/{last}"]
        assert steps[2][-1] == extra
    assert run.endswith("aegis up --sandbox")


def test_every_command_shown_exists() -> None:
    known = set(commands_of(cli.commands))
    shown = re.findall(r"\.venv/bin/aegis ([a-z]+)(?: ([a-z]+))?", README)
    assert shown
    assert all({(first,), (first, second)} & known for first, second in shown)


def test_links_lead_to_files_that_exist() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    for page in [*pages, ROOT / "bench" / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_what_faces_the_internet_has_no_known_holes() -> None:
    """Both what is asked for and what is installed, which may come with something else."""
    from importlib.metadata import version

    asked = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    for name, least in FLOORS.items():
        assert Version(version(name)) >= Version(least), name
        if name in asked:
            [floor] = [one.version for one in asked[name].specifier if one.operator == ">="]
            assert Version(floor) >= Version(least), name


def test_a_newer_major_of_what_the_design_rests_on_is_not_taken_unseen() -> None:
    asked = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
    for name in ("rq", "redis", "sqlalchemy", "flask-openapi"):
        assert any(one.operator == "<" for one in asked[name].specifier), name


def our_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXT)
    for folder in OURS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path


def test_nothing_depends_on_one_machine() -> None:
    """No path of somebody's disk and no host of a package registry stands in any file."""
    wrong = re.compile(r"(?<![\w.}])/(?:work|farm|root|Users)/|py" + r"pi\.org|pythonhost" + r"ed")
    for path in our_files():
        if path.name in {".git", ".env"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not wrong.search(line), f"{path.relative_to(ROOT)}:{number}: {line[:100]}"


def test_every_template_is_used() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("webapp", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html"}
    ]
    for path in (ROOT / "templates").rglob("*.html"):
        name = path.relative_to(ROOT / "templates").as_posix()
        assert any(name in source for source in sources), name


def test_a_package_marker_is_empty() -> None:
    """What stands in one is imported by everything below it, and ties knots."""
    markers = list((ROOT / "webapp").rglob("__init__.py"))
    folders = {path.parent for path in (ROOT / "webapp").rglob("*.py")}
    assert {path.parent for path in markers} == folders - {ROOT / "webapp" / "matches" / "data"}
    assert [path for path in markers if path.read_text().strip()] == []


def test_no_module_is_named_for_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [path for path in (ROOT / "webapp").rglob("*") if path.stem in vague] == []
