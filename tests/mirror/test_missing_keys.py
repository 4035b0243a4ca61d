"""Rows without the field that identifies them are copied under another one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from myonlinestore.mirror import Mirror
from myonlinestore.mirror.extract.streams import STREAMS
from tests.mirror.databases import Database
from tests.mirror.interceptor import run_intercepted_sandbox

GUIDE = Path(__file__).parents[2] / "docs" / "mirror.md"


@pytest.mark.parametrize("value", [None, ""])
def test_orders_without_a_uuid(database: Database, value: object) -> None:
    """Such an order is keyed by its number, with its lines and payments, in each run."""
    with run_intercepted_sandbox(90) as (sandbox, interceptor), sandbox.client() as client:
        numbers = [
            order["number"]
            for order in sandbox.store.orders.bodies()
            if order["number"] not in sandbox.store.test_orders
        ]
        lacking = set(numbers[::3])

        def rewrite(path: str, body: bytes) -> bytes:
            if path != "/v1/orders":
                return body
            rows = json.loads(body)
            for row in rows:
                row["uuid"] = value if row["number"] in lacking else row["uuid"]
            return json.dumps(rows).encode()

        interceptor.rewrite = rewrite
        job = Mirror(client, database.address, only=["orders"], full=True)
        report = job.run()
        assert (report["orders"].rows, report.rejected) == (len(numbers), 0)
        keys = {row["uuid"] for row in database.read_rows("orders")}
        expected = {f"number:{number}" for number in lacking}
        assert {key for key in keys if key.startswith("number:")} == expected
        assert {row["order_uuid"] for row in database.read_rows("order_lines")} == keys
        assert {row["order_uuid"] for row in database.read_rows("order_payments")} & expected
        report = job.run()
        assert [(one.new, one.changed, one.deleted) for one in report] == [(0, 0, 0)] * 2
        interceptor.rewrite = None
        report = job.run()
        assert (report["orders"].new, report["orders"].deleted) == (len(lacking),) * 2
        live = [row["uuid"] for row in database.read_rows("orders") if row["_deleted_at"] is None]
        assert not expected.intersection(live)


def test_articles_without_an_id(database: Database) -> None:
    """Such an article is keyed by a negative number, which is the same in each run."""
    with run_intercepted_sandbox(120) as (sandbox, interceptor), sandbox.client() as client:
        interceptor.rewrite = lambda path, body: (
            re.sub(rb'"id":(\d*[02468]),"uuid"', rb'"id":null,"uuid"', body)
            if path == "/v1/articles"
            else body
        )
        lacking = sum(key % 2 == 0 for key in sandbox.store.articles)
        job = Mirror(client, database.address, only=["articles"], full=True)
        report = job.run()
        assert (report["articles"].rows, report.rejected, report.has_differences) == (120, 0, False)
        keys = [row["id"] for row in database.read_rows("articles")]
        assert sum(key < 0 for key in keys) == lacking > 0
        assert {row["article_id"] for row in database.read_rows("article_categories")} == set(keys)
        report = job.run()
        assert [(one.new, one.changed, one.deleted) for one in report] == [(0, 0, 0)]


def test_a_row_without_any_key_is_a_reject(catalog: Path) -> None:
    """A category without an id has nothing else that identifies it."""
    with run_intercepted_sandbox() as (sandbox, interceptor), sandbox.client() as client:
        key = sandbox.store.categories.keys[0]
        interceptor.rewrite = lambda path, body: (
            body.replace(f'{{"id":{key},'.encode(), b'{"id":null,', 1)
            if path == "/v1/categories"
            else body
        )
        report = Mirror(client, catalog, only=["categories"], skip=["category_articles"]).run()
        assert (report.rejected, report.has_differences) == (1, False)


def test_the_guide_has_the_key_of_each_table() -> None:
    """The table of keys in the guide names the key of each resource."""
    documented = {
        name: key
        for names, key in re.findall(
            r"^\| (`[a-z_`, ]+`) \| `([a-z_]+)` \|", GUIDE.read_text(), re.MULTILINE
        )
        for name in re.findall(r"`([a-z_]+)`", names)
    }
    assert documented == {stream.name: stream.key for stream in STREAMS}
