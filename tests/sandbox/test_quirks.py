"""Quirks: the malformed shapes of live responses, which the client normalizes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api import OPERATIONS
from myonlinestore.sandbox.quirks import RESPONSE_MODELS, apply_quirks
from tests.sandbox.read_calls import get_result, make_read_calls

SEEDS = range(12)
TEXT_REPLIES = {"postUploadImage"}


READS = [operation.id for operation in OPERATIONS if operation.method == "GET"]


@pytest.fixture(scope="module")
def read_calls(readonly_sandbox: Sandbox) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the reads of the store that no test changes."""
    return make_read_calls(readonly_sandbox)


def test_every_read_is_tried(read_calls: dict[str, Any]) -> None:
    """These tests cover every operation that responds with JSON of a model."""
    assert set(read_calls) == set(READS)
    assert set(READS) <= set(RESPONSE_MODELS)
    with_models = {operation.id for operation in OPERATIONS if operation.method != "DELETE"}
    deletes = {"deleteArticleFields", "deleteArticleLists", "deleteArticleListOptions"}
    assert set(RESPONSE_MODELS) == (with_models | deletes) - TEXT_REPLIES


@pytest.mark.parametrize("operation", READS)
def test_the_client_decodes_quirks_to_the_same_models(
    readonly_sandbox: Sandbox, read_calls: dict[str, Any], operation: str
) -> None:
    """Every list and item decodes to the models of the plain response, for any seed."""
    with readonly_sandbox.client() as client:
        plain = get_result(client, read_calls[operation])
    seen: set[bytes] = set()
    for seed in SEEDS:
        with readonly_sandbox.client(
            transport=QuirkTransport(readonly_sandbox, operation, seed, seen.add)
        ) as client:
            assert get_result(client, read_calls[operation]) == plain
    assert len(seen) > 1


class QuirkTransport(httpx.BaseTransport):
    """A transport that applies the quirks of another seed to responses of the sandbox."""

    def __init__(
        self, readonly_sandbox: Sandbox, operation: str, seed: int, keep: Callable[[bytes], object]
    ) -> None:
        self._transport = httpx.HTTPTransport(verify=False)
        self._operation, self._seed, self._keep = operation, seed, keep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, and apply quirks to the response."""
        plain = self._transport.handle_request(request)
        response = Response(plain.read(), plain.status_code, media_type="application/json")
        quirky = apply_quirks(self._operation, response, self._seed)
        self._keep(bytes(quirky.body))
        return httpx.Response(quirky.status_code, content=bytes(quirky.body))

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()


@pytest.fixture(scope="module")
def quirky_sandbox() -> Iterator[Sandbox]:
    """Yield a sandbox with quirks."""
    with Sandbox(articles=120, quirks=True) as sandbox:
        yield sandbox


def get_json(sandbox: Sandbox, path: str, **params: object) -> Any:
    """Return the JSON of a response."""
    query: dict[str, Any] = {"token": sandbox.store_token, **params}
    response = httpx.get(f"{sandbox.url}/v1{path}", params=query, verify=False)
    assert response.status_code == 200
    return json.loads(response.content, parse_float=str)


def get_items(value: Any) -> list[Any]:
    """Return the items of a list or of a map of rows."""
    if isinstance(value, list):
        return value
    return list(value.values()) if all(isinstance(v, (dict, list)) for v in value.values()) else []


def get_pages(sandbox: Sandbox, path: str) -> list[Any]:
    """Return the JSON of twenty pages of different lengths, each with its own quirks."""
    return [get_json(sandbox, path, limit=limit) for limit in range(1, 21)]


def test_a_sandbox_with_quirks_has_all_of_them(quirky_sandbox: Sandbox) -> None:
    """Articles have every quirk that they can have."""
    pages = get_pages(quirky_sandbox, "/articles")
    articles = [article for page in pages for article in get_items(page)]
    assert {type(page) for page in pages} == {list, dict}
    assert {type(article.get("id")) for article in articles} >= {int, str}
    assert {repr(article["taxable"]) for article in articles} >= {"True", "'1'", "1"}
    assert {repr(article["can_backorder"]) for article in articles} >= {"False", "'0'", "''"}
    assert {article["stock"] for article in articles} & {None, ""} == {None, ""}
    variants = [variant for article in articles for variant in get_items(article["variants"])]
    options = [variant["options"] for variant in variants]
    assert {type(option) for option in options} == {list, dict}
    lists = {key for option in options if isinstance(option, dict) for key in option}
    assert lists & {str(number) for number in quirky_sandbox.store.article_lists.keys}
    assert lists >= {"0", "list_id"}


def test_prices_keep_their_digits_as_numbers(quirky_sandbox: Sandbox) -> None:
    """A price is text or a JSON number of the same digits: 12.50 is not 12.5."""
    query: dict[str, Any] = {"token": quirky_sandbox.store_token, "limit": 100}
    text = httpx.get(f"{quirky_sandbox.url}/v1/articles", params=query, verify=False).text
    prices = [body["price"]["default"] for body in quirky_sandbox.store.articles.bodies()[:100]]
    tens = [price for price in prices if price.endswith("0")]
    as_numbers = [price for price in tens if f'"default":{price},' in text]
    assert as_numbers
    assert [price for price in tens if f'"default":"{price}",' in text]


def test_orders_have_the_quirks_of_the_vendor(quirky_sandbox: Sandbox) -> None:
    """Numbers are ints and texts, tax and a line's price one object and a list of them."""
    orders = [order for page in get_pages(quirky_sandbox, "/orders") for order in get_items(page)]
    assert {type(order["number"]) for order in orders} == {int, str}
    taxes = [order["price"]["tax"] for order in orders]
    assert {type(tax) for tax in taxes} == {list, dict}
    assert any("rate" in tax for tax in taxes)
    prices = [line["price"] for order in orders for line in get_items(order["orderlines"])]
    assert {type(price) for price in prices} == {list, dict}


