"""The output of the command line: tables of 80 columns, progress lines, retry notices."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from myonlinestore import RateLimitError, Retry, ServerError
from myonlinestore.cli import progress
from myonlinestore.cli.notices import RetryNotices, format_duration
from myonlinestore.cli.output import format_size, print_plan, print_report, print_status
from myonlinestore.cli.progress import create_progress
from myonlinestore.mirror import (
    MirrorReport,
    MirrorStatus,
    OutageWait,
    PlannedSync,
    ResourceReport,
    SyncState,
)
from myonlinestore.mirror.extract.streams import RESOURCE_NAMES

LIMITED = Retry("GET", "/articles", 1, 3, 1.0, RateLimitError("Too many"))
FAILED = Retry("GET", "/orders", 2, 5, 0.25, ServerError("503 GET /v1/orders: busy", 503))
TIMESTAMP = "2026-11-24 20:35:30"


def create_console(width: int = 80) -> Console:
    """Return a console that writes into a string."""
    return Console(width=width, file=io.StringIO())


def get_lines(console: Console) -> list[str]:
    """Return the lines written to a console."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def create_report(rows: int, new: int, changed: int) -> MirrorReport:
    """Return a report with the same numbers for every resource."""
    deleted, requests, seconds = changed // 10, rows // 100, rows / 1000
    resources = (
        ResourceReport(
            name,
            rows,
            new,
            changed,
            deleted,
            requests,
            seconds,
            rejected=deleted // 10,
            bytes=rows * 4000,
        )
        for name in RESOURCE_NAMES
    )
    return MirrorReport(tuple(resources), 1.0)


@pytest.mark.parametrize(
    ("rows", "new", "changed"),
    [(9, 9, 0), (200_000, 200_000, 0), (200_000, 5_000, 20_000), (999_999, 999_999, 0)],
)
def test_report_fits_80_columns(rows: int, new: int, changed: int) -> None:
    """Each resource has one line of at most 80 characters with all of its numbers."""
    console = create_console()
    print_report(console, create_report(rows, new, changed), "catalog.sqlite")
    title, _, *body, last = get_lines(console)
    assert "rows" in title
    assert len(body) == len(RESOURCE_NAMES)
    numbers = (rows, new, changed, changed // 10, changed // 100, rows // 100)
    for name, line in zip(RESOURCE_NAMES, body, strict=True):
        assert len(line) <= 80
        cells = line.split()
        assert cells[:7] == [name, *(f"{number:,}" for number in numbers)]
        assert cells[7:] == [*format_size(rows * 4000).split(), f"{rows / 1000:.1f}"]
    assert format_size(rows * 4000 * len(RESOURCE_NAMES)) in last


def test_short_titles_on_a_narrow_terminal() -> None:
    """A wide terminal shows full titles, a narrow one abbreviations."""
    wide, narrow = create_console(120), create_console(80)
    print_report(wide, create_report(50_000, 50_000, 0), "catalog.sqlite")
    print_report(narrow, create_report(50_000, 50_000, 0), "catalog.sqlite")
    columns = ["resource", "rows", "new", "changed", "deleted", "rejected", "requests", "bytes"]
    assert get_lines(wide)[0].split() == [*columns, "seconds"]
    short = ["resource", "rows", "new", "chg.", "del.", "rej.", "req.", "bytes", "sec."]
    assert get_lines(narrow)[0].split() == short


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (60, ["resource", "rows", "new", "chg.", "del.", "rej.", "req.", "sec."]),
        (40, ["resource", "rows", "new", "chg."]),
        (30, ["resource", "rows"]),
    ],
)
def test_fewer_columns_on_a_narrow_terminal(width: int, titles: list[str]) -> None:
    """Below 80 columns, the least important columns are omitted, and no cell is folded."""
    console = create_console(width)
    print_report(console, create_report(3_000, 3_000, 100), "catalog.sqlite")
    title, _, *body = get_lines(console)
    assert title.split() == titles
    assert [line.split()[:2] for line in body[: len(RESOURCE_NAMES)]] == [
        [name, "3,000"] for name in RESOURCE_NAMES
    ]


def test_a_terminal_narrower_than_a_name() -> None:
    """The rows are printed even if the table does not fit."""
    console = create_console(10)
    print_report(console, create_report(9, 9, 0), "catalog.sqlite")
    assert any(line.startswith("store") for line in get_lines(console))


def test_bytes_of_a_report() -> None:
    """The bytes of a report are the sum over its resources."""
    assert create_report(10, 0, 0).bytes == 40_000 * len(RESOURCE_NAMES)


def test_status_fits_80_columns() -> None:
    """Each resource has one line with the minute of its state and the day of its last full sync."""
    console = create_console()
    states = [
        SyncState(name, True, TIMESTAMP, done, None, done, done, 9, 1_234_567, 0, 12_345)
        for name in RESOURCE_NAMES
        for done in (TIMESTAMP, None)
    ]
    print_status(console, MirrorStatus("s", "http://x", tuple(states)), "catalog.sqlite")
    _, _, _, *body, _ = get_lines(console)
    assert len(body) == 2 * len(RESOURCE_NAMES)
    assert max(map(len, body)) <= 80
    assert body[0].split() == [
        *(RESOURCE_NAMES[0], "1,234,567", "12,345"),
        *("2026-11-24", "20:35", "2026-11-24", "complete"),
    ]
    assert body[1].split() == [RESOURCE_NAMES[0], "1,234,567", "12,345", "interrupted"]


