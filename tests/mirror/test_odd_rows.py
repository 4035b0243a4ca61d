"""Rows that do not match the documentation do not stop a run, in any list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from myonlinestore.mirror import Mirror
from myonlinestore.mirror.deep_json import find_field, split_rows
from tests.mirror.interceptor import run_intercepted_sandbox
from tests.mirror.snapshots import SqliteSnapshot, assert_equals_store

LISTS = {
    "articles": "/v1/articles",
    "categories": "/v1/categories",
    "customers": "/v1/customers",
    "orders": "/v1/orders",
    "newsletter_subscribers": "/v1/newsletter/subscribers",
}
KEYS = {"orders": "uuid", "newsletter_subscribers": "email"}
UNKNOWN_FIELDS = {
    "deep": "[" * 2000 + "]" * 2000,
    "surrogate": '"\\ud83d"',
    "large": "9" * 400,
    "infinite": "1e999",
}


@pytest.mark.parametrize("resource", LISTS)
@pytest.mark.parametrize("value", UNKNOWN_FIELDS)
def test_an_odd_value_in_an_unknown_field(catalog: Path, resource: str, value: str) -> None:
    """The row is copied, or is a reject; all others are copied, also by the next run."""
    key = KEYS.get(resource, "id")
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        odd: list[Any] = []

        def rewrite(path: str, body: bytes) -> bytes:
            rows = json.loads(body)
            if path != LISTS[resource] or not rows:
                return body
            listed = rows if isinstance(rows, list) else rows[resource]
            odd[:] = odd or [listed[0][key]]
            one = next((json.dumps(row) for row in listed if row[key] == odd[0]), None)
            text = json.dumps(rows)
            unknown = f'{{"unknown": {UNKNOWN_FIELDS[value]}, '
            return text.replace(one, unknown + one[1:], 1).encode() if one else text.encode()

        interceptor.rewrite = rewrite
        job = Mirror(
            client, catalog, only=[resource], skip=["order_payments"], full=True, max_wait=0
        )
        for _ in range(2):
            report = job.run()
            assert report.unreadable == []
            assert not report.has_differences
            copy = SqliteSnapshot(catalog)
            assert report.rejected == len(copy.query("SELECT * FROM _mirror_rejects")) <= 1
            copy.close()
        interceptor.rewrite = None
        assert job.run().rejected == 0
        assert_equals_store(catalog, client, resource)


def test_a_copied_row_that_becomes_odd_is_not_deleted(catalog: Path) -> None:
    """A full run keeps the earlier version of a row that no decoder can read."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        job = Mirror(client, catalog, only=["articles"], full=True)
        job.run()
        number = sandbox.store.articles.keys[5]
        start = f'"id":{number},'.encode()
        deep = UNKNOWN_FIELDS["deep"].encode()
        interceptor.rewrite = lambda path, body: body.replace(
            start, start + b'"unknown":' + deep + b","
        )
        report = job.run()["articles"]
        assert (report.deleted, report.rejected, report.difference, report.rows) == (0, 1, 0, 40)
        (kept,) = SqliteSnapshot(catalog).query("SELECT * FROM _mirror_rejects")
        assert (kept["key"], "nested too deeply" in kept["reason"]) == (number, True)
        assert deep in kept["body"]


@pytest.mark.parametrize(
    ("body", "envelope", "rows"),
    [
        ('[1, {"a": [2]}, "x,]"]', None, ["1", '{"a": [2]}', '"x,]"']),
        (' {"rows" : [ {"a\\"]": 1},[]] }', "rows", ['{"a\\"]": 1}', "[]"]),
        ('{"rows": {}}', "rows", []),
        ('{"other": [1]}', "rows", []),
        ("[1, 2", None, []),
        ("null", None, []),
    ],
)
def test_rows_are_split_without_recursion(body: str, envelope: str | None, rows: list[str]) -> None:
    """Rows are separated at the commas of their list only."""
    assert split_rows(body.encode(), envelope) == [row.encode() for row in rows]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('{"b": {"id": 1}, "id" : 7}', b"7"),
        ('{"b": "\\"id\\": 3", "id": "x\\"y"}', b'"x\\"y"'),
        ('{"a": "id", "id": null}', b"null"),
        ('{"id": {"a": 1}}', None),
        ('{"a": 1}', None),
        ("[]", None),
    ],
)
def test_a_field_is_found_without_recursion(body: str, value: bytes | None) -> None:
    """Only a field of the object itself is found, and only a value that is not nested."""
    assert find_field(body.encode(), "id") == value
