"""The command line is quick, and says what is wrong in one line."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from webapp import cli
from webapp.settings import ROOT

COMMANDS = ["up", "web", "worker", "clock", "sandbox", "migrate", "doctor", "user", "token"]
COMMANDS += ["sync", "db"]


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "webapp.cli", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder), **env},
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_lists_every_command_without_loading_the_application(tmp_path: Path) -> None:
    done = run(tmp_path, "--help")
    assert done.returncode == 0
    code = (
        "import sys; import webapp.cli; print(*sorted({'flask', 'sqlalchemy'} & set(sys.modules)))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == ""
    listed = [line.split()[0] for line in done.stdout.split("Commands:")[1].splitlines() if line]
    assert set(COMMANDS) <= set(listed)


@pytest.mark.parametrize(
    "command",
    [
        *("up", "doctor"),
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in ("web", "worker", "clock", "migrate")
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, STEAM_RATE="often")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: STEAM_RATE: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(cli.commands, [name, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.output


@pytest.mark.slow
def test_a_database_ahead_of_this_code_is_left_as_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with closing(sqlite3.connect(tmp_path / "aegis.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = 'later'")
    done = run(tmp_path, "migrate")
    assert done.returncode == 0
    assert "database_is_newer" in done.stderr


def test_a_token_stands_alone_on_standard_output(tmp_path: Path) -> None:
    assert run(tmp_path, "user", "grant", "80351110224678912", "admin").returncode == 0
    done = run(tmp_path, "token", "create", "80351110224678912")
    assert done.returncode == 0
    assert re.fullmatch(r"aegis_[\w-]{40,}\n", done.stdout)


def test_several_may_migrate_at_once(environment: dict[str, str]) -> None:
    """Each waits for the one before it and finds nothing left to do."""
    command = [sys.executable, "-m", "webapp.cli", "migrate"]
    everything = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    folder = environment["DATA_DIR"]
    started = [
        subprocess.Popen(command, env=everything, cwd=folder, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert sum("0001" in words for words in said) == 1
