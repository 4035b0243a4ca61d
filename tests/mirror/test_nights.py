"""Night after night in a shop: incremental runs, a full one each week, outages, and summer time.

MYONLINESTORE_NIGHTS is the number of nights, 7 if it is not set; `nox -s nights` runs a year.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from myonlinestore import ConnectClient, _retry
from myonlinestore.cli.mirror import EXIT_DIFFERENCE
from myonlinestore.mirror import timestamps
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.shop import LISTINGS, Shop, assert_copy_is_store
from tests.mirror.snapshots import dump_tables

logger = logging.getLogger(__name__)
NIGHTS = int(os.environ.get("MYONLINESTORE_NIGHTS", "7"))
FIRST_DAY = timestamps.parse_timestamp("2025-10-22")
# In UTC: the store's dates are in Dutch time, which is two hours ahead in summer, else one.
SUMMER_TIME_ENDS = timestamps.parse_timestamp("2025-10-26 01:00:00")
SUMMER_TIME_BEGINS = timestamps.parse_timestamp("2026-03-29 01:00:00")
RUN_AT = timedelta(hours=1, minutes=30)
WEEK = 7
# Nights by number, the first two also in a week: the store fails from the start, or in the middle.
OUTAGES = {2: "* status=503", 180: "* nth=12- status=503"}
LANGUAGE_CHANGES = (4, 270)
REREAD_DAYS = 60
# How often each change happens in a week.
WEEKLY = {
    "insert orders": 5,
    "ship order": 6,
    "pay order": 5,
    "refund order": 1,
    "change orders": 2,
    "delete orders": 1,
    "insert articles": 3,
    "change articles": 8,
    "delete articles": 2,
    "insert categories": 0.2,
    "change categories": 1,
    "insert customers": 2,
    "change customers": 2,
    "delete customers": 1,
    "insert discount_codes": 1,
    "change discount_codes": 1,
    "delete discount_codes": 1,
    "insert newsletter_subscribers": 3,
    "change newsletter_subscribers": 1,
    "delete newsletter_subscribers": 2,
}


def to_dutch_time(utc: datetime) -> datetime:
    """Return the time on a Dutch clock."""
    is_winter = SUMMER_TIME_ENDS <= utc < SUMMER_TIME_BEGINS
    return utc + timedelta(hours=1 if is_winter else 2)


class Nights:
    """A shop with its copy, from day to day.

    Attributes:
        now: the time in UTC, of which the mirror has the clock and the store the Dutch time.
        gone: keys of the rows that were deleted since the last full run, by resource.
        exit_codes: how often the runs ended with each exit code.
    """

    def __init__(self, sandbox: Sandbox, client: ConnectClient, catalog: Path) -> None:
        self.rng = random.Random("nights")
        self.shop = Shop(sandbox, client, self.rng)
        self.client, self.catalog = client, catalog
        self.now = FIRST_DAY
        self.gone: dict[str, set[object]] = defaultdict(set)
        self.exit_codes: Counter[str] = Counter()

    def set_time(self, utc: datetime) -> None:
        """Set the clocks of the mirror and of the store."""
        self.now = utc
        self.shop.sandbox.clock.freeze(to_dutch_time(utc))

    def spend_day(self) -> None:
        """Let the shop's rows change at random times until the next run."""
        names = [name for name, count in WEEKLY.items() for _ in range(self._draw(count / WEEK))]
        seconds = sorted(self.rng.randrange(86_400) for _ in names)
        self.rng.shuffle(names)
        start = self.now
        for name, second in zip(names, seconds, strict=True):
            self.set_time(start + timedelta(seconds=second))
            before = self._read_keys()
            self.shop.change(name)
            after = self._read_keys()
            for resource in LISTINGS:
                self.gone[resource] |= before[resource] - after[resource]
        self.set_time(start + timedelta(days=1))

    def _draw(self, mean: float) -> int:
        """Return a number of changes with this mean."""
        return int(mean) + (self.rng.random() < mean % 1)

    def _read_keys(self) -> dict[str, set[object]]:
        """Return the keys of the store's rows by resource, as the copy has them."""
        store = self.shop.sandbox.store
        return {
            "articles": {*store.articles.keys},
            "categories": {*store.categories.keys},
            "customers": {body["id"] for body in store.customers.bodies()},
            "discount_codes": {body["id"] for body in store.discount_codes.bodies()},
            "newsletter_subscribers": {body["email"] for body in store.subscribers.bodies()},
            "orders": {body["uuid"] for body in store.orders.bodies()},
        }

    def mirror(self, *options: str) -> int:
        """Run the command and return its exit code."""
        result = run(self.shop.sandbox, str(self.catalog), "--json", "--max-wait", "0", *options)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        report: Any = json.loads(result.stdout)
        assert (report["error"] is not None) == (result.exit_code == 1), result.output
        return result.exit_code

    def run_full(self) -> None:
        """Run a full refresh, after which the copy equals the store."""
        assert self.mirror("--full") == 0
        assert_copy_is_store(self.catalog, self.client)
        self.gone.clear()
        self.exit_codes["full"] += 1

    def run_incremental(self, night: int) -> None:
        """Run an incremental one, after which the copy may have only rows that were deleted."""
        exit_code = self.mirror(*(["--find-deleted"] if night // WEEK % 2 else []))
        assert exit_code in (0, EXIT_DIFFERENCE)
        gone = self.gone if exit_code == EXIT_DIFFERENCE else {}
        since = f"{to_dutch_time(self.now) - timedelta(days=REREAD_DAYS - 1):%Y-%m-%d}"
        assert_copy_is_store(self.catalog, self.client, since_day=since, gone=gone)
        self.exit_codes[f"incremental {exit_code}"] += 1

    def run_during_outage(self, fault: str) -> None:
        """Run while the store fails, which the exit code says."""
        rule = self.shop.sandbox.faults.add(fault)
        assert self.mirror() == 1
        assert self.shop.sandbox.faults.trigger_count(rule) > 0
        self.shop.sandbox.faults.clear()
        self.exit_codes["outage"] += 1

    def change_language(self) -> None:
        """Run in another language, which is refused and changes nothing."""
        before = dump_tables(self.catalog)
        assert self.mirror("--language", "en_GB") == 1
        assert dump_tables(self.catalog) == before
        self.exit_codes["language"] += 1


@pytest.fixture
def nights(monkeypatch: pytest.MonkeyPatch, catalog: Path) -> Iterator[Nights]:
    with Sandbox(articles=40, seed=8) as sandbox, sandbox.client() as client:
        nights = Nights(sandbox, client, catalog)
        monkeypatch.setattr(timestamps, "utc_now", lambda: nights.now)
        monkeypatch.setattr(_retry, "_INITIAL_DELAY", 0.001)
        nights.set_time(FIRST_DAY + RUN_AT)
        yield nights


def test_nights(nights: Nights) -> None:
    """The copy equals the store after each full run, and lacks nothing after the others."""
    nights.run_full()
    for night in range(1, NIGHTS + 1):
        nights.spend_day()
        if fault := OUTAGES.get(night):
            nights.run_during_outage(fault)
        elif night % WEEK == 0:
            nights.run_full()
        else:
            nights.run_incremental(night)
        if night in LANGUAGE_CHANGES:
            nights.change_language()
    logger.info("%d nights: %s", NIGHTS, dict(nights.exit_codes))
    outages = [night for night in OUTAGES if night <= NIGHTS]
    fulls = {0, *range(WEEK, NIGHTS + 1, WEEK)} - {*outages}
    assert (nights.exit_codes["full"], nights.exit_codes["outage"]) == (len(fulls), len(outages))
