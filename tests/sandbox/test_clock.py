"""The sandbox's clock: its timestamps, and how it is frozen, set and moved."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from myonlinestore import ConnectClient
from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.store.store import Clock
from tests.sandbox.fault_cases import get

NOON = datetime(2025, 4, 1, 12, tzinfo=timezone.utc)
SOON = timedelta(seconds=30)


def test_it_runs_with_the_machine() -> None:
    """An unchanged clock returns the current time in UTC."""
    assert datetime.now(timezone.utc) - Clock()() < SOON
    assert not Clock().frozen


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(tzinfo=None),
        "2025-04-01 12:00:00",
        "2025-04-01T12:00:00Z",
        "2025-04-01T14:00:00+02:00",
    ],
)
def test_formats_of_a_timestamp(moment: datetime | str) -> None:
    """Datetimes and texts, with a zone or (meaning UTC) without."""
    clock = Clock()
    clock.freeze(moment)
    assert clock() == NOON
    assert clock().tzinfo is timezone.utc


def test_a_frozen_clock_does_not_move() -> None:
    """A frozen time changes by explicit steps only, and continues from there."""
    clock = Clock()
    clock.freeze()
    first = clock()
    assert clock() == first
    assert clock.frozen
    clock.advance(90)
    clock.advance(timedelta(days=-1))
    assert clock() == first + timedelta(seconds=90) - timedelta(days=1)
    assert repr(clock) == f"<Clock {clock().isoformat()}, frozen>"
    frozen_at = clock()
    clock.run()
    assert not clock.frozen
    assert timedelta() <= clock() - frozen_at < SOON


def test_set_it_runs_on() -> None:
    """The clock continues from the time that is set, and moves by steps."""
    clock = Clock()
    clock.set(NOON)
    clock.advance(timedelta(hours=1))
    assert timedelta(hours=1) <= clock() - NOON < timedelta(hours=1) + SOON
    clock.reset()
    assert datetime.now(timezone.utc) - clock() < SOON


@pytest.mark.parametrize("wrong", ["noon", "2025-13-01", ""])
def test_invalid_timestamps_are_rejected(wrong: str) -> None:
    """Invalid text raises ValueError, and the clock does not change."""
    clock = Clock()
    clock.freeze(NOON)
    for change in (clock.set, clock.freeze):
        with pytest.raises(ValueError, match="invalid timestamp"):
            change(wrong)
    assert clock() == NOON


@pytest.mark.parametrize("step", [1e300, -1e12, timedelta.max])
def test_it_stays_within_the_calendar(step: float | timedelta) -> None:
    """A step out of the calendar raises ValueError, and the clock stays as it is."""
    clock = Clock()
    clock.freeze(NOON)
    with pytest.raises(ValueError, match="out of range"):
        clock.advance(step)
    assert clock() == NOON


def test_it_provides_the_timestamps_of_writes(
    clean_sandbox: Sandbox, client: ConnectClient
) -> None:
    """A new row is created at the clock's time, a changed one changed at it."""
    clean_sandbox.clock.freeze("2030-01-02 03:04:05")
    article = client.articles.create(body={"name": "Later"})
    clean_sandbox.clock.advance(60)
    assert article.id is not None
    changed = client.articles.update(article_id=article.id, body={"name": "Later still"})
    assert (changed.created_date, changed.created_time) == ("2030-01-02", "03:04:05")
    assert (changed.updated_date, changed.updated_time) == ("2030-01-02", "03:05:05")
    assert len(client.articles.list(changed_start_date="2030-01-02 03:05:05").items) == 1


def test_resetting_the_sandbox_resets_it(clean_sandbox: Sandbox) -> None:
    """After a reset the clock runs with the machine again."""
    clean_sandbox.clock.freeze(NOON)
    clean_sandbox.reset()
    assert not clean_sandbox.clock.frozen
    assert get(clean_sandbox).status_code == 200
