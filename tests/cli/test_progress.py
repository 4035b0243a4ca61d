"""What the command line shows: tables that fit, lines that tell how long, waits that do not flood."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from myonlinestore import RateLimitError, Retry, ServerError
from myonlinestore.cli import progress as display
from myonlinestore.cli.formatting import Waits, duration, size
from myonlinestore.cli.output import show_report
from myonlinestore.cli.progress import display_on
from myonlinestore.cli.standing import show_plan, show_status
from myonlinestore.mirror import MirrorReport, MirrorStatus, Planned, ResourceReport, State
from myonlinestore.mirror.extract.streams import RESOURCE_NAMES

LIMITED = Retry("GET", "/articles", 1, 3, 1.0, RateLimitError("Too many"))
FAILED = Retry("GET", "/orders", 2, 5, 0.25, ServerError("HTTP 503 for GET /v1/orders", 503))
MOMENT = "2026-11-24 20:35:30"


def on_paper(width: int = 80) -> Console:
    return Console(width=width, file=io.StringIO())


def lines_on(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def reports(rows: int, new: int, changed: int) -> MirrorReport:
    """A run over a store with so much of everything."""
    gone, requests, seconds = changed // 10, rows // 100, rows / 1000
    each = (
        ResourceReport(
            name,
            rows,
            new,
            changed,
            gone,
            requests,
            seconds,
            rejected=gone // 10,
            bytes=rows * 4000,
        )
        for name in RESOURCE_NAMES
    )
    return MirrorReport(tuple(each), 1.0)


@pytest.mark.parametrize(
    ("rows", "new", "changed"),
    [(9, 9, 0), (200_000, 200_000, 0), (200_000, 5_000, 20_000), (999_999, 999_999, 0)],
)
def test_the_closing_table_fits_80_columns(rows: int, new: int, changed: int) -> None:
    """Each resource has one line of at most 80 characters, with all of its numbers."""
    console = on_paper()
    show_report(console, reports(rows, new, changed), "catalog.sqlite")
    title, _, *body, last = lines_on(console)
    assert "rows" in title
    assert len(body) == len(RESOURCE_NAMES)
    numbers = (rows, new, changed, changed // 10, changed // 100, rows // 100)
    for name, line in zip(RESOURCE_NAMES, body, strict=True):
        assert len(line) <= 80
        cells = line.split()
        assert cells[:7] == [name, *(f"{number:,}" for number in numbers)]
        assert cells[7:] == [*size(rows * 4000).split(), f"{rows / 1000:.1f}"]
    assert size(rows * 4000 * len(RESOURCE_NAMES)) in last


def test_the_titles_are_whole_where_there_is_room() -> None:
    """A wide terminal has words, a narrow one their beginnings."""
    wide, narrow = on_paper(120), on_paper(80)
    show_report(wide, reports(50_000, 50_000, 0), "catalog.sqlite")
    show_report(narrow, reports(50_000, 50_000, 0), "catalog.sqlite")
    columns = ["resource", "rows", "new", "changed", "deleted", "rejected", "requests", "bytes"]
    assert lines_on(wide)[0].split() == [*columns, "seconds"]
    short = ["resource", "rows", "new", "chg.", "del.", "rej.", "req.", "bytes", "sec."]
    assert lines_on(narrow)[0].split() == short


def test_the_bytes_of_a_run_are_those_of_its_resources() -> None:
    """The sum of the bytes is the run's."""
    assert reports(10, 0, 0).bytes == 40_000 * len(RESOURCE_NAMES)


def test_the_status_fits_80_columns() -> None:
    """Each resource has one line, with the minute of its state and the day of its last full pass."""
    console = on_paper()
    states = [
        State(name, True, MOMENT, done, None, done, done, 9, 1_234_567, 0, 12_345)
        for name in RESOURCE_NAMES
        for done in (MOMENT, None)
    ]
    show_status(console, MirrorStatus("s", "http://x", tuple(states)), "catalog.sqlite")
    _, _, *body, _ = lines_on(console)
    assert len(body) == 2 * len(RESOURCE_NAMES)
    assert max(map(len, body)) <= 80
    assert body[0].split() == [
        *(RESOURCE_NAMES[0], "1,234,567", "12,345"),
        *("2026-11-24", "20:35", "2026-11-24", "complete"),
    ]
    assert body[1].split() == [RESOURCE_NAMES[0], "1,234,567", "12,345", "cut", "off"]


