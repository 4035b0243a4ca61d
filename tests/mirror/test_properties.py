"""Any options, changes and faults between runs: the copy equals the store, or the exit code says not.

MYONLINESTORE_PROPERTY_EXAMPLES is the number of examples; `nox -s properties` runs many.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st

from myonlinestore import ConnectClient, _retry
from myonlinestore.cli.mirror import (
    EXIT_DIFFERENCE,
    EXIT_REFUSED,
)
from myonlinestore.mirror import timestamps
from myonlinestore.mirror.extract import outage
from myonlinestore.sandbox import Sandbox
from tests.mirror.cli_runner import run
from tests.mirror.shop import CATEGORY_ARTICLES, LISTINGS, PAYMENTS, Shop, assert_copy_is_store

EXAMPLES = int(os.environ.get("MYONLINESTORE_PROPERTY_EXAMPLES", "0"))
ARTICLES = 12
KINDS = sorted(
    [f"{kind} {name}" for name in LISTINGS for kind in ("insert", "change", "delete")]
    + ["ship order", "pay order", "refund order"]
)
KINDS.remove("delete categories")
LISTS = [*LISTINGS.values()]
UNCOUNTED_LISTS = ["getCustomers", "getDiscountcodes"]
COUNTED_LISTS = [name for name in LISTS if name not in UNCOUNTED_LISTS]
COUNTS = ["getArticleCount", "getCategoryCount", "countNewsletterSubscribers", "getOrderCount"]
CHILDREN = ["getOrderPayments", "getCategoryArticles"]


@dataclass(frozen=True)
class Step:
    """Changes of the store, and a run after them.

    Attributes:
        seconds: time since the previous run.
        changes: names of `Shop.changes`.
        options: arguments of the command.
        only: names of the resources to copy; all if empty.
        skip: names of the lists to skip.
        fault: a rule for the run, or None.
    """

    seconds: int = 3_600
    changes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def arguments(self) -> list[str]:
        """All arguments of the command."""
        only = [word for name in self.only for word in ("--only", name)]
        skip = [word for name in self.skip for word in ("--skip", name)]
        return [*self.options, *only, *skip]


def combine(*flags: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a strategy for the options of several flags."""
    return st.tuples(*flags).map(lambda parts: tuple(word for part in parts for word in part))


def make_optional(*words: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Return a strategy for an option that may be absent."""
    return st.sampled_from([(), words])


OPTIONS = combine(
    make_optional("--full"),
    make_optional("--find-deleted"),
    make_optional("--delete", "hard"),
    make_optional("--retry-rejects"),
    make_optional("--raw"),
    st.sampled_from([(), ("--overlap", "0"), ("--overlap", "7200")]),
    st.sampled_from([(), ("--max-delete", "0"), ("--max-delete", "1000")]),
    st.sampled_from([(), ("--concurrency", "1"), ("--concurrency", "3")]),
)
READS = st.sampled_from([*LISTS, *COUNTS, *CHILDREN, "get*", "*"])
EFFECTS = st.one_of(
    st.sampled_from(["status=500", "status=503", "status=403", "status=401", "status=404"]),
    st.sampled_from([f"drop={when}" for when in ("before", "lost", "headers", "body", "after")]),
    st.sampled_from([f"body={how}" for how in ("short", "cut", "garbled", "gzip")]),
)
POSITIONS = st.sampled_from(["1", "2", "3", "1-2", "2-5", "1-", "3-", "8-"])
CHANGES_DURING_A_RUN = st.builds(
    "{} nth={} {}={}".format,
    st.sampled_from([name for name in LISTS if name != "getCategories"]),
    st.integers(1, 4),
    st.sampled_from(["insert", "change", "delete"]),
    st.integers(1, 3),
)
FAULTS = st.one_of(
    st.builds("{} nth={} {}".format, READS, POSITIONS, EFFECTS),
    st.builds("{} nth={} body=empty".format, st.sampled_from(COUNTED_LISTS), POSITIONS),
    # A list without a count that is empty twice is an empty list, whatever the store has.
    st.builds("{} nth={} body=empty".format, st.sampled_from(UNCOUNTED_LISTS), st.integers(1, 3)),
    st.builds(
        "{} nth={} count={}".format,
        st.sampled_from(COUNTS),
        POSITIONS,
        st.sampled_from((-2, -1, 1, 2)),
    ),
    CHANGES_DURING_A_RUN,
)
STEPS = st.builds(
    Step,
    seconds=st.sampled_from([0, 1, 60, 3_600, 86_400]),
    changes=st.lists(st.sampled_from(KINDS), max_size=4).map(tuple),
    options=OPTIONS,
    only=st.one_of(
        st.just(()), st.lists(st.sampled_from([*LISTINGS]), max_size=3, unique=True).map(tuple)
    ),
    skip=st.lists(st.sampled_from([PAYMENTS, CATEGORY_ARTICLES]), max_size=1).map(tuple),
    fault=st.one_of(st.none(), FAULTS),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Serve the store of all examples."""
    with Sandbox(articles=ARTICLES, seed=5) as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timestamps, "utc_now", lambda: sandbox.clock().replace(tzinfo=None))
        patch.setattr(outage, "INITIAL_DELAY_SECONDS", 0.001)
        patch.setattr(_retry, "_INITIAL_DELAY", 0.001)
        yield sandbox


