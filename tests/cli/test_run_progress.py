"""The numbers of a run: rows, requests per second, and the time left."""

from __future__ import annotations

import pytest

from myonlinestore.cli.run_progress import RunProgress
from myonlinestore.mirror import PlannedSync, Traffic


class Run:
    """A run whose clock and traffic the test sets."""

    def __init__(self, **store_rows: int | None) -> None:
        self.now, self.traffic = 1_000.0, Traffic(requests=1)
        self.progress = RunProgress(lambda: self.now)
        plans = [PlannedSync(name, True, None, False, n, 0) for name, n in store_rows.items()]
        self.progress.start(plans, self.traffic)

    def read(self, resource: str, done: int, total: int | None, requests: int, at: float) -> None:
        """Read rows until a number of seconds after the start, with that many more requests."""
        self.traffic.requests += requests
        self.now = 1_000.0 + at
        self.progress.update(resource, done, total)


def test_rows_of_all_resources() -> None:
    """The totals are those of the plan, then those of the syncs, and never below what was read."""
    run = Run(articles=1_000, customers=None, orders=500)
    assert (run.progress.rows, run.progress.total_rows) == (0, 1_500)
    assert run.progress.running == []
    run.read("articles", 200, 1_200, 3, at=1)
    assert (run.progress.rows, run.progress.total_rows) == (200, 1_700)
    run.read("articles", 1_210, 1_200, 20, at=2)
    run.read("customers", 70, None, 1, at=3)
    assert (run.progress.rows, run.progress.total_rows) == (1_280, 1_780)
    assert run.progress.requests == 25


def test_running_resources() -> None:
    """A resource is shown from its start until all of its rows are read, or another one starts."""
    run = Run(articles=10, orders=20)
    run.read("articles", 10, 10, 1, at=1)
    assert [each.name for each in run.progress.running] == ["articles"]
    run.read("orders", 20, 20, 1, at=2)
    run.read("order_payments", 0, 20, 1, at=2)
    assert [each.name for each in run.progress.running] == ["order_payments"]
    run.read("orders", 20, 40, 1, at=3)
    run.read("customers", 3, None, 1, at=4)
    assert [each.name for each in run.progress.running] == ["orders", "order_payments", "customers"]


def test_speed_of_the_last_half_minute() -> None:
    """The speed is that of the last seconds, and falls while no response arrives."""
    run = Run(articles=100_000)
    for second in range(1, 101):
        run.read("articles", second, 100_000, 4 if second <= 50 else 40, at=second)
    assert run.progress.get_speed() == pytest.approx(40)
    run.now += 90
    assert run.progress.get_speed() == pytest.approx(10)


def test_time_left_is_that_of_the_requests() -> None:
    """Payments, which take a request each, determine the time left before they are started."""
    run = Run(articles=6_000, order_payments=1_000)
    assert run.progress.get_seconds_left() is None
    run.read("articles", 3_000, 6_000, 100, at=10)
    # 100 more requests for the articles, as for the first half, and 1,000 for the payments.
    assert run.progress.get_seconds_left() == pytest.approx((100 + 1_000) / 10.1)
    run.read("articles", 6_000, 6_000, 100, at=20)
    run.read("order_payments", 500, 1_000, 250, at=25)
    # The payments took half a request each.
    assert run.progress.get_seconds_left() == pytest.approx(250 / (451 / 25))


def test_time_left_of_lists_that_were_not_started() -> None:
    """Until a list is read, 1.5 requests per 100 rows are expected."""
    run = Run(store=1, articles=10_000)
    run.read("store", 1, 1, 9, at=1)
    assert run.progress.get_seconds_left() == pytest.approx(150 / 10)


def test_maximum_rate() -> None:
    """The maximum rate is the present one of the traffic."""
    run = Run()
    assert run.progress.max_rate is None
    run.traffic.max_rate = 8.5
    assert run.progress.max_rate == 8.5