def test_the_plan_fits_80_columns() -> None:
    """What would be read fits as well."""
    console = on_paper()
    plans = [Planned(name, False, MOMENT, False, 200_000, 200_000) for name in RESOURCE_NAMES]
    show_plan(console, plans)
    _, _, *body, _ = lines_on(console)
    assert len(body) == len(RESOURCE_NAMES)
    assert all(line.rstrip().endswith(f"{MOMENT} UTC") for line in body)


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
def test_sizes(count: int, text: str) -> None:
    """Bytes have one digit behind the point or two before it."""
    assert size(count) == text


@given(st.integers(0, 10**12))
def test_every_size_is_near_its_bytes(count: int) -> None:
    """What is shown is within a twentieth of what there is."""
    value, unit = size(count).split()
    shown = float(value) * 1000 ** ["B", "kB", "MB", "GB"].index(unit)
    assert abs(shown - count) <= count / 20
    assert len(value) <= 4


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3_723, "1:02:03")]
)
def test_durations(seconds: float, text: str) -> None:
    """Seconds are shown as a clock does."""
    assert duration(seconds) == text


def test_a_retry_is_told_in_a_sentence() -> None:
    """The limit of the rate has its own words; other failures have those of the error."""
    waits = Waits(0)
    assert waits.sentence(LIMITED) == "rate limit: GET /articles waits 1.0 s (retry 1 of 3)"
    again = "HTTP 503 for GET /v1/orders: again in 0.2 s (retry 2 of 5)"
    assert waits.sentence(FAILED) == again
    assert waits.rest() is None


def test_many_retries_are_told_now_and_then() -> None:
    """Within the time of one sentence others are only counted, and told with the next."""
    now = 100.0
    waits = Waits(10, lambda: now)
    assert [bool(waits.sentence(LIMITED)) for _ in range(4)] == [True, False, False, False]
    assert waits.rest() == "3 more retries"
    now += 10
    told = "rate limit: GET /articles waits 1.0 s (retry 1 of 3, 3 more before)"
    assert waits.sentence(LIMITED) == told
    assert waits.rest() is None


def test_lines_tell_rows_per_second_and_the_time_left() -> None:
    """Every few thousand rows there is a line with the rate, and how long it takes from there."""
    console = on_paper()
    with display_on(console) as shown:
        for done in range(0, 12_001, 1_000):
            shown("articles", done, 12_000)
        shown("customers", 7_000, None)
    first, second, articles, begun, customers = lines_on(console)
    assert re.fullmatch(r"articles: 5,000 of 12,000, [\d,]+ rows/s, 0:\d\d left", first)
    assert re.fullmatch(r"articles: 10,000 of 12,000, [\d,]+ rows/s, 0:\d\d left", second)
    assert articles == "articles: 12,000"
    assert re.fullmatch(r"customers: 7,000, [\d,]+ rows/s", begun)
    assert customers == "customers: 7,000"


def test_a_slow_store_has_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some time there is a line whenever there are more rows, however few."""
    monkeypatch.setattr(display, "_LINE_EVERY_SECONDS", 0.0)
    console = on_paper()
    with display_on(console) as shown:
        for done in (0, 10, 10, 20, 30):
            shown("orders", done, 30)
    assert [line.partition(",")[0] for line in lines_on(console)] == [
        *("orders: 10 of 30", "orders: 20 of 30", "orders: 30"),
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_retries_are_shown_while_it_goes_on(terminal: bool) -> None:
    """The first wait is shown as it begins, and at the end how many more there were."""
    console = Console(width=80, file=io.StringIO(), force_terminal=terminal, color_system=None)
    with display_on(console) as shown:
        shown("articles", 10, 30)
        for _ in range(3):
            shown.retry(LIMITED)
        so_far = "\n".join(lines_on(console))
        shown("articles", 30, 30)
    assert so_far.count("rate limit: GET /articles waits 1.0 s (retry 1 of 3)") == 1
    assert "2 more retries" in "\n".join(lines_on(console))
