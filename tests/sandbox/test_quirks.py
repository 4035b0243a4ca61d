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
from tests.sandbox.read_calls import reads, result_of

SEEDS = range(12)
TEXT_REPLIES = {"postUploadImage"}


READS = [operation.id for operation in OPERATIONS if operation.method == "GET"]


@pytest.fixture(scope="module")
def calls(readonly_sandbox: Sandbox) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the reads of the store that no test changes."""
    return reads(readonly_sandbox)


def test_every_read_is_tried(calls: dict[str, Any]) -> None:
    """These tests cover every operation that responds with JSON of a model."""
    assert set(calls) == set(READS)
    assert set(READS) <= set(RESPONSE_MODELS)
    with_models = {operation.id for operation in OPERATIONS if operation.method != "DELETE"}
    deletes = {"deleteArticleFields", "deleteArticleLists", "deleteArticleListOptions"}
    assert set(RESPONSE_MODELS) == (with_models | deletes) - TEXT_REPLIES


@pytest.mark.parametrize("operation", READS)
def test_the_client_decodes_quirks_to_the_same_models(
    readonly_sandbox: Sandbox, calls: dict[str, Any], operation: str
) -> None:
    """Every list and item decodes to the models of the plain response, for any seed."""
    with readonly_sandbox.client() as client:
        plain = result_of(client, calls[operation])
    seen: set[bytes] = set()
    for seed in SEEDS:
        with readonly_sandbox.client(
            transport=Quirky(readonly_sandbox, operation, seed, seen.add)
        ) as client:
            assert result_of(client, calls[operation]) == plain
    assert len(seen) > 1


class Quirky(httpx.BaseTransport):
    """The sandbox's own responses, with the quirks of another seed."""

    def __init__(
        self, readonly_sandbox: Sandbox, operation: str, seed: int, keep: Callable[[bytes], object]
    ) -> None:
        self._line = httpx.HTTPTransport(verify=False)
        self._operation, self._seed, self._keep = operation, seed, keep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and twist."""
        plain = self._line.handle_request(request)
        response = Response(plain.read(), plain.status_code, media_type="application/json")
        odd = apply_quirks(self._operation, response, self._seed)
        self._keep(bytes(odd.body))
        return httpx.Response(odd.status_code, content=bytes(odd.body))

    def close(self) -> None:
        """Close the line."""
        self._line.close()


@pytest.fixture(scope="module")
def odd() -> Iterator[Sandbox]:
    """Yield a sandbox with quirks."""
    with Sandbox(articles=120, quirks=True) as sandbox:
        yield sandbox


def sent(sandbox: Sandbox, path: str, **params: object) -> Any:
    """Return the JSON of a response."""
    query: dict[str, Any] = {"token": sandbox.store_token, **params}
    response = httpx.get(f"{sandbox.url}/v1{path}", params=query, verify=False)
    assert response.status_code == 200
    return json.loads(response.content, parse_float=str)


def listed(value: Any) -> list[Any]:
    """Return the items of a list in whichever shape."""
    if isinstance(value, list):
        return value
    return list(value.values()) if all(isinstance(v, (dict, list)) for v in value.values()) else []


def many(sandbox: Sandbox, path: str) -> list[Any]:
    """Return the JSON of twenty pages of different lengths, each with its own quirks."""
    return [sent(sandbox, path, limit=limit) for limit in range(1, 21)]


def test_a_sandbox_with_quirks_has_all_of_them(odd: Sandbox) -> None:
    """Articles have every quirk that they can have."""
    pages = many(odd, "/articles")
    articles = [article for page in pages for article in listed(page)]
    assert {type(page) for page in pages} == {list, dict}
    assert {type(article.get("id")) for article in articles} >= {int, str}
    assert {repr(article["taxable"]) for article in articles} >= {"True", "'1'", "1"}
    assert {repr(article["can_backorder"]) for article in articles} >= {"False", "'0'", "''"}
    assert {article["stock"] for article in articles} & {None, ""} == {None, ""}
    variants = [variant for article in articles for variant in listed(article["variants"])]
    options = [variant["options"] for variant in variants]
    assert {type(option) for option in options} == {list, dict}
    lists = {key for option in options if isinstance(option, dict) for key in option}
    assert lists & {str(number) for number in odd.store.article_lists.keys}
    assert lists >= {"0", "list_id"}


def test_prices_keep_their_digits_as_numbers(odd: Sandbox) -> None:
    """A price is text or a JSON number of the same digits: 12.50 is not 12.5."""
    query: dict[str, Any] = {"token": odd.store_token, "limit": 100}
    text = httpx.get(f"{odd.url}/v1/articles", params=query, verify=False).text
    prices = [body["price"]["default"] for body in odd.store.articles.bodies()[:100]]
    tens = [price for price in prices if price.endswith("0")]
    as_numbers = [price for price in tens if f'"default":{price},' in text]
    assert as_numbers
    assert [price for price in tens if f'"default":"{price}",' in text]


def test_orders_have_the_quirks_of_the_vendor(odd: Sandbox) -> None:
    """Numbers are ints and texts, tax and a line's price one object and a list of them."""
    orders = [order for page in many(odd, "/orders") for order in listed(page)]
    assert {type(order["number"]) for order in orders} == {int, str}
    taxes = [order["price"]["tax"] for order in orders]
    assert {type(tax) for tax in taxes} == {list, dict}
    assert any("rate" in tax for tax in taxes)
    prices = [line["price"] for order in orders for line in listed(order["orderlines"])]
    assert {type(price) for price in prices} == {list, dict}


def test_empty_objects_come_as_empty_lists(odd: Sandbox) -> None:
    """An object that holds nothing is `[]` here and there."""
    url, token = f"{odd.url}/v1/articles", {"token": odd.store_token}
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
            page = sent(sandbox, path)
            wrapped.add(isinstance(page, dict) and envelope in page)
    assert wrapped == {True, False}


def test_a_quirk_is_the_seeds(odd: Sandbox) -> None:
    """The same response has the same shape, again and in another sandbox with that seed."""
    first = [sent(odd, "/orders", limit=limit) for limit in (1, 2, 3)]
    assert [sent(odd, "/orders", limit=limit) for limit in (1, 2, 3)] == first
    with Sandbox(articles=120, quirks=True) as other:
        assert [sent(other, "/orders", limit=limit) for limit in (1, 2, 3)] == first


def test_problems_and_strings_have_no_quirks(odd: Sandbox) -> None:
    """Errors, and responses that are a string, are the same as without quirks."""
    with odd.client() as client:
        created = client.articles.create(body={"name": "Odd", "stock": None, "taxable": False})
        assert (created.name, created.stock, created.taxable) == ("Odd", None, False)
        url = f"{odd.url}/v1/articles/{created.id}"
    token = {"token": odd.store_token}
    assert httpx.delete(url, params=token).json() == "Article successfully deleted"
    assert httpx.get(url, params=token).json()["status"] == 404


def test_a_repeated_key_returns_the_same_quirks(odd: Sandbox) -> None:
    """The original response to an idempotency key is repeated byte for byte."""
    url, token = f"{odd.url}/v1/articles", {"token": odd.store_token}
    first, second = (
        httpx.post(url, params=token, json={"name": "One"}, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    )
    assert first.content == second.content
