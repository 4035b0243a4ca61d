"""Filters are sent in the formats that the vendor documents."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from myonlinestore import ConnectClient, PaginatedResponse
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def parametrize_keywords(annotation: str) -> list[Any]:
    """Return each operation and keyword whose annotation contains the text."""
    return [
        pytest.param(operation, name, id=f"{operation.call}-{name}")
        for operation in OPERATIONS
        for name, parameter in inspect.signature(
            operation.get_method(ConnectClient("t"))
        ).parameters.items()
        if annotation in str(parameter.annotation)
    ]


def is_day(operation: Operation, name: str) -> bool:
    """Return True if the documented format is a date; other filters take a date and a time."""
    return name in ("start_date", "end_date") or operation.call == "discount_codes.list"


async def get_sent_values(
    operation: Operation, name: str, value: object, prefix: str = ""
) -> list[str]:
    """Return the values that are sent for a keyword."""
    recorder = RecordingTransport(operation.response)
    async with recorder.make_client() as client:
        await call_method(
            operation.get_method(client, prefix), **{**operation.required, name: value}
        )
    return [text for key, text in recorder.query if key == name]


@pytest.mark.parametrize(("operation", "name"), parametrize_keywords("datetime"))
@sync_and_async
async def test_times_have_the_documented_format(
    operation: Operation, name: str, prefix: str
) -> None:
    """Datetimes and dates are sent in the documented format, aware ones in Dutch time."""
    naive = dt.datetime.fromisoformat("2024-05-06 07:08:09.123456")
    summer = dt.datetime(2024, 7, 1, 22, 30, tzinfo=dt.timezone.utc)
    winter = dt.datetime(2024, 1, 1, 22, 30, tzinfo=dt.timezone.utc)
    day = is_day(operation, name)
    expected = {
        naive: "2024-05-06" if day else "2024-05-06 07:08:09",
        summer: "2024-07-02" if day else "2024-07-02 00:30:00",
        winter: "2024-01-01" if day else "2024-01-01 23:30:00",
        dt.date(2024, 5, 6): "2024-05-06" if day else "2024-05-06 00:00:00",
        dt.datetime.fromisoformat("0001-01-01"): "0001-01-01" if day else "0001-01-01 00:00:00",
        "2024-05-06T07:08": "2024-05-06T07:08",
    }
    for value, text in expected.items():
        assert await get_sent_values(operation, name, value, prefix) == [text]


@pytest.mark.parametrize(
    "zone",
    [AMSTERDAM, ZoneInfo("America/New_York"), dt.timezone(dt.timedelta(hours=-9, minutes=-30))],
)
async def test_time_zones_are_converted(zone: dt.tzinfo) -> None:
    """An aware datetime in any zone is sent as the same time in the store's zone."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    aware = dt.datetime(2024, 3, 31, 1, 59, 59, tzinfo=dt.timezone.utc).astimezone(zone)
    # Daylight saving time has begun in the store's zone.
    assert await get_sent_values(operation, "changed_start_date", aware) == ["2024-03-31 03:59:59"]


@pytest.mark.parametrize(("operation", "name"), parametrize_keywords("bool"))
async def test_booleans_are_sent_as_words(operation: Operation, name: str) -> None:
    """Booleans are sent as true or false, and None is omitted."""
    assert await get_sent_values(operation, name, True) == ["true"]
    assert await get_sent_values(operation, name, False) == ["false"]
    assert await get_sent_values(operation, name, None) == []


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        ([1, 2], ["1", "2"]),
        ((1,), ["1"]),
        (range(3), ["0", "1", "2"]),
        ({7: "a"}.keys(), ["7"]),
        (["1", "a&b=c"], ["1", "a&b=c"]),
    ],
)
@sync_and_async
async def test_ids_repeat_their_name(ids: Any, texts: list[str], prefix: str) -> None:
    """Each id is sent as a parameter of its own."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    assert await get_sent_values(operation, "ids", ids, prefix) == texts
    assert await get_sent_values(operation, "ids", iter(ids), prefix) == texts


async def test_uuids_repeat_their_name() -> None:
    """Each UUID, or its text, is sent as a parameter of its own."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    uuid = UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    assert await get_sent_values(operation, "uuids", [uuid, "b"]) == [str(uuid), "b"]


@pytest.mark.parametrize("name", ["ids", "uuids"])
@pytest.mark.parametrize("empty", [[], (), set(), range(0), {}.keys()])
@sync_and_async
async def test_an_empty_filter_sends_no_request(name: str, empty: Any, prefix: str) -> None:
    """An empty filter returns an empty page without a request, which would list every article."""
    recorder = RecordingTransport([{"id": 1}])
    async with recorder.make_client() as client:
        method = getattr(client.articles, f"{prefix}list")
        page = await call_method(method, limit=20, offset=40, **{name: empty})
        assert page == PaginatedResponse([], limit=20, offset=40, total=0)
        assert not page.has_next
        assert await call_method(method, **{name: empty}) == PaginatedResponse([], 50, 0, total=0)
        with pytest.raises(ValueError, match="limit"):
            await call_method(method, limit=0, **{name: empty})
    assert recorder.requests == []


@sync_and_async
async def test_an_empty_iterator_raises(prefix: str) -> None:
    """An empty iterator, which is detected only when it is read, raises before the request."""
    recorder = RecordingTransport([{"id": 1}])
    async with recorder.make_client() as client:
        with pytest.raises(ValueError, match=r"^ids is an empty list"):
            await call_method(getattr(client.articles, f"{prefix}list"), ids=iter([]))
        with pytest.raises(ValueError, match=r"^ids is an empty list"):
            await call_method(
                getattr(client, f"{prefix}request"),
                method="GET",
                path="/articles",
                params={"ids": []},
            )
    assert recorder.requests == []


async def test_text_filters_are_quoted() -> None:
    """Characters with a meaning in a query are quoted."""
    (operation,) = (o for o in OPERATIONS if o.call == "orders.list")
    for text in ("jan+piet@example.nl", "a&b=c", "50%", "ü 日本", "#x?", ""):
        assert await get_sent_values(operation, "debtor_email", text) == [text]
