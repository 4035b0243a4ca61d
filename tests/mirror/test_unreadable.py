"""Resources that the token may not read, and a token that is wrong or revoked."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from starlette.responses import Response

from myonlinestore import AuthenticationError, ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.interceptor import make_json_response, run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/articles", "/v1/articles/count"])
def test_a_resource_that_may_not_be_read(catalog: Path, status: int, path: str) -> None:
    """Everything else is copied, and a message names the option that skips the resource."""
    resource = path.split("/")[2]
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        interceptor.respond = lambda requested, query: (
            make_json_response("{}", status) if requested == path else None
        )
        only = [flag for name in ("articles", "customers", "orders") for flag in ("--only", name)]
        result = run(sandbox, str(catalog), *only, "--json")
        assert result.exit_code == 6
        reports = {one["resource"]: one for one in json.loads(result.stdout)["resources"]}
        assert [name for name, one in reports.items() if one["error"]] == [resource]
        (line,) = [line for line in result.stderr.splitlines() if "--skip" in line]
        assert line.startswith(f"{resource}: {status} GET {path}: ")
        assert line.endswith(f": --skip {resource}")
        assert_equals_store(catalog, client, *({"articles", "customers", "orders"} - {resource}))
        assert run(sandbox, str(catalog), *only, "--skip", resource).exit_code == 0
        interceptor.respond = lambda requested, query: None
        assert run(sandbox, str(catalog), *only).exit_code == 0
        assert_equals_store(catalog, client, "articles", "customers", "orders")


def test_rows_of_an_unreadable_resource_stay(catalog: Path) -> None:
    """A resource that becomes unreadable keeps its rows, and is reported with their number."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        job = Mirror(client, catalog, only=["customers"], full=True)
        rows = job.run().rows
        interceptor.respond = lambda path, query: (
            make_json_response("{}", 403) if path == "/v1/customers" else None
        )
        report = job.run()
        assert (report.unreadable, report.rows, report["customers"].deleted) == (
            ["customers"],
            rows,
            0,
        )
        interceptor.respond = lambda path, query: None
        assert_equals_store(catalog, client, "customers")


def test_child_rows_that_may_not_be_read(catalog: Path) -> None:
    """Orders are copied if only their payments may not be read, and earlier payments stay."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        job = Mirror(client, catalog, only=["orders"], full=True)
        rows = job.run()["orders"].rows
        payments = SqliteSnapshot(catalog).read_rows("order_payments")
        assert payments
        interceptor.respond = lambda path, query: (
            make_json_response("{}", 403) if path.endswith("/payments") else None
        )
        report = job.run()
        assert report.unreadable == ["order_payments"]
        assert report["orders"].error is None
        assert report["orders"].rows == rows
        assert SqliteSnapshot(catalog).read_rows("order_payments") == payments


@pytest.mark.parametrize("path", ["/v1/customers", "/payments"])
def test_a_token_that_is_revoked(catalog: Path, path: str) -> None:
    """A 401 in the middle ends the run; what was committed stays and is reported."""
    with run_intercepted_sandbox() as (sandbox, interceptor):
        requests = itertools.count(1)

        def respond(requested: str, query: dict[str, str]) -> Response | None:
            is_revoked = requested.endswith(path) and next(requests) >= 1
            return make_json_response('{"error": "revoked"}', 401) if is_revoked else None

        interceptor.respond = respond
        only = ("--only", "articles", "--only", "customers", "--only", "orders")
        result = run(sandbox, str(catalog), *only, "--json")
        output = json.loads(result.stdout)
        assert result.exit_code == 1
        assert "401" in output["error"]
        finished = ["articles", "customers", "orders"][: 1 if path == "/v1/customers" else 3]
        assert [one["resource"] for one in output["resources"]] == finished
        with sandbox.client() as client:
            assert_equals_store(catalog, client, "articles")
        assert "Run the command again to resume" in result.stderr


def test_a_wrong_token_leaves_no_file(sandbox: Sandbox, catalog: Path) -> None:
    """The token is checked before the destination is created."""
    wrong = ConnectClient("a-wrong-token-entirely", base_url=sandbox.url)
    with wrong, pytest.raises(AuthenticationError):
        Mirror(wrong, catalog).run()
    assert not catalog.exists()
