"""The sandbox against the vendor's document: operations, parameters, examples, responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from myonlinestore.sandbox.api import OPERATIONS
from tests.contract.example_store import ExampleStore, add_example_rows
from tests.contract.schema_check import find_violations
from tests.contract.vendor_document import Operation, Schema, VendorDocument
from tests.support.operations import OPERATIONS as CLIENT_OPERATIONS

IDS = [operation.id for operation in CLIENT_OPERATIONS]
KNOWN = {
    # Their own examples show these, but their schemas do not.
    ("url", "not documented"),
    ("offline_location_id", "not documented"),
    ("leafs.parent_id", "not documented"),
    ("valid_products", "not documented"),
    # "image url's for all formats" is a list there, but a map by format in the example.
    ("images.urls", "not of type array"),
    # Required next to `price`, but documented as parts of it.
    ("orderlines.articles.amount", "required, but missing"),
    ("orderlines.articles.rate", "required, but missing"),
    # "if order subtotal is above this threshold": the example has "100.00".
    ("no_costs_above", "not of type boolean"),
}
"""Violations where the document contradicts itself; the sandbox follows its prose and examples."""
SPECIAL = {
    # The sandbox rejects xml rather than respond in JSON.
    "format": ["json"],
    # Its prose names them, its schema is any string.
    "embed": ["properties", "mutations", "order", "order,mutations"],
}
"""Valid values that the types in the document do not give."""
IGNORED = {"language"}
"""Parameters that accept any value: the sandbox has one language."""


@pytest.fixture(scope="module")
def example_store(document: VendorDocument) -> Iterator[ExampleStore]:
    """Yield a store with the rows that the examples refer to."""
    with Sandbox(articles=60) as sandbox:
        add_example_rows(sandbox)
        tokens = {"token": sandbox.store_token, "partner_token": sandbox.partner_token}
        with httpx.Client(base_url=f"{sandbox.url}/v1", params=tokens) as api:
            example_store = ExampleStore(sandbox, api, document)
            assert example_store.create_order()["number"] == 272
            yield example_store


def send(
    example_store: ExampleStore, operation_id: str, *, body: Any = None, **query: Any
) -> httpx.Response:
    """Send a new request of an operation, with the documented body by default."""
    operation = example_store.document.operations[operation_id]
    values, example = example_store.request(operation_id)
    body = example if body is None else body
    path = operation["path"].removeprefix("/v{version}")
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    options = {} if body is None else {"json": body}
    return example_store.api.request(operation["method"], path, params=query, **options)


def find_unknown_violations(
    document: VendorDocument, operation: Operation, response: httpx.Response
) -> set[tuple[str, str]]:
    """Return the deviations of a response, except where the document contradicts itself."""
    status = str(response.status_code)
    assert status in operation["responses"], response.text
    schema = operation["responses"][status]
    if schema is None:
        assert response.content == b""
        return set()
    value = response.json()
    # getCategoryArticles documents one row, and is described as a listing.
    if isinstance(value, list) and "items" not in document.resolve(schema):
        schema = {"type": "array", "items": schema}
    return {
        (_remove_envelope(path, schema), problem)
        for path, problem in find_violations(document, schema, value)
    } - KNOWN


def _remove_envelope(path: str, schema: Schema) -> str:
    """Return a path without the envelope's key (`{"customers": […]}` and the like)."""
    names = [] if isinstance(schema, str) else list(schema.get("properties", {}))
    return path.removeprefix(f"{names[0]}.") if names else path


def get_valid_values(document: VendorDocument, name: str, schema: Schema) -> list[str]:
    """Return values that the document gives a parameter."""
    schema = document.resolve(schema)
    if name in SPECIAL and "address" not in schema.get("enum", []):
        return SPECIAL[name]
    if schema.get("type") == "array":
        return get_valid_values(document, name, schema["items"])
    by_type = {"boolean": ["true", "false"], "integer": ["1", "100"]}
    by_format = {"date": ["2024-05-06"], "date-time": ["2024-05-06 07:08:09", "2024-05-06"]}
    plain = by_format.get(schema.get("format", ""), ["a@example.com"])
    return schema.get("enum") or by_type.get(schema.get("type", ""), plain)


def get_invalid_values(document: VendorDocument, name: str, schema: Schema) -> list[str]:
    """Return values that a parameter must reject."""
    schema = document.resolve(schema)
    if name in IGNORED:
        return []
    if schema.get("type") == "array":
        return get_invalid_values(document, name, schema["items"])
    by_type = {"boolean": ["maybe", "2"], "integer": ["many", "-1", "1.5"]}
    by_format = {"date": ["soon", "2024-13-01"], "date-time": ["soon", "2024-05-06 25:00:00"]}
    values = by_type.get(schema.get("type", "")) or by_format.get(schema.get("format", ""))
    return values or (["nonsense"] if "enum" in schema or name == "embed" else [])


def test_every_operation_has_its_method_and_path(document: VendorDocument) -> None:
    """The operations are those of the document: by id, method and path."""
    expected = {
        (name, operation["method"], operation["path"].removeprefix("/v{version}"))
        for name, operation in document.operations.items()
    }
    served = {(route.id, route.method, route.path.replace(":path", "")) for route in OPERATIONS}
    assert served == expected
    assert sorted(document.operations) == sorted(IDS)


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
    """A row of each schema has every documented property."""
    path, _, query = path.partition("?")
    row = example_store.api.get(path, params=dict([query.split("=")] if query else [])).json()
    for key in keys:
        row = row[key]
    assert set(document.get_properties(name)) <= set(row)


@pytest.mark.parametrize("operation", IDS)
def test_a_response_is_as_documented(
    example_store: ExampleStore, document: VendorDocument, operation: str
) -> None:
    """Each operation, called with its documented example body, responds as documented."""
    response = send(example_store, operation)
    assert find_unknown_violations(document, document.operations[operation], response) == set()


@pytest.mark.parametrize("operation", IDS)
def test_a_parameter_accepts_documented_values(
    example_store: ExampleStore, document: VendorDocument, operation: str
) -> None:
    """Each value of a query parameter is accepted, and the response stays as documented."""
    documented = document.operations[operation]
    for name, schema in documented["query"].items():
        for value in get_valid_values(document, name, schema):
            response = send(example_store, operation, **{name: value})
            assert find_unknown_violations(document, documented, response) == set(), (name, value)


@pytest.mark.parametrize("operation", IDS)
def test_a_parameter_rejects_invalid_values(
    example_store: ExampleStore, document: VendorDocument, operation: str
) -> None:
    """An invalid query parameter is a 422 that names the parameter."""
    for name, schema in document.operations[operation]["query"].items():
        for value in get_invalid_values(document, name, schema):
            response = send(example_store, operation, **{name: value})
            assert response.status_code == 422, (name, value)
            assert name in response.json()["detail"]


@pytest.mark.parametrize("operation", IDS)
def test_a_body_of_another_type_is_a_problem(
    example_store: ExampleStore, document: VendorDocument, operation: str
) -> None:
    """An operation with a body rejects a JSON string with the documented ApiProblem."""
    if document.operations[operation]["body"] is None:
        return
    response = send(example_store, operation, body="nonsense")
    assert response.status_code == 422
    assert list(find_violations(document, "ApiProblem", response.json())) == []
