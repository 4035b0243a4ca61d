"""Rows that cannot be decoded do not stop a run, and the status of a copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, MirrorError, read_status
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


def test_a_malformed_row_is_kept_as_a_reject(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A reject has its bytes, reason and request, until the row can be decoded."""
    key = sandbox.store.articles.keys[3]
    other_article = sandbox.store.articles[key].body
    sandbox.store.articles.change(
        key, {**other_article, "images": {"no": "list"}, "stock": {"x": 1}}, ""
    )
    report = Mirror(client, catalog, only=["articles"]).run()
    assert (report["articles"].rows, report.rejected, report.has_differences) == (39, 1, False)
    copy = SqliteSnapshot(catalog)
    (reject,) = copy.query("SELECT * FROM _mirror_rejects")
    copy.close()
    assert reject["key"] == key
    assert json.loads(reject["body"])["stock"] == {"x": 1}
    assert reject["request"].startswith("GET /articles?")
    assert sandbox.store_token not in str(reject)

    sandbox.store.articles.change(key, other_article, "")
    report = Mirror(client, catalog, only=["articles"], full=True).run()
    assert (report["articles"].rows, report.rejected) == (40, 0)
    assert_equals_store(catalog, client, "articles")


def test_status_and_dry_run(sandbox: Sandbox, catalog: Path) -> None:
    """A dry run writes nothing; the status and --json report the copy."""

    def get_output(*arguments: str) -> str:
        result = run(sandbox, *arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    only = ("--only", "articles", "--json")
    (plan,) = json.loads(get_output(str(catalog), *only, "--dry-run"))["resources"]
    assert (plan["full"], plan["store_rows"]) == (True, 40)
    assert not catalog.exists()
    assert json.loads(get_output(str(catalog), *only))["rows"] == 40
    status = json.loads(get_output("status", str(catalog), "--json"))
    assert (status["complete"], status["resources"][0]["row_count"]) == (True, 40)
    assert "articles" in get_output("status", str(catalog))


def test_no_copy_has_no_status(catalog: Path) -> None:
    """A file that is not there is one sentence."""
    with pytest.raises(MirrorError, match="nothing was mirrored"):
        read_status(catalog)
