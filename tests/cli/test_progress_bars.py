"""The lines of the display on a terminal, at any width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from myonlinestore import RateLimitError, Retry, ServerError
from myonlinestore.cli.progress_bars import ProgressBars
from myonlinestore.mirror import OutageWait, PlannedSync, Traffic

PLANS = [
    PlannedSync("articles", True, None, False, 400, 0),
    PlannedSync("orders", True, None, False, 30, 0),
]
UNAVAILABLE = ServerError("503 GET /v1/orders: busy", 503)


def create_console(width: int) -> Console:
    """Return a console that writes into a string and moves no cursor."""
    return Console(width=width, file=io.StringIO(), color_system=None)


def create_bars(console: Console, *, max_rate: float | None = None) -> ProgressBars:
    """Return the display of a run that has read half of the articles with 12 requests."""
    bars = ProgressBars(console)
    traffic = Traffic(max_rate=max_rate)
    bars.start(PLANS, traffic)
    traffic.requests = 12
    bars("articles", 200, 400)
    return bars


def draw(bars: ProgressBars, console: Console) -> list[str]:
    """Return the lines of the display."""
    with console.capture() as capture:
        console.print(bars)
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_bars_fill_a_wide_terminal(width: int) -> None:
    """From 60 columns on, each resource and the run have a bar, and no line is too long."""
    console = create_console(width)
    articles, total, rates = draw(create_bars(console), console)
    assert articles.startswith("articles ")
    assert articles.endswith("200 of 400 rows")
    assert total.startswith("total ")
    assert total.endswith("200 of 430 rows")
    assert "━" in articles
    assert "━" in total
    assert rates.startswith("12 requests, ")
    assert max(map(len, (articles, total, rates))) <= width


@pytest.mark.parametrize("width", [20, 40, 59])
def test_a_narrow_terminal_has_numbers(width: int) -> None:
    """A terminal of less than 60 columns shows no bar, and a short last line."""
    console = create_console(width)
    articles, total, rates = draw(create_bars(console), console)
    assert articles.split() == ["articles", "200/400"]
    assert total.split() == ["total", "200/430"]
    assert "req/s" in rates
    assert "━" not in articles + total
    assert max(map(len, (articles, total, rates))) <= width


@pytest.mark.parametrize(("width", "shown"), [(80, " of 250 per second"), (40, "/250 req/s")])
def test_the_maximum_rate_is_shown(width: int, shown: str) -> None:
    """The rate is followed by its maximum, if there is one."""
    console = create_console(width)
    *_, rates = draw(create_bars(console, max_rate=250.0), console)
    assert shown in rates


def test_nothing_is_shown_before_the_first_row() -> None:
    """A run that has not read anything yet has no lines."""
    console = create_console(80)
    bars = ProgressBars(console)
    bars.start(PLANS, Traffic())
    assert draw(bars, console) == []


def test_a_list_of_unknown_length_has_its_rows() -> None:
    """A resource without a total shows the rows that were read."""
    console = create_console(80)
    bars = create_bars(console)
    bars("customers", 1_234, None)
    lines = draw(bars, console)
    (customers,) = [line for line in lines if line.startswith("customers ")]
    assert customers.endswith(" 1,234 rows")


def test_an_outage_is_announced_once() -> None:
    """The sentence is printed once, and the countdown is drawn until a row arrives."""
    console = create_console(120)
    bars = create_bars(console)
    with console.capture() as capture:
        bars.wait(OutageWait(UNAVAILABLE, 4.0, 900.0))
        bars.wait(OutageWait(UNAVAILABLE, 3.0, 899.0))
    assert capture.get().count("next attempt in") == 1
    assert draw(bars, console)[-1] == "no response: the run ends in 14:59"
    bars("articles", 300, 400)
    assert "no response" not in draw(bars, console)[-1]


def test_retries_are_printed_above_the_display() -> None:
    """Retries within a second are one sentence, and the rest is counted at the end."""
    console = create_console(120)
    limited = Retry("GET", "/articles", 1, 3, 1.0, RateLimitError("Too many"))
    with console.capture() as capture, create_bars(console) as bars:
        bars.retry(limited)
        bars.retry(limited)
    text = capture.get()
    assert text.count("rate limit: retrying GET /articles in 1.0 s (retry 1 of 3)") == 1
    assert "1 more retry" in text