def test_plan_fits_80_columns() -> None:
    """Each resource has one line of at most 80 characters."""
    console = create_console()
    plans = [
        PlannedSync(name, False, TIMESTAMP, False, 200_000, 200_000) for name in RESOURCE_NAMES
    ]
    print_plan(console, plans)
    _, _, *body, _ = get_lines(console)
    assert len(body) == len(RESOURCE_NAMES)
    assert all(line.rstrip().endswith(f"{TIMESTAMP} UTC") for line in body)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (999_600_000, "1.0 GB"),
        (2_500_000_000_000, "2500 GB"),
    ],
)
def test_format_size(count: int, text: str) -> None:
    """A size has one decimal, or at least two digits and no decimal."""
    assert format_size(count) == text


@given(st.integers(0, 10**12))
def test_format_size_is_accurate(count: int) -> None:
    """The formatted size is within 5 % of the number of bytes."""
    value, unit = format_size(count).split()
    shown = float(value) * 1000 ** ["B", "kB", "MB", "GB"].index(unit)
    assert abs(shown - count) <= count / 20
    assert len(value) <= 4


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3_723, "1:02:03")]
)
def test_format_duration(seconds: float, text: str) -> None:
    """A duration is formatted as on a clock."""
    assert format_duration(seconds) == text


def test_retry_notice() -> None:
    """A notice names the rate limit, or repeats the message of another error."""
    notices = RetryNotices(0)
    assert notices.notice(LIMITED) == "rate limit: retrying GET /articles in 1.0 s (retry 1 of 3)"
    sentence = "503 GET /v1/orders: busy: retrying in 0.2 s (retry 2 of 5)"
    assert notices.notice(FAILED) == sentence
    assert notices.suppressed_notice() is None


def test_retry_notices_are_limited() -> None:
    """Within the interval other retries are only counted, and the next notice has their number."""
    now = 100.0
    notices = RetryNotices(10, lambda: now)
    assert [bool(notices.notice(LIMITED)) for _ in range(4)] == [True, False, False, False]
    assert notices.suppressed_notice() == "3 more retries"
    now += 10
    sentence = "rate limit: retrying GET /articles in 1.0 s (retry 1 of 3, 3 more before)"
    assert notices.notice(LIMITED) == sentence
    assert notices.suppressed_notice() is None


def test_progress_lines_have_rows_per_second_and_the_time_left() -> None:
    """Every 5,000 rows a line with the speed and the time left is printed."""
    console = create_console()
    with create_progress(console) as reporter:
        for done in range(0, 12_001, 1_000):
            reporter("articles", done, 12_000)
        reporter("customers", 7_000, None)
    first, second, articles, started, customers = get_lines(console)
    assert re.fullmatch(r"articles: 5,000 of 12,000, [\d,]+ rows/s, 0:\d\d left", first)
    assert re.fullmatch(r"articles: 10,000 of 12,000, [\d,]+ rows/s, 0:\d\d left", second)
    assert articles == "articles: 12,000"
    assert re.fullmatch(r"customers: 7,000, [\d,]+ rows/s", started)
    assert customers == "customers: 7,000"


def test_progress_lines_of_a_slow_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the interval a line is printed for any number of new rows."""
    monkeypatch.setattr(progress, "_LINE_INTERVAL_SECONDS", 0.0)
    console = create_console()
    with create_progress(console) as reporter:
        for done in (0, 10, 10, 20, 30):
            reporter("orders", done, 30)
    assert [line.partition(",")[0] for line in get_lines(console)] == [
        *("orders: 10 of 30", "orders: 20 of 30", "orders: 30"),
    ]


def test_retry_notices_during_a_run() -> None:
    """The first retry is printed as it begins, and the number of others at the end."""
    console = create_console()
    with create_progress(console) as reporter:
        reporter("articles", 10, 30)
        for _ in range(3):
            reporter.retry(LIMITED)
        output = "\n".join(get_lines(console))
        reporter("articles", 30, 30)
    assert output.count("rate limit: retrying GET /articles in 1.0 s (retry 1 of 3)") == 1
    assert "2 more retries" in "\n".join(get_lines(console))


def test_waits_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long outage is a line every ten seconds."""
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    console = create_console(200)
    with create_progress(console) as reporter:
        for second in range(21):
            clock[0] = 100.0 + second
            reporter.wait(OutageWait(FAILED.error, 60.0 - second, 900.0 - second))
    assert [line.rpartition(" ")[2] for line in get_lines(console)] == ["15:00", "14:50", "14:40"]


def test_a_plan_names_the_kind_of_each_sync() -> None:
    """A sync resumes, reads everything, or reads the changes since a time."""
    console = create_console()
    print_plan(
        console,
        [
            PlannedSync("articles", False, None, True, None, 5),
            PlannedSync("orders", True, None, False, 0, 9),
            PlannedSync("customers", False, TIMESTAMP, False, 7, 1),
        ],
    )
    _, _, *body, _ = get_lines(console)
    assert [line.split(maxsplit=1)[0] for line in body] == ["articles", "orders", "customers"]
    assert [line.split()[-1] for line in body] == ["resume", "full", "UTC"]
    assert body[2].rstrip().endswith(f"changed since {TIMESTAMP} UTC")
