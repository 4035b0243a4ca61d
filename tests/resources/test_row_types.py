"""Lists whose rows are decoded to a type of the caller."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient, DecodeError, aiterate_all, iterate_all
from myonlinestore.models import Article, Order
from myonlinestore.resources import filters
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport, call_method

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])
LISTS = [o for o in OPERATIONS if o.is_list]


class Price(msgspec.Struct):
    default: str | None = None


class Mine(msgspec.Struct):
    """A few fields of an article, with the price as text."""

    id: int
    name: str | None = None
    price: Price | None = None


class Sums(msgspec.Struct, rename={"number": "id"}):
    """An amount as an exact number, and a renamed field."""

    number: int
    price: Decimal | None = None


class Narrow(Article):
    """A subclass of a model with another field."""

    bin_code: str | None = None


class AsDict(TypedDict, total=False):
    id: int
    name: str


@dataclasses.dataclass
class AsDataclass:
    id: int
    name: str = ""


class NothingKnown(msgspec.Struct):
    """A row without any field of the API."""

    nothing: int = 0


async def list_rows(response: Any, model: Any, prefix: str = "") -> list[Any]:
    async with RecordingTransport(response).make_client() as client:
        respond = await call_method(getattr(client.articles, f"{prefix}list"), model=model)
    items: list[Any] = respond.items
    return items


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.call)
@sync_and_async
async def test_each_list_decodes_to_a_model(operation: Operation, prefix: str) -> None:
    """Each list method, with and without an envelope, returns rows of the given type."""
    for response in (operation.response, operation.content):
        recorder = RecordingTransport(response)
        async with recorder.make_client() as client:
            method = operation.get_method(client, prefix)
            (as_dict,) = await call_method(method, **operation.required, model=dict[str, Any])
            (row,) = await call_method(method, **operation.required, model=NothingKnown)
            (article,) = await call_method(method, **operation.required, model=None)
        assert as_dict == operation.item
        assert row == NothingKnown()
        assert type(article) is operation.returns
        assert not any("model" in str(request.url) for request in recorder.requests)


@sync_and_async
async def test_rows_are_of_the_model(prefix: str) -> None:
    """Structs, Models, dataclasses, TypedDicts and mappings are valid types of rows."""
    response = [{"id": 7, "name": "Bike", "bin_code": "A3", "stock": None}]
    assert await list_rows(response, Mine, prefix) == [Mine(id=7, name="Bike")]
    assert await list_rows(response, Annotated[Mine, msgspec.Meta(title="Mine")], prefix) == [
        Mine(id=7, name="Bike")
    ]
    assert await list_rows(response, Narrow, prefix) == [Narrow(id=7, name="Bike", bin_code="A3")]
    assert await list_rows(response, AsDataclass, prefix) == [AsDataclass(7, "Bike")]
    assert await list_rows(response, AsDict, prefix) == [{"id": 7, "name": "Bike"}]
    assert await list_rows(response, dict[str, Any], prefix) == response
    assert await list_rows(response, dict, prefix) == response
    assert await list_rows(response, Any, prefix) == response
    (raw,) = await list_rows(response, msgspec.Raw, prefix)
    assert msgspec.json.decode(raw) == response[0]


@pytest.mark.parametrize("identifier", [b"1", b'"1.0"'], ids=["as documented", "malformed"])
async def test_money_stays_exact(identifier: bytes) -> None:
    """A number keeps its exact digits in a text field, and in a Decimal."""
    amount = "0.100000000000000000000000000010"
    row = b'{"id": %b, "price": %b}' % (identifier, amount.encode())
    (sums,) = await list_rows(httpx.Response(200, content=b"[%b]" % row), Sums)
    assert (sums.number, str(sums.price)) == (1, amount)
    row = b'[{"id": %b, "price": {"default": 12.50}}]' % identifier
    (own_row,) = await list_rows(httpx.Response(200, content=row), Mine)
    assert own_row == Mine(id=1, price=Price("12.50"))


async def test_malformed_values_are_normalized() -> None:
    """A Struct of the caller is normalized like the documented models."""
    malformed = {"12": {"name": 5, "price": [], "stock": ""}, "13": {"name": None}}
    assert await list_rows(malformed, Mine) == [Mine(id=12, name="5"), Mine(id=13)]
    assert await list_rows([{"id": "5.0", "price": ""}], Sums) == [Sums(number=5)]


@pytest.mark.parametrize("model", [AsDataclass, AsDict, msgspec.Raw, AsDataclass | None])
@pytest.mark.parametrize("key", ["0", "12"])
async def test_a_map_of_rows_needs_a_struct_or_a_dict(model: Any, key: str) -> None:
    """A map of rows is refused for a type with no known field for its keys."""
    with pytest.raises(DecodeError, match=r"needs a msgspec\.Struct, a dict or Any"):
        await list_rows({key: {"id": 12, "name": "Bike"}}, model)


@pytest.mark.parametrize("model", [dict, dict[str, Any], Any])
async def test_a_map_of_rows_loses_no_key(model: Any) -> None:
    """The rows of a map are its values, with its keys as ids."""
    assert await list_rows({"0": {"id": 12}, "1": {"id": 13}}, model) == [{"id": 12}, {"id": 13}]
    assert await list_rows({"12": {"name": "Bike"}}, model) == [{"name": "Bike", "id": "12"}]


class WithNestedRows(msgspec.Struct):
    id: int
    anything: list[Any] = []
    rows: list[AsDataclass] = []
    kinds: list[Literal["a", "b"]] = []


async def test_a_nested_map_is_refused_or_kept_whole() -> None:
    """A map within a row becomes a list of its items, or an error that names its path."""
    (row,) = await list_rows(
        [{"id": 1, "anything": {"0": {"x": 1}}, "kinds": {"0": "a"}}], WithNestedRows
    )
    assert row == WithNestedRows(1, anything=[{"x": 1}], kinds=["a"])
    with pytest.raises(DecodeError, match="Expected array, got object") as error:
        await list_rows([{"id": 1, "rows": {"0": {"id": 2}}}], WithNestedRows)
    assert error.value.json_path == "$[0].rows"


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    id: int


class Tagged(msgspec.Struct, tag_field="kind", tag="bike"):
    id: int


async def test_the_constraints_of_a_struct_apply() -> None:
    """A Struct that forbids unknown fields, or has a tag, also rejects malformed rows."""
    for model, key in ((Closed, "name"), (Tagged, "kind")):
        assert await list_rows([{"id": "5.0"}], model) == [model(id=5)]
        for identifier in (5, "5.0"):
            with pytest.raises(DecodeError) as caught:
                await list_rows([{"id": 1}, {"id": identifier, key: "boat"}], model)
            assert caught.value.index == 1
    assert await list_rows([{"id": "5.0", "kind": "bike"}], Tagged) == [Tagged(id=5)]


@pytest.mark.parametrize("model", [Mine, AsDataclass, AsDict, dict[str, int], Mine | None])
async def test_an_invalid_row_is_located(model: Any) -> None:
    """An invalid row raises DecodeError with its index and the path in the page."""
    with pytest.raises(DecodeError, match="row 1 is not a valid") as caught:
        await list_rows([{"id": 1}, {"id": [{}]}], model)
    assert caught.value.index == 1
    assert caught.value.json_path == ("$[1][...]" if model == dict[str, int] else "$[1].id")


class Pair(typing.NamedTuple):
    """A type that is an array in the JSON."""

    id: int
    name: str


class Undecodable:
    """A class that JSON cannot be decoded to."""


@pytest.mark.parametrize(
    "model",
    [
        *(Mine(id=1), "Mine", 7, [Mine], {"id": int}, Undecodable, object, Mine | AsDict),
        *(list, list[int], list[Mine], tuple, tuple[int, str], set, int, str, bool, float, bytes),
        *(None.__class__, int | None, Mine | int, dict[str, int] | list[int], datetime, Pair),
    ],
    ids=str,
)
@sync_and_async
async def test_an_invalid_row_type_raises(model: Any, prefix: str) -> None:
    """An instance, or a type that no row can be decoded to, raises before a request is sent."""
    recorder = RecordingTransport([])
    async with recorder.make_client() as client:
        with pytest.raises(
            TypeError, match=r"^model must be a type to decode each row to"
        ) as caught:
            await call_method(getattr(client.articles, f"{prefix}list"), model=model)
        with pytest.raises(TypeError, match=r"^model must be a type"):
            client.customers.list(model=model)
        with pytest.raises(TypeError, match=r"^model must be a type"):
            iterate_all(client.articles.list, model=model)
        with pytest.raises(TypeError, match=r"^model must be a type"):
            aiterate_all(client.articles.alist, model=model, concurrency=4)
    assert str(caught.value).endswith(f"got {model!r}")
    assert recorder.requests == []


class Numbered(msgspec.Struct):
    """An order whose key field has another name."""

    order: int = msgspec.field(name="number")


async def test_pagination_decodes_to_a_type() -> None:
    """Pagination decodes to the type, and identifies rows by their key under any name."""
    orders = [{"number": number} for number in range(1, 6)]

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            return httpx.Response(200, json={"count": len(orders)})
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        return httpx.Response(200, json=orders[offset : offset + limit])

    for model in (Numbered, Order, dict[str, int]):
        recorder = RecordingTransport(respond)
        async with recorder.make_client() as client:
            items = list(iterate_all(client.orders.list, page_size=3, model=model))
            iterator = aiterate_all(client.orders.alist, page_size=3, model=model)
            assert [row async for row in iterator] == items
        assert items == msgspec.convert(orders, list[model])  # type: ignore[valid-type]
        offsets = [request.url.params.get("offset") for request in recorder.requests]
        assert offsets == ["0", None, "2", "4"] * 2


@pytest.mark.parametrize(
    ("call", "keywords"),
    [
        ("articles.list", filters.ArticleFilters),
        ("categories.list", filters.CategoryFilters),
        ("customers.list", filters.CustomerFilters),
        ("discount_codes.list", filters.DiscountCodeFilters),
        ("newsletter.list", filters.SubscriberFilters),
        ("orders.list", filters.OrderFilters),
    ],
)
def test_filters_are_the_keywords_of_methods(call: str, keywords: Any) -> None:
    """The TypedDict of a list's keywords has the names and types of its method."""
    resource, _, name = call.partition(".")
    method = getattr(getattr(ConnectClient("t"), resource), name)
    accepted = typing.get_type_hints(method)
    declared = typing.get_type_hints(keywords)
    deprecated = {
        "newsletter": {"activate"},
        "orders": set(typing.get_type_hints(filters.CreatedChangedFilters)),
    }
    deprecated["orders"] -= {"limit", "offset"}
    explicit = set(inspect.signature(method).parameters) - {"model", "legacy_filters"}
    assert declared.keys() == explicit | deprecated.get(resource, set())
    assert {key: declared[key] for key in explicit} == {key: accepted[key] for key in explicit}
