"""The keys that identify rows, as values of a caller's own row types."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypedDict

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient, aiterate_all, iterate_all
from myonlinestore.models import Article
from tests.support.recording_transport import RecordingTransport

pytestmark = pytest.mark.anyio


class IntId(msgspec.Struct):
    id: int
    name: str


class TextUuid(msgspec.Struct):
    uuid: str
    name: str


class TypedUuid(msgspec.Struct):
    uuid: uuid.UUID
    name: str


class DecimalId(msgspec.Struct):
    id: Decimal
    name: str


class FloatId(msgspec.Struct):
    id: float
    name: str


class RenamedUuid(msgspec.Struct, rename={"key": "uuid"}):
    key: uuid.UUID
    name: str


class TupleUuid(msgspec.Struct):
    """A row whose key is an array in the JSON."""

    uuid: tuple[int, str]
    name: str


@dataclasses.dataclass
class DataclassUuid:
    uuid: uuid.UUID
    name: str


@dataclasses.dataclass
class DataclassId:
    id: Decimal
    name: str


class TypedDictUuid(TypedDict):
    uuid: uuid.UUID
    name: str


Row = dict[str, Any]


def make_row(number: int) -> Row:
    return {"id": number, "uuid": str(uuid.UUID(int=number)), "name": f"n{number}"}


def make_row_with_tuple_key(number: int) -> Row:
    return {"uuid": [number, "nl"], "name": f"n{number}"}


ROW_TYPES: list[tuple[Any, Callable[[int], Any]]] = [
    *((model, make_row) for model in (IntId, TextUuid, TypedUuid, DecimalId, FloatId)),
    *((model, make_row) for model in (RenamedUuid, DataclassUuid, DataclassId, TypedDictUuid)),
    (dict[str, Any], make_row),
    (Article, make_row),
    (TupleUuid, make_row_with_tuple_key),
]


def connect(
    create_row: Callable[[int], Any], change: Callable[[list[Any]], None], *, counted: bool
) -> ConnectClient:
    """Return a client of a store of 500 articles that changes after the first page."""
    rows, lock = [create_row(number) for number in range(1, 501)], threading.Lock()
    changes = [change]

    def respond(request: httpx.Request) -> httpx.Response:
        with lock:
            if request.url.path.endswith("/count"):
                return httpx.Response(200 if counted else 403, json={"count": len(rows)})
            first = int(request.url.params["offset"])
            page = rows[first : first + int(request.url.params["limit"])]
            while changes:
                changes.pop()(rows)
            return httpx.Response(200, json=page)

    return RecordingTransport(respond).make_client()


def get_name(row: Any) -> str:
    name: str = row["name"] if isinstance(row, dict) else row.name
    return name


def get_id(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("model", "create_row"), ROW_TYPES, ids=get_id)
@pytest.mark.parametrize("change", ["delete", "insert"])
@pytest.mark.parametrize("counted", [True, False], ids=["counted", "uncounted"])
@pytest.mark.parametrize("concurrency", [1, 8])
async def test_rows_of_any_type_are_identified(
    model: Any, create_row: Callable[[int], Any], change: str, counted: bool, concurrency: int
) -> None:
    """When 30 rows are deleted or inserted in front, no other row is lost, and none comes twice."""

    def delete(rows: list[Any]) -> None:
        del rows[:30]

    def insert(rows: list[Any]) -> None:
        rows[:0] = [create_row(number) for number in range(9000, 9030)]

    def check(found: list[Any]) -> None:
        names = [get_name(row) for row in found]
        assert len(names) == len(set(names))
        throughout = range(31 if change == "delete" else 1, 501)
        assert set(names) >= {f"n{number}" for number in throughout}

    applied = delete if change == "delete" else insert
    options: dict[str, Any] = {"model": model, "concurrency": concurrency}
    async with connect(create_row, applied, counted=counted) as client:
        check(list(iterate_all(client.articles.list, **options)))
    async with connect(create_row, applied, counted=counted) as client:
        check([row async for row in aiterate_all(client.articles.alist, **options)])


class BothIds(msgspec.Struct):
    id: int
    uuid: str


@dataclasses.dataclass
class BothIdsDataclass:
    id: int
    uuid: uuid.UUID


@pytest.mark.parametrize("model", [None, BothIds, BothIdsDataclass, dict[str, Any]], ids=get_id)
@pytest.mark.parametrize("identifier", [0, 7])
@pytest.mark.parametrize("concurrency", [1, 8])
async def test_the_uuid_identifies_rows_with_the_same_id(
    model: Any, identifier: int, concurrency: int
) -> None:
    """Rows with distinct uuids are all yielded, whatever their id, which the vendor deprecates."""
    async with connect(
        lambda number: make_row(number) | {"id": identifier}, lambda rows: None, counted=True
    ) as client:
        options: dict[str, Any] = {"model": model, "concurrency": concurrency}
        assert len(list(iterate_all(client.articles.list, **options))) == 500
        rows = aiterate_all(client.articles.alist, **options)
        assert len([row async for row in rows]) == 500