def test_empty_objects_come_as_empty_lists(quirky_sandbox: Sandbox) -> None:
    """An object that holds nothing is `[]` here and there."""
    url, token = f"{quirky_sandbox.url}/v1/articles", {"token": quirky_sandbox.store_token}
    fields: list[Any] = []
    for at in range(20):
        posted = {"name": f"Bare {at}", "price": {"default": "1.00"}}
        extra = httpx.post(url, params=token, json=posted, verify=False).json()["extra"]
        fields += [extra["visible"], extra["invisible"]]
    assert [] in fields
    assert {} in fields


@pytest.mark.parametrize(
    ("path", "envelope"), [("/customers", "customers"), ("/tax-policy/regions", "regions")]
)
def test_customers_and_regions_come_wrapped_and_flat(path: str, envelope: str) -> None:
    """Some seeds wrap them, others do not."""
    wrapped: set[bool] = set()
    for seed in range(8):
        with Sandbox(articles=12, seed=seed, quirks=True) as sandbox:
            page = get_json(sandbox, path)
            wrapped.add(isinstance(page, dict) and envelope in page)
    assert wrapped == {True, False}


def test_a_quirk_is_the_seeds(quirky_sandbox: Sandbox) -> None:
    """The same response has the same shape, again and in another sandbox with that seed."""
    first = [get_json(quirky_sandbox, "/orders", limit=limit) for limit in (1, 2, 3)]
    assert [get_json(quirky_sandbox, "/orders", limit=limit) for limit in (1, 2, 3)] == first
    with Sandbox(articles=120, quirks=True) as other:
        assert [get_json(other, "/orders", limit=limit) for limit in (1, 2, 3)] == first


def test_problems_and_strings_have_no_quirks(quirky_sandbox: Sandbox) -> None:
    """Errors, and responses that are a string, are the same as without quirks."""
    with quirky_sandbox.client() as client:
        created = client.articles.create(body={"name": "Odd", "stock": None, "taxable": False})
        assert (created.name, created.stock, created.taxable) == ("Odd", None, False)
        url = f"{quirky_sandbox.url}/v1/articles/{created.id}"
    token = {"token": quirky_sandbox.store_token}
    assert httpx.delete(url, params=token).json() == "Article successfully deleted"
    assert httpx.get(url, params=token).json()["status"] == 404


def test_a_repeated_key_returns_the_same_quirks(quirky_sandbox: Sandbox) -> None:
    """The original response to an idempotency key is repeated byte for byte."""
    url, token = f"{quirky_sandbox.url}/v1/articles", {"token": quirky_sandbox.store_token}
    first, second = (
        httpx.post(url, params=token, json={"name": "One"}, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    )
    assert first.content == second.content
