"""The sandbox against the vendor's document: operations, parameters, examples, responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api import OPERATIONS
from tests.contract.example_store import ExampleStore, arrange
from tests.contract.schema_check import violations
from tests.contract.vendor_document import Schema, VendorDocument
from tests.support.operations import OPERATIONS as CLIENT_OPERATIONS

IDS = [operation.id for operation in CLIENT_OPERATIONS]
KNOWN = {
    # Their own examples show these, and their schemas do not.
    ("url", "not documented"),
    ("offline_location_id", "not documented"),
    ("leafs.parent_id", "not documented"),
    ("valid_products", "not documented"),
    # "image url's for all formats" is a list there, and in the example a map by format.
    ("images.urls", "not of type array"),
    # Required beside `price`, where they are documented as parts of it.
    ("orderlines.articles.amount", "required, and not there"),
    ("orderlines.articles.rate", "required, and not there"),
    # "if order subtotal is above this threshold": the example has "100.00".
    ("no_costs_above", "not of type boolean"),
}
"""Where the document contradicts itself, and the sandbox follows its words and examples."""
SPECIAL = {
    # xml is refused: the sandbox says so instead of answering in JSON.
    "format": ["json"],
    # Its words name them, its schema is any text.
    "embed": ["properties", "mutations", "order", "order,mutations"],
}
"""Values that the document gives otherwise than by a type."""
IGNORED = {"language"}
"""What may be nonsense: the sandbox has one language."""


@pytest.fixture(scope="module")
def example_store(document: VendorDocument) -> Iterator[ExampleStore]:
    """Yield a store that knows what the examples name."""
    with Sandbox(articles=60) as sandbox:
        arrange(sandbox)
        tokens = {"token": sandbox.store_token, "partner_token": sandbox.partner_token}
        with httpx.Client(base_url=f"{sandbox.url}/v1", params=tokens) as api:
            example_store = ExampleStore(sandbox, api, document)
            assert example_store.order()["number"] == 272
            yield example_store


@pytest.fixture(scope="module")
def documented(document: VendorDocument) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description by operationId."""
    return {part["operationId"]: (verb, path, part) for verb, path, part in document.operations()}


Documented = dict[str, tuple[str, str, dict[str, Any]]]


def send(
    example_store: ExampleStore,
    documented: Documented,
    operation: str,
    *,
    body: Any = None,
    **query: Any,
) -> httpx.Response:
    """Return the response to a new request of an operation, with the documented body by default."""
    verb, template, _ = documented[operation]
    values, example = example_store.request(operation)
    body = example if body is None else body
    path = template.removeprefix("/v{version}")
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    sent = {} if body is None else {"json": body}
    return example_store.api.request(verb, path, params=query, **sent)


def unknown_violations(
    document: VendorDocument, part: dict[str, Any], response: httpx.Response
) -> set[tuple[str, str]]:
    """Return the deviations of a response, except where the document contradicts itself."""
    responses = part["responses"]
    assert str(response.status_code) in responses, response.text
    content = responses[str(response.status_code)].get("content")
    if content is None:
        assert response.content == b""
        return set()
    schema, value = content["application/json"]["schema"], response.json()
    # getCategoryArticles documents one row, and is described as a listing.
    if isinstance(value, list) and "items" not in document.resolved(schema):
        schema = {"type": "array", "items": schema}
    found = set(violations(document, schema, value))
    return {(_inside_envelope(place, schema), what) for place, what in found} - KNOWN


def _inside_envelope(place: str, schema: Schema) -> str:
    """Return a place as it is called within `{"customers": […]}` and the like."""
    names = list(schema.get("properties", {}))
    return place.removeprefix(f"{names[0]}.") if names else place


def parameters(document: VendorDocument, part: dict[str, Any]) -> dict[str, Schema]:
    """Return the schemas of an operation's query parameters."""
    found = [document.resolved(parameter) for parameter in part.get("parameters", [])]
    return {each["name"]: each["schema"] for each in found if each["in"] == "query"}


def meaningful(name: str, schema: Schema) -> list[str]:
    """Values that a parameter documents."""
    if name in SPECIAL and "address" not in schema.get("enum", []):
        return SPECIAL[name]
    if schema.get("type") == "array":
        return meaningful(name, schema["items"])
    by_type = {"boolean": ["true", "false"], "integer": ["1", "100"]}
    by_format = {"date": ["2024-05-06"], "date-time": ["2024-05-06 07:08:09", "2024-05-06"]}
    plain = by_format.get(schema.get("format", ""), ["a@example.com"])
    return schema.get("enum") or by_type.get(schema.get("type", ""), plain)


