"""Every fault of the sandbox against a first run and a later one; whatever happens, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import (
    ConnectClient,
    ConnectError,
    DecodeError,
    RateLimitError,
    ServerError,
    TransportError,
)
from myonlinestore.mirror import Mirror
from myonlinestore.sandbox import Sandbox
from tests.mirror.snapshots import Row, assert_equals_store, dump_tables

RESOURCES = ("articles", "customers", "orders", "newsletter_subscribers")
KINDS: dict[str, type[ConnectError]] = {
    "status=429": RateLimitError,
    "status=429 retry_after=0": RateLimitError,
    "status=500": ServerError,
    "status=500 retry_after=0": ServerError,
    "status=503": ServerError,
    "status=503 retry_after=0": ServerError,
    "drop=before": TransportError,
    "drop=before reset=true": TransportError,
    "drop=lost": TransportError,
    "drop=lost reset=true": TransportError,
    "drop=headers": TransportError,
    "drop=headers reset=true": TransportError,
    "drop=body": TransportError,
    "drop=body reset=true": TransportError,
    "body=short": TransportError,
    "body=cut": DecodeError,
    "body=garbled": DecodeError,
    "body=gzip": TransportError,
}
# Faults that do not fail a request.
HARMLESS = ("drop=after", "drop=after reset=true", "delay=0.001-0.02", "delay=0.1-0.3 times=2")

Change = Callable[[ConnectClient], None]


def leave_unchanged(client: ConnectClient) -> None:
    """Change nothing, because there is no copy."""


def change_rows(client: ConnectClient) -> None:
    """Change, add and delete rows after the copy was made."""
    first, second = (article.id for article in client.articles.list(limit=2))
    client.articles.update(article_id=first, body={"stock": 77})
    client.articles.update(article_id=second, body={"name": "Anders"})
    client.articles.create(body={"name": "Nieuw", "price": {"default": "1.10"}})
    subscriber = client.newsletter.list(limit=1).items[0].email
    client.newsletter.update(email=str(subscriber), body={"name": "Anders"})
    client.customers.delete(customer_id=str(client.customers.list().items[0].id))


RUNS = pytest.mark.parametrize("change", [leave_unchanged, change_rows])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Yield a small store."""
    with Sandbox(articles=12, seed=5) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client with many retries and short delays."""
    with sandbox.client(max_retries=6, max_retry_delay=0.002) as client:
        yield client


def run_mirror(client: ConnectClient, catalog: Path, **options: Any) -> Any:
    return Mirror(client, catalog, only=RESOURCES, **options).run()


def copy_and_change(client: ConnectClient, catalog: Path, change: Change, **options: Any) -> None:
    """Make a copy and change the store, if there is a change."""
    if change is not leave_unchanged:
        run_mirror(client, catalog, **options)
        change(client)


def raise_rate(client: ConnectClient, kind: str) -> None:
    """Send many requests before a 429, which halves the rate of the requests so far."""
    for _ in range(100 if "429" in kind else 0):
        client.articles.count()


@RUNS
@pytest.mark.parametrize(
    ("kind", "raw"),
    [*((kind, False) for kind in (*KINDS, *HARMLESS)), ("body=cut", True), ("body=garbled", True)],
)
def test_a_fault_that_passes(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, kind: str, raw: bool, change: Change
) -> None:
    """Each third request fails; the run ends with an equal copy, and no row is a reject."""
    copy_and_change(client, catalog, change, raw=raw)
    raise_rate(client, kind)
    times = "times=2" if "429" in kind else ""
    rules = [
        sandbox.faults.add(f"{which} {times} {kind}") for which in ("get* every=3", "count* nth=1")
    ]
    report = run_mirror(client, catalog, raw=raw)
    assert all(sandbox.faults.trigger_count(rule) for rule in rules)
    sandbox.faults.clear()
    assert (report.rejected, report.has_differences) == (0, False)
    assert_equals_store(catalog, client, *RESOURCES)


STAYING = [
    *(("getArticles", kind, error) for kind, error in KINDS.items()),
    ("getArticles", "status=429 retry_after=3600", RateLimitError),
    ("getArticles", "status=429 retry_after_date=3600", RateLimitError),
    ("getArticles", "status=503 retry_after=3600", ServerError),
    ("getArticles", "status=400", ConnectError),
    ("count*", "status=500", ServerError),
]


@RUNS
@pytest.mark.parametrize(("operation", "kind", "error"), STAYING)
def test_a_fault_that_stays(
    sandbox: Sandbox,
    client: ConnectClient,
    catalog: Path,
    operation: str,
    kind: str,
    error: type[ConnectError],
    change: Change,
) -> None:
    """The run ends with one typed error, and the next one, without the fault, completes the copy."""
    copy_and_change(client, catalog, change)
    raise_rate(client, kind)
    sandbox.faults.add(f"{operation} {kind}")
    with pytest.raises(error) as caught:
        run_mirror(client.with_options(max_retries=1), catalog, max_wait=0)
    assert "\n" not in str(caught.value)
    sandbox.faults.clear()
    report = run_mirror(client, catalog)
    assert (report.rejected, report.has_differences) == (0, False)
    assert_equals_store(catalog, client, *RESOURCES)


@RUNS
@pytest.mark.parametrize("kind", ["status=503", "drop=body", "body=cut", "status=400"])
def test_payments_that_fail_all_the_time(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, kind: str, change: Change
) -> None:
    """The run copies everything else, and the next one, without the fault, completes the copy."""
    copy_and_change(client, catalog, change)
    sandbox.faults.add(f"getOrderPayments {kind}")
    full = change is not leave_unchanged
    report = run_mirror(client.with_options(max_retries=1), catalog, max_wait=0, full=full)
    assert (report.unreadable, report.rejected) == (["order_payments"], 0)
    sandbox.faults.clear()
    report = run_mirror(client, catalog)
    assert (report.unreadable, report.rejected, report.has_differences) == ([], 0, False)
    assert_equals_store(catalog, client, *RESOURCES)


ROWS = [
    "insert=2",
    "change=2",
    "delete=1 where=first",
    "delete=1 where=last",
    "delete=1 where=any",
    "insert=1 change=1 delete=1",
]
LISTED = ("getArticles", "getCustomers", "getNewsletterSubscribers")


@pytest.mark.parametrize("rows", ROWS)
def test_rows_that_move_while_they_are_read(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, rows: str
) -> None:
    """Rows come, change and go under a first run, a later one and a full one; the copy is equal."""
    for number, options in enumerate(({}, {}, {"full": True})):
        for operation in LISTED:
            sandbox.faults.add(f"{operation} times=2 {rows}")
        report = run_mirror(client, catalog, **options)
        sandbox.faults.clear()
        if number == 1:
            # An incremental sync reports deletions, but only a full one marks the rows.
            assert not report.has_differences or "delete" in rows
            run_mirror(client, catalog, full="delete" in rows)
        else:
            assert not report.has_differences
        assert_equals_store(catalog, client, *RESOURCES)


@pytest.mark.parametrize("raw", [False, True], ids=["rows", "raw"])
def test_a_garbled_page_is_asked_for_again(
    sandbox: Sandbox, client: ConnectClient, catalog: Path, raw: bool
) -> None:
    """Bytes that came over a bad line make no reject, be the page odd in shape or kept as sent."""
    key = sandbox.store.articles.keys[3]
    sandbox.store.articles.change(key, {**sandbox.store.articles[key].body, "stock": {"x": 1}}, "")
    sandbox.faults.add("getArticles nth=1 body=garbled")
    assert run_mirror(client, catalog, raw=raw).rejected == 1
    assert len(sandbox.journal.requests(operation="getArticles")) > 1


def test_a_list_that_grows_as_fast_as_it_is_read(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """A run of a list that keeps growing ends, and loses no row."""
    sandbox.faults.add("getArticles insert=1")
    sandbox.faults.add("getOrders insert=1")
    first = run_mirror(client, catalog)
    sandbox.faults.clear()
    assert first["articles"].requests < 100
    report = run_mirror(client, catalog)
    assert not report.has_differences
    assert_equals_store(catalog, client, *RESOURCES)


def test_a_rate_limit(catalog: Path) -> None:
    """A store that responds 429 to requests that come too fast is copied, and brought up to date, whole."""
    with Sandbox(articles=12, seed=5, rate_limit="15/1s") as sandbox, sandbox.client() as client:
        for change in (leave_unchanged, change_rows):
            change(client)
            assert not run_mirror(client, catalog).has_differences
        assert sandbox.journal.requests(status=429)
        assert_equals_store(catalog, client, *RESOURCES)


def test_quirks(catalog: Path, tmp_path: Path) -> None:
    """Odd shapes make the same copy, row by row, as the documented ones; later as well."""
    for quirks, path in ((True, catalog), (False, tmp_path / "plain.sqlite")):
        with Sandbox(articles=60, seed=5, quirks=quirks) as sandbox, sandbox.client() as client:
            sandbox.clock.freeze("2025-06-01 12:00:00")
            Mirror(client, path).run()
            change_rows(client)
            report = Mirror(client, path, full=True).run()
        assert (report.rejected, report.has_differences) == (0, False)
    odd, plain = (read_texts(path) for path in (catalog, tmp_path / "plain.sqlite"))
    assert odd == plain


def read_texts(path: Path) -> dict[str, list[Row]]:
    """Return a copy, with fields that are a number or text as text."""
    copy = dump_tables(path)
    del copy["_mirror_rows"]
    for table, field in UNIONS:
        copy[table] = [{**row, field: str(row[field])} for row in copy[table]]
    return copy


UNIONS = (
    ("orders", "number"),
    ("order_payments", "price"),
    ("order_payments", "order"),
    ("order_payment_mutations", "price"),
)
