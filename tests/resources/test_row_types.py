"""Lists decoded to a caller's own type of row."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from decimal import Decimal
from typing import Any, TypedDict

import httpx
import msgspec
import pytest

from myonlinestore import ConnectClient, DecodeError, aiterate_all, iterate_all
from myonlinestore.models import Article, Order
from myonlinestore.resources import filters
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import Recorder, called

pytestmark = pytest.mark.anyio

sync_and_async = pytest.mark.parametrize("prefix", ["", "a"], ids=["sync", "async"])
LISTS = [o for o in OPERATIONS if o.many]


class Price(msgspec.Struct):
    default: str | None = None


class Mine(msgspec.Struct):
    """A few of an article's fields, as text where they are money."""

    id: int
    name: str | None = None
    price: Price | None = None


class Sums(msgspec.Struct, rename={"number": "id"}):
    """Amounts as exact numbers, and a name of one's own."""

    number: int
    price: Decimal | None = None


class Narrow(Article):
    """A model of ours with a field more."""

    shelf: str | None = None


class AsDict(TypedDict, total=False):
    id: int
    name: str


@dataclasses.dataclass
class AsDataclass:
    id: int
    name: str = ""


class NothingKnown(msgspec.Struct):
    """A row that names none of the wire's fields."""

    nothing: int = 0


async def rows(answer: Any, model: Any, prefix: str = "") -> list[Any]:
    async with Recorder(answer).client() as client:
        page = await called(getattr(client.articles, f"{prefix}list"), model=model)
    items: list[Any] = page.items
    return items


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.call)
@sync_and_async
async def test_each_list_decodes_to_a_model(operation: Operation, prefix: str) -> None:
    """Every list call, enveloped or not, gives rows of the type that it was asked for."""
    for answer in (operation.answer, operation.flat):
        recorder = Recorder(answer)
        async with recorder.client() as client:
            method = operation.method(client, prefix)
            (plain,) = await called(method, **operation.needed, model=dict[str, Any])
            (row,) = await called(method, **operation.needed, model=NothingKnown)
            (ours,) = await called(method, **operation.needed, model=None)
        assert plain == operation.item
        assert row == NothingKnown()
        assert type(ours) is operation.returns
        assert not any("model" in str(request.url) for request in recorder.requests)


@sync_and_async
async def test_rows_are_of_the_model(prefix: str) -> None:
    """A Struct, a Model, a dataclass, a TypedDict and a mapping hold what they name."""
    answer = [{"id": 7, "name": "Bike", "shelf": "A3", "stock": None}]
    assert await rows(answer, Mine, prefix) == [Mine(id=7, name="Bike")]
    assert await rows(answer, Narrow, prefix) == [Narrow(id=7, name="Bike", shelf="A3")]
    assert await rows(answer, AsDataclass, prefix) == [AsDataclass(7, "Bike")]
    assert await rows(answer, AsDict, prefix) == [{"id": 7, "name": "Bike"}]
    assert await rows(answer, dict[str, Any], prefix) == answer
    assert await rows(answer, dict, prefix) == answer
    assert await rows(answer, Any, prefix) == answer
    (raw,) = await rows(answer, msgspec.Raw, prefix)
    assert msgspec.json.decode(raw) == answer[0]


@pytest.mark.parametrize("identifier", [b"1", b'"1.0"'], ids=["as documented", "odd"])
async def test_money_stays_exact(identifier: bytes) -> None:
    """A number on the wire is its exact text in a field of text, and exact in a Decimal."""
    amount = "0.100000000000000000000000000010"
    row = b'{"id": %b, "price": %b}' % (identifier, amount.encode())
    (sums,) = await rows(httpx.Response(200, content=b"[%b]" % row), Sums)
    assert (sums.number, str(sums.price)) == (1, amount)
    row = b'[{"id": %b, "price": {"default": 12.50}}]' % identifier
    (mine,) = await rows(httpx.Response(200, content=row), Mine)
    assert mine == Mine(id=1, price=Price("12.50"))


