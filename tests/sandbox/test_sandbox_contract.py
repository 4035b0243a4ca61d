"""The sandbox against the vendor's own description, where that is at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from myonlinestore.sandbox.operations import OPERATIONS

if TYPE_CHECKING:
    import httpx

yaml = pytest.importorskip("yaml")
SPEC = Path(__file__).parents[3] / "shared" / "spec" / "openapi.yaml"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the vendor's openapi.yaml is not here")
METHODS = {"get", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The vendor's document."""
    return dict(yaml.safe_load(SPEC.read_text(encoding="utf-8")))


def properties(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """The names that a schema documents, those of its parts included."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    parts = [properties(document, part) for part in schema.get("allOf", [])]
    return set(schema.get("properties", {})).union(*parts)


def test_every_operation_has_its_method_and_path(document: dict[str, Any]) -> None:
    """The operations are those of the document: by id, method and path."""
    documented = {
        (operation["operationId"], method.upper(), path.removeprefix("/v{version}"))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    }
    served = {(each.id, each.method, each.path.replace(":path", "")) for each in OPERATIONS}
    assert served == documented


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
def test_answers_hold_all_documented_properties(
    read: httpx.Client, document: dict[str, Any], name: str, path: str, keys: list[Any]
) -> None:
    """A row of each schema has every property that the document gives it."""
    path, _, query = path.partition("?")
    row = read.get(path, params=dict(pair.split("=") for pair in query.split("&") if pair)).json()
    for key in keys:
        row = row[key]
    schema = document["components"]["schemas"][name]
    assert properties(document, schema) <= set(row)