@dataclass
class History:
    """Runs of one copy.

    Attributes:
        shop: the store.
        client: a client of the store.
        catalog: the copy.
    """

    shop: Shop
    client: ConnectClient
    catalog: Path

    def take(self, step: Step) -> int:
        """Change the store, run the mirror, and check its exit code. Returns that."""
        sandbox = self.shop.sandbox
        sandbox.clock.advance(timedelta(seconds=step.seconds))
        for name in step.changes:
            self.shop.change(name)
        if step.fault is not None:
            sandbox.faults.add(step.fault)
        arguments = [str(self.catalog), *step.arguments, "--max-wait", "0"]
        result = run(sandbox, *arguments)
        sandbox.faults.clear()
        note(f"{step} -> {result.exit_code}\n{result.stderr}")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert "Traceback" not in result.output
        if result.exit_code == 0 and not _changes_during_the_run(step.fault):
            since = None if "--full" in step.options else self._first_reread_day()
            assert_copy_is_store(self.catalog, self.client, step.only, step.skip, since_day=since)
        if step.fault is None:
            assert result.exit_code in (0, EXIT_DIFFERENCE, EXIT_REFUSED), result.output
        return result.exit_code

    def _first_reread_day(self) -> str:
        """Return the first day whose orders an incremental sync reads again."""
        return f"{self.shop.sandbox.clock() - timedelta(days=59):%Y-%m-%d}"


def _changes_during_the_run(fault: str | None) -> bool:
    """Return True if the store has changed since the run read it, which no exit code can say."""
    return fault is not None and any(
        f" {kind}=" in fault for kind in ("insert", "change", "delete")
    )


def check(server: Sandbox, catalog: Path, steps: list[Step], seed: int) -> None:
    """Run a history, and then full refreshes, after which the copy equals the store."""
    for path in catalog.parent.glob(f"{catalog.name}*"):
        path.unlink()
    server.seed(ARTICLES, 5)
    server.clock.freeze("2026-03-28 12:00:00")
    with server.client(max_retries=0) as client:
        history = History(Shop(server, client, random.Random(seed)), client, catalog)
        for step in steps:
            event(f"exit code {history.take(step)}")
        final = Step(options=("--full", "--retry-rejects", "--max-delete", "1000"))
        exit_code = history.take(final)
        assert exit_code == 0, "a full refresh without faults did not complete the copy"


@settings(
    max_examples=EXAMPLES or 10,
    deadline=None,
    derandomize=not EXAMPLES,
    database=None,
    # A history of a few steps can be read as it is, and shrinking one takes minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=4), seed=st.integers(0, 1_000))
def test_a_copy_equals_the_store_or_the_exit_code_says_that_it_does_not(
    server: Sandbox, tmp_path_factory: pytest.TempPathFactory, steps: list[Step], seed: int
) -> None:
    """Exit code 0 means that the copy equals the store, and a full refresh repairs every copy."""
    catalog = tmp_path_factory.getbasetemp() / "property.sqlite"
    check(server, catalog, steps, seed)