async def test_odd_shapes_are_repaired() -> None:
    """A Struct of the caller's gets what the documented models get."""
    odd = {"12": {"name": 5, "price": [], "stock": ""}, "13": {"name": None}}
    assert await rows(odd, Mine) == [Mine(id=12, name="5"), Mine(id=13)]
    assert await rows([{"id": "5.0", "price": ""}], Sums) == [Sums(number=5)]


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    id: int


class Tagged(msgspec.Struct, tag_field="kind", tag="bike"):
    id: int


async def test_what_a_struct_asks_of_a_row_is_kept() -> None:
    """A Struct that forbids other fields, or has a tag, is as strict about odd rows."""
    for model, key in ((Closed, "name"), (Tagged, "kind")):
        assert await rows([{"id": "5.0"}], model) == [model(id=5)]
        for identifier in (5, "5.0"):
            with pytest.raises(DecodeError) as caught:
                await rows([{"id": 1}, {"id": identifier, key: "boat"}], model)
            assert caught.value.index == 1
    assert await rows([{"id": "5.0", "kind": "bike"}], Tagged) == [Tagged(id=5)]


@pytest.mark.parametrize("model", [Mine, AsDataclass, AsDict, dict[str, int], Mine | None])
async def test_a_row_that_does_not_fit_is_located(model: Any) -> None:
    """What cannot be decoded raises DecodeError with the row's index and the path in the page."""
    with pytest.raises(DecodeError, match="row 1 is not a valid") as caught:
        await rows([{"id": 1}, {"id": [{}]}], model)
    assert caught.value.index == 1
    assert caught.value.json_path == ("$[1][...]" if model == dict[str, int] else "$[1].id")


class Untold:
    """A class that JSON is not decoded to."""


@pytest.mark.parametrize(
    "model",
    [Mine(id=1), "Mine", 7, [Mine], {"id": int}, Untold, object, Mine | AsDict],
    ids=str,
)
@sync_and_async
async def test_what_is_no_type_of_row_is_refused(model: Any, prefix: str) -> None:
    """An instance, or a class that is not decoded, raises before anything is sent."""
    recorder = Recorder([])
    async with recorder.client() as client:
        with pytest.raises(
            TypeError, match=r"^model must be a type to decode each row to"
        ) as caught:
            await called(getattr(client.articles, f"{prefix}list"), model=model)
        with pytest.raises(TypeError, match=r"^model must be a type"):
            client.customers.list(model=model)
    assert str(caught.value).endswith(f"got {model!r}")
    assert recorder.requests == []


class Numbered(msgspec.Struct):
    """An order by what the vendor calls its number."""

    order: int = msgspec.field(name="number")


async def test_a_walk_decodes_to_a_model() -> None:
    """A walk passes the model on, and knows its rows by the vendor's key, under any name."""
    orders = [{"number": number} for number in range(1, 6)]

    def page(request: httpx.Request) -> httpx.Response:
        offset, limit = (int(request.url.params[name]) for name in ("offset", "limit"))
        return httpx.Response(200, json=orders[offset : offset + limit])

    for model in (Numbered, Order, dict[str, int]):
        recorder = Recorder(page)
        async with recorder.client() as client:
            found = list(iterate_all(client.orders.list, page_size=3, model=model))
            walk = aiterate_all(client.orders.alist, page_size=3, model=model)
            assert [row async for row in walk] == found
        assert found == msgspec.convert(orders, list[model])  # type: ignore[valid-type]
        assert [request.url.params["offset"] for request in recorder.requests] == [
            "0",
            "2",
            "4",
        ] * 2


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
def test_checkers_know_the_keywords(call: str, keywords: Any) -> None:
    """What type checkers are told of a list's keywords is what the method takes."""
    resource, _, name = call.partition(".")
    method = getattr(getattr(ConnectClient("t"), resource), name)
    taken = typing.get_type_hints(method)
    told = typing.get_type_hints(keywords)
    older = {
        "newsletter": {"activate"},
        "orders": set(typing.get_type_hints(filters.CreatedChangedFilters)),
    }
    older["orders"] -= {"limit", "offset"}
    explicit = set(inspect.signature(method).parameters) - {"model", "legacy_filters"}
    assert told.keys() == explicit | older.get(resource, set())
    assert {key: told[key] for key in explicit} == {key: taken[key] for key in explicit}