def nonsense(name: str, schema: Schema) -> list[str]:
    """Values that a parameter cannot have."""
    if name in IGNORED:
        return []
    if schema.get("type") == "array":
        return nonsense(name, schema["items"])
    by_type = {"boolean": ["maybe", "2"], "integer": ["many", "-1", "1.5"]}
    by_format = {"date": ["soon", "2024-13-01"], "date-time": ["soon", "2024-05-06 25:00:00"]}
    found = by_type.get(schema.get("type", "")) or by_format.get(schema.get("format", ""))
    return found or (["nonsense"] if "enum" in schema or name == "embed" else [])


def test_every_operation_has_its_method_and_path(documented: Documented) -> None:
    """The operations are those of the document: by id, method and path."""
    expected = {
        (name, verb, path.removeprefix("/v{version}"))
        for name, (verb, path, _) in documented.items()
    }
    shared_sandbox = {(each.id, each.method, each.path.replace(":path", "")) for each in OPERATIONS}
    assert shared_sandbox == expected
    assert sorted(documented) == sorted(IDS)


@pytest.mark.parametrize(
    ("name", "path", "keys"),
    [
        ("Article", "/articles", [0]),
        ("ArticlePrice", "/articles", [0, "price"]),
        ("CategoryArticle", "/articles", [0, "categories", 0]),
        ("ArticleList", "/articlelists/193001", []),
        ("Order", "/orders", [0]),
        ("OrderDebtor", "/orders", [0, "debtor"]),
        ("InvoiceAddress", "/orders", [0, "debtor", "address", "invoice"]),
        ("OrderArticle", "/orders", [0, "orderlines", 0, "articles", 0]),
        ("Category", "/categories", [0]),
        ("CategorySorting", "/categories", [0, "sorting"]),
        ("Customer", "/customers?embed=address", ["customers", 0]),
        ("CustomerAddress", "/customers?embed=address", ["customers", 0, "addresses", 0]),
        ("Payment", "/orders/1/payments?embed=order,mutations,properties", ["payments", 0]),
        ("Discountcode", "/discountcodes", [0]),
        ("NewsletterSubscriber", "/newsletter/subscribers", [0]),
        ("OfflineLocation", "/offlinelocations", [0]),
        ("OrderStatus", "/orderstatuses", [0]),
        ("ShippingMethod", "/shipping/methods", [0]),
        ("StorePaymentGateway", "/payment/stores/me/gateways", ["gateways", 0]),
        ("StorePaymentMethod", "/payment/stores/me/gateways", ["gateways", 0, "methods", 0]),
        ("TaxPolicyRegion", "/tax-policy/regions/NL", ["region"]),
        ("Store", "/store", []),
    ],
)
def test_responses_have_all_documented_properties(
    example_store: ExampleStore, document: VendorDocument, name: str, path: str, keys: list[Any]
) -> None:
    """A row of each schema has every property that the document gives it, or its examples have."""
    path, _, query = path.partition("?")
    row = example_store.api.get(path, params=dict([query.split("=")] if query else [])).json()
    for key in keys:
        row = row[key]
    assert set(document.properties(document.schemas[name])) <= set(row)


@pytest.mark.parametrize("operation", IDS)
def test_a_response_is_as_documented(
    example_store: ExampleStore, document: VendorDocument, documented: Documented, operation: str
) -> None:
    """Each operation, called with its documented example body, responds as documented."""
    response = send(example_store, documented, operation)
    assert unknown_violations(document, documented[operation][2], response) == set()


@pytest.mark.parametrize("operation", IDS)
def test_a_parameter_takes_what_it_documents(
    example_store: ExampleStore, document: VendorDocument, documented: Documented, operation: str
) -> None:
    """Each value of a query parameter is accepted, and the response stays as documented."""
    part = documented[operation][2]
    for name, schema in parameters(document, part).items():
        for value in meaningful(name, schema):
            response = send(example_store, documented, operation, **{name: value})
            assert unknown_violations(document, part, response) == set(), (name, value)


@pytest.mark.parametrize("operation", IDS)
def test_a_parameter_refuses_nonsense(
    example_store: ExampleStore, document: VendorDocument, documented: Documented, operation: str
) -> None:
    """An invalid query parameter is a 422 that names the parameter."""
    for name, schema in parameters(document, documented[operation][2]).items():
        for value in nonsense(name, schema):
            response = send(example_store, documented, operation, **{name: value})
            assert response.status_code == 422, (name, value)
            assert name in response.json()["detail"]


@pytest.mark.parametrize("operation", IDS)
def test_a_body_of_another_kind_is_a_problem(
    example_store: ExampleStore, document: VendorDocument, documented: Documented, operation: str
) -> None:
    """An operation that takes a body refuses a JSON text with the documented ApiProblem."""
    if document.body_schema(documented[operation][2]) is None:
        return
    response = send(example_store, documented, operation, body="nonsense")
    assert response.status_code == 422
    assert list(violations(document, document.schemas["ApiProblem"], response.json())) == []
