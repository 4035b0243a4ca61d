"""`on_start`: the plan of a run and its live traffic, before the first row."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from starlette.responses import Response

from myonlinestore import ConnectClient
from myonlinestore.mirror import Mirror, PlannedSync, Traffic
from myonlinestore.mirror.extract import outage
from myonlinestore.sandbox import Sandbox
from tests.mirror.interceptor import make_json_response, run_intercepted_sandbox

ONLY = ("articles", "customers", "newsletter_subscribers")


class StartRecorder:
    """The plans and the traffic of runs."""

    def __init__(self) -> None:
        self.plans: list[list[PlannedSync]] = []
        self.traffic = Traffic()
        self.rows = 0

    def on_start(self, plans: list[PlannedSync], traffic: Traffic) -> None:
        """Save a plan."""
        assert self.rows == 0
        self.plans.append(plans)
        self.traffic = traffic

    def on_progress(self, resource: str, done: int, total: int | None) -> None:
        """Count rows."""
        del resource, total
        self.rows += done


def test_the_plan_of_a_run(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """A first run reads all rows, a later one those that have changed; customers have no count."""
    first, second = StartRecorder(), StartRecorder()
    for recorder in (first, second):
        mirror = Mirror(
            client,
            catalog,
            only=ONLY,
            on_start=recorder.on_start,
            on_progress=recorder.on_progress,
        )
        report = mirror.run()
        assert recorder.traffic.requests >= report.requests > 0
        assert recorder.traffic.received >= report.bytes > 0
        client.articles.update(article_id=sandbox.store.articles.keys[0], body={"stock": 3})
    subscribers = len(sandbox.store.subscribers)
    assert [[plan.store_rows for plan in plans] for plans in first.plans] == [
        [40, None, subscribers]
    ]
    assert [[plan.store_rows for plan in plans] for plans in second.plans] == [[1, None, 0]]
    assert [plan.full for plan in second.plans[0]] == [False, True, False]


def test_the_plan_of_payments(client: ConnectClient, catalog: Path) -> None:
    """In a full sync, the payments of each order are read."""
    counts = []
    for options in ({}, {}, {"full": True}, {"full": True, "skip": ["order_payments"]}):
        recorder = StartRecorder()
        Mirror(client, catalog, only=["orders"], on_start=recorder.on_start, **options).run()
        counts.append({plan.resource: plan.store_rows for plan in recorder.plans[0]})
    orders = client.orders.count()
    both = {"orders": orders, "order_payments": orders}
    assert [counts[0], counts[2]] == [both, both]
    assert [counts[1].keys(), counts[3].keys()] == [{"orders"}, {"orders"}]


def test_a_resource_that_may_not_be_counted(
    sandbox: Sandbox, client: ConnectClient, catalog: Path
) -> None:
    """The plan lacks it, and the report has the error."""
    sandbox.faults.add("getArticleCount status=403")
    recorder = StartRecorder()
    report = Mirror(client, catalog, only=ONLY, on_start=recorder.on_start).run()
    assert [plan.resource for plan in recorder.plans[0]] == ["customers", "newsletter_subscribers"]
    assert report.unreadable == ["articles"]


def test_the_maximum_rate_of_a_run(sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
    """The traffic has the maximum rate of the client or of the job, or None."""
    del sandbox
    rates = []
    for options in ({}, {"max_rate": 500.0}):
        recorder = StartRecorder()
        Mirror(client, catalog, only=["store"], on_start=recorder.on_start, **options).run()
        rates.append(recorder.traffic.max_rate)
    assert rates == [None, 500.0]


def test_a_rate_that_a_limit_shows(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The traffic has the rate that the run learns, and the next run begins with it."""
    monkeypatch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
    requests = itertools.count(1)

    def respond(path: str, query: dict[str, str]) -> Response | None:
        del path, query
        return make_json_response("{}", 429) if 10 <= next(requests) <= 12 else None

    first, second = StartRecorder(), StartRecorder()
    with (
        run_intercepted_sandbox() as (sandbox, interceptor),
        sandbox.client(max_retries=0) as client,
    ):
        interceptor.respond = respond
        for recorder in (first, second):
            only = ["articles", "orders"]
            Mirror(client, catalog, only=only, concurrency=1, on_start=recorder.on_start).run()
    assert first.traffic.max_rate is not None
    assert second.traffic.max_rate == pytest.approx(first.traffic.max_rate, abs=0.001)
