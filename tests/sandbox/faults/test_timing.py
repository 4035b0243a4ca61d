"""Faults of time and number: Retry-After, delays, several rules, the seed."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from myonlinestore import ConnectClient, RateLimitError, ServerError
from myonlinestore.sandbox import Sandbox
from tests.sandbox.fault_cases import get


@pytest.fixture
def recorded_delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the delays in seconds, without waiting for them."""
    delays: list[float] = []

    async def pause(_scope: object, seconds: float) -> None:
        delays.append(seconds)

    monkeypatch.setattr("myonlinestore.sandbox.faults.injector.pause", pause)
    return delays


def test_retry_after_is_seconds(clean_sandbox: Sandbox, client: ConnectClient) -> None:
    """The seconds of the rule are those of the header, and of the client's error."""
    clean_sandbox.faults.add("getStore status=429 retry_after=120")
    response = get(clean_sandbox)
    assert response.headers["retry-after"] == "120"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "Too Many Requests"
    with pytest.raises(RateLimitError) as caught:
        client.store.get()
    assert caught.value.retry_after == 120


def test_retry_after_is_a_date(clean_sandbox: Sandbox, client: ConnectClient) -> None:
    """The header's date is the given number of seconds from now, and the client parses it."""
    clean_sandbox.faults.add("getStore status=503 retry_after_date=120")
    moment = parsedate_to_datetime(get(clean_sandbox).headers["retry-after"])
    assert 115 < moment.timestamp() - time.time() <= 121
    with pytest.raises(ServerError) as caught:
        client.store.get()
    assert caught.value.retry_after is not None
    assert 115 < caught.value.retry_after <= 121


def test_nonstandard_statuses_are_returned(clean_sandbox: Sandbox) -> None:
    """A proxy's own status, such as 520, can be asked for."""
    clean_sandbox.faults.add("getStore status=520")
    assert get(clean_sandbox).json()["status"] == 520


def test_a_delay_precedes_the_response(clean_sandbox: Sandbox) -> None:
    """A response takes at least as long as its delay."""
    clean_sandbox.faults.add("getStore delay=0.05")
    start = time.monotonic()
    assert get(clean_sandbox).status_code == 200
    assert time.monotonic() - start >= 0.05


def test_a_spread_delay_is_the_seeds(clean_sandbox: Sandbox, recorded_delays: list[float]) -> None:
    """Each delay lies within its bounds; the same seed gives the same ones."""
    for _ in range(2):
        clean_sandbox.reset()
        clean_sandbox.faults.add("getStore delay=0.2-0.9")
        for _ in range(5):
            get(clean_sandbox)
    assert recorded_delays[:5] == recorded_delays[5:]
    assert len(set(recorded_delays[:5])) == 5
    assert all(0.2 <= seconds <= 0.9 for seconds in recorded_delays)


def test_a_sandbox_stops_without_waiting_for_delayed_responses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Leaving ends delays at once, and nothing is logged about it."""
    with Sandbox(articles=0, faults=["* delay=600"]) as sandbox:
        with pytest.raises(httpx.ReadTimeout):
            get(sandbox, timeout=0.05)
        start = time.monotonic()
    assert time.monotonic() - start < 5
    assert [record.message for record in caplog.records if "uvicorn" in record.name] == []


def test_rules_work_together(clean_sandbox: Sandbox, recorded_delays: list[float]) -> None:
    """Delays add up; the first rule with a status, drop or body determines the response."""
    for rule in ("* delay=1", "getStore delay=2 status=502", "getStore status=503"):
        clean_sandbox.faults.add(rule)
    assert get(clean_sandbox).status_code == 502
    assert recorded_delays == [3]
    assert clean_sandbox.journal.requests()[-1].fault == (
        "* delay=1; getStore delay=2 status=502; getStore status=503"
    )


def test_a_refused_token_meets_no_fault(clean_sandbox: Sandbox) -> None:
    """Requests without the token are a 401, and no rule counts them."""
    clean_sandbox.faults.add("getStore nth=1 status=500")
    assert httpx.get(f"{clean_sandbox.url}/v1/store").status_code == 401
    assert get(clean_sandbox).status_code == 500


def test_rules_are_start_options() -> None:
    """Rules given at the start apply from the first request, and survive a reset."""
    with Sandbox(articles=0, faults=["getStore nth=1 status=500"]) as sandbox:
        assert [get(sandbox).status_code for _ in range(2)] == [500, 200]
        sandbox.faults.add("getStore status=502")
        sandbox.reset()
        assert [get(sandbox).status_code for _ in range(2)] == [500, 200]


def test_a_run_is_the_seeds() -> None:
    """Two sandboxes with the same seed respond with the same statuses."""
    runs: list[list[int]] = []
    for seed in (1, 1, 2):
        rules = ["getStore probability=0.4 status=500", "get* every=3 burst=2 status=503"]
        with Sandbox(articles=0, seed=seed, faults=rules) as sandbox, httpx.Client() as line:
            token = {"token": sandbox.store_token}
            url = f"{sandbox.url}/v1/store"
            runs.append([line.get(url, params=token).status_code for _ in range(60)])
    assert runs[0] == runs[1] != runs[2]


def test_an_outage_lasts_for_its_duration(clean_sandbox: Sandbox) -> None:
    """All matching requests fail for the duration, by the sandbox's clock, and then none does."""
    clean_sandbox.clock.freeze("2025-06-01 12:00:00")
    rule = clean_sandbox.faults.add("* nth=2 status=503 duration=30")
    assert [get(clean_sandbox).status_code for _ in range(4)] == [200, 503, 503, 503]
    clean_sandbox.clock.advance(29.9)
    assert get(clean_sandbox).status_code == 503
    clean_sandbox.clock.advance(0.1)
    assert [get(clean_sandbox).status_code for _ in range(2)] == [200, 200]
    assert clean_sandbox.faults.trigger_count(rule) == 4


def test_an_outage_can_return(clean_sandbox: Sandbox) -> None:
    """A rule that triggers again begins another outage, up to its maximum number of triggers."""
    clean_sandbox.clock.freeze()
    clean_sandbox.faults.add("getStore nth=1,3 status=503 duration=10 times=3")
    assert get(clean_sandbox).status_code == 503
    clean_sandbox.clock.advance(10)
    assert [get(clean_sandbox).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_token_is_revoked_midway(clean_sandbox: Sandbox) -> None:
    """An open range of positions with a 401 is a token that is revoked at a request."""
    clean_sandbox.faults.add("* nth=3- status=401")
    assert [get(clean_sandbox).status_code for _ in range(5)] == [200, 200, 401, 401, 401]


@pytest.mark.parametrize(("step", "day"), [(86_400, "2025-06-02"), (-86_400, "2025-05-31")])
def test_a_clock_may_be_ahead_or_behind(
    clean_sandbox: Sandbox, client: ConnectClient, step: float, day: str
) -> None:
    """The Date header, new timestamps and a Retry-After date follow the sandbox's clock."""
    clean_sandbox.clock.freeze("2025-06-01 12:00:00")
    clean_sandbox.clock.advance(step)
    now = clean_sandbox.clock()
    response = get(clean_sandbox)
    assert parsedate_to_datetime(response.headers["date"]) == now
    assert client.articles.create(body={"name": "Lamp"}).created_date == day
    assert parsedate_to_datetime(get(clean_sandbox, "/v1/nothing").headers["date"]) == now
    clean_sandbox.faults.add("getStore status=503 retry_after_date=60")
    late = parsedate_to_datetime(get(clean_sandbox).headers["retry-after"])
    assert late == now + timedelta(seconds=60)
