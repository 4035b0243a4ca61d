"""docs/mirror.md: its commands run, and what they leave can be read as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from myonlinestore.cli.main import cli
from myonlinestore.sandbox import Sandbox
from tests.docs.code_blocks import find_code_blocks
from tests.mirror.databases import PostgresDatabase
from tests.mirror.postgres_server import create_database

DOCUMENT = Path(__file__).parents[2] / "docs" / "mirror.md"
TEXT = DOCUMENT.read_text("utf-8")
COMMANDS = re.findall(r"^myonlinestore (mirror \S+)$", TEXT, re.MULTILINE)
POSTGRES = "postgresql://shop@localhost/catalog"


def run(sandbox: Sandbox, command: str) -> None:
    environment = {
        "MYONLINESTORE_TOKEN": sandbox.store_token,
        "MYONLINESTORE_BASE_URL": sandbox.url,
    }
    result = CliRunner(env=environment).invoke(cli, command.split())
    assert result.exit_code == 0, result.output


def test_the_recipes_for_files_run(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each command makes what the Python below it reads."""
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS:
        if POSTGRES not in command:
            run(sandbox, command)
    for block in find_code_blocks(TEXT, "python"):
        exec(compile(block, "docs/mirror.md", "exec"), {})
        assert capsys.readouterr().out
    assert len(COMMANDS) == 5
    assert (tmp_path / "lines" / "articles.jsonl").read_text("utf-8").count("\n") == 40


def test_the_recipe_for_postgresql_runs(sandbox: Sandbox, postgres: str) -> None:
    """The command fills a real server, and the query has sums of it."""
    with create_database(postgres) as url:
        (command,) = (command for command in COMMANDS if POSTGRES in command)
        run(sandbox, command.replace(POSTGRES, url))
        (query,) = find_code_blocks(TEXT, "sql")
        assert PostgresDatabase(url).query(query)[0][1] > 0
