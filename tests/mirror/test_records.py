"""Rows and rejects, as they are decoded from the bodies of responses."""

from __future__ import annotations

import json
from pathlib import Path

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.records import RawRow, Reject, decode_row, partition_rejects, row_key
from myonlinestore.models import Article
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import SqliteSnapshot


def test_a_row_without_its_key_is_a_reject() -> None:
    """A row that the copy cannot identify is kept with the reason, and has no key."""
    reject = decode_row(b'{"name": "Stoel"}', Article, "id", "GET /articles")
    assert reject == Reject(
        b'{"name": "Stoel"}',
        "the row has no id, which identifies it in the copy",
        "GET /articles",
    )


def test_a_row_of_a_list_without_a_key_is_a_row() -> None:
    """A child row needs no key, since its position identifies it."""
    row = decode_row(b'{"name": "Stoel"}', Article, None, "GET /articles")
    assert isinstance(row, RawRow)
    assert (row.key, row.row.name) == (None, "Stoel")  # type: ignore[attr-defined]


def test_a_reject_keeps_a_valid_key() -> None:
    """The key of a row that cannot be decoded is read if that field is valid."""
    for key, found in ((b"7", 7), (b'"7"', 7), (b"{}", None), (b"null", None)):
        reject = decode_row(b'{"id": %s, "stock": {"x": 1}}' % key, Article, "id", "GET /articles")
        assert isinstance(reject, Reject)
        assert row_key(reject, "id") == found


def test_rows_are_partitioned() -> None:
    """Rejects are separated from rows, both in their order."""
    first, second = Reject(b"1", "odd", "GET /"), Reject(b"2", "odd", "GET /")
    assert partition_rejects(["a", first, "b", second]) == (["a", "b"], [first, second])


def test_the_raw_json_of_a_store(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """A resource that is one object, not a list, has its JSON in `raw` as well."""
    Mirror(client, catalog, only=["store"], raw=True).run()
    copy = SqliteSnapshot(catalog)
    (row,) = copy.read_rows("store")
    copy.close()
    assert json.loads(row["raw"])["id"] == row["id"]


def test_the_raw_json_of_a_page_in_an_odd_shape(tmp_path: Path) -> None:
    """A page that is a map instead of a list has the JSON of its normalized rows in `raw`."""
    with Sandbox(articles=12, seed=5, quirks=True) as sandbox, sandbox.client() as client:
        path = tmp_path / "catalog.sqlite"
        Mirror(client, path, only=["tax_regions", "customers", "discount_codes"], raw=True).run()
        copy = SqliteSnapshot(path)
        for resource in ("tax_regions", "customers", "discount_codes"):
            (key,) = copy.get_keys(resource)
            rows = copy.read_rows(resource)
            assert rows
            assert all(json.loads(row["raw"]) for row in rows), (resource, key)
        copy.close()
