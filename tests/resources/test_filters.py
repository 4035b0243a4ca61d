"""Filters go out in the formats that the vendor documents for each."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from myonlinestore import ConnectClient, PaginatedResponse
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import Recorder, called

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def keywords(annotated: str) -> list[Any]:
    """Operations with each of their keywords that takes such a type."""
    return [
        pytest.param(operation, name, id=f"{operation.call}-{name}")
        for operation in OPERATIONS
        for name, parameter in inspect.signature(
            operation.method(ConnectClient("t"))
        ).parameters.items()
        if annotated in str(parameter.annotation)
    ]


def is_day(operation: Operation, name: str) -> bool:
    """Whether the vendor documents a date here; every other time filter is a date and a time."""
    return name in ("start_date", "end_date") or operation.call == "discount_codes.list"


async def sent(operation: Operation, name: str, value: object, prefix: str = "") -> list[str]:
    """The values under which a keyword arrives."""
    recorder = Recorder(operation.answer)
    async with recorder.client() as client:
        await called(operation.method(client, prefix), **{**operation.needed, name: value})
    return [text for key, text in recorder.query if key == name]


@pytest.mark.parametrize(("operation", "name"), keywords("datetime"))
@sync_and_async
async def test_a_moment_has_the_vendors_format(
    operation: Operation, name: str, prefix: str
) -> None:
    """A datetime, a date and a text arrive in the documented format, aware ones in Dutch time."""
    moment = dt.datetime.fromisoformat("2024-05-06 07:08:09.123456")
    summer = dt.datetime(2024, 7, 1, 22, 30, tzinfo=dt.timezone.utc)
    winter = dt.datetime(2024, 1, 1, 22, 30, tzinfo=dt.timezone.utc)
    day = is_day(operation, name)
    wanted = {
        moment: "2024-05-06" if day else "2024-05-06 07:08:09",
        summer: "2024-07-02" if day else "2024-07-02 00:30:00",
        winter: "2024-01-01" if day else "2024-01-01 23:30:00",
        dt.date(2024, 5, 6): "2024-05-06" if day else "2024-05-06 00:00:00",
        dt.datetime.fromisoformat("0001-01-01"): "0001-01-01" if day else "0001-01-01 00:00:00",
        "2024-05-06T07:08": "2024-05-06T07:08",
    }
    for value, text in wanted.items():
        assert await sent(operation, name, value, prefix) == [text]


@pytest.mark.parametrize(
    "zone",
    [AMSTERDAM, ZoneInfo("America/New_York"), dt.timezone(dt.timedelta(hours=-9, minutes=-30))],
)
async def test_a_zone_is_converted_not_dropped(zone: dt.tzinfo) -> None:
    """A moment in another zone is the same moment at the store."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    moment = dt.datetime(2024, 3, 31, 1, 59, 59, tzinfo=dt.timezone.utc).astimezone(zone)
    # One second later the clocks of the store have gone forward.
    assert await sent(operation, "changed_start_date", moment) == ["2024-03-31 03:59:59"]


@pytest.mark.parametrize(("operation", "name"), keywords("bool"))
async def test_a_switch_is_true_or_false(operation: Operation, name: str) -> None:
    """Booleans arrive as the words that the vendor reads, and None does not arrive."""
    assert await sent(operation, name, True) == ["true"]
    assert await sent(operation, name, False) == ["false"]
    assert await sent(operation, name, None) == []


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
    """Several ids are sent as one parameter each."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    assert await sent(operation, "ids", ids, prefix) == texts
    assert await sent(operation, "ids", iter(ids), prefix) == texts


async def test_uuids_repeat_their_name() -> None:
    """UUIDs are sent as one parameter each, as text or as UUID."""
    (operation,) = (o for o in OPERATIONS if o.call == "articles.list")
    one = UUID("3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    assert await sent(operation, "uuids", [one, "b"]) == [str(one), "b"]


@pytest.mark.parametrize("name", ["ids", "uuids"])
@pytest.mark.parametrize("nothing", [[], (), set(), range(0), {}.keys()])
@sync_and_async
async def test_no_ids_ask_for_nothing(name: str, nothing: Any, prefix: str) -> None:
    """An empty filter is an empty page and no request: the vendor would send every article."""
    recorder = Recorder([{"id": 1}])
    async with recorder.client() as client:
        method = getattr(client.articles, f"{prefix}list")
        page = await called(method, limit=20, offset=40, **{name: nothing})
        assert page == PaginatedResponse([], limit=20, offset=40, total=0)
        assert not page.has_next
        assert await called(method, **{name: nothing}) == PaginatedResponse([], 50, 0, total=0)
        with pytest.raises(ValueError, match="limit"):
            await called(method, limit=0, **{name: nothing})
    assert recorder.requests == []


@sync_and_async
async def test_an_exhausted_iterator_is_refused(prefix: str) -> None:
    """An iterator shows only while it is read that it holds nothing; then it raises, unsent."""
    recorder = Recorder([{"id": 1}])
    async with recorder.client() as client:
        with pytest.raises(ValueError, match=r"^ids is an empty list"):
            await called(getattr(client.articles, f"{prefix}list"), ids=iter([]))
        with pytest.raises(ValueError, match=r"^ids is an empty list"):
            await called(
                getattr(client, f"{prefix}request"),
                method="GET",
                path="/articles",
                params={"ids": []},
            )
    assert recorder.requests == []


async def test_a_text_filter_arrives_as_it_is() -> None:
    """Signs that mean something in a query are quoted."""
    (operation,) = (o for o in OPERATIONS if o.call == "orders.list")
    for text in ("jan+piet@example.nl", "a&b=c", "50%", "ü 日本", "#x?", ""):
        assert await sent(operation, "debtor_email", text) == [text]
