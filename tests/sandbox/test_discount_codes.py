"""Discount codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]


def create_code(api: httpx.Client, **fields: Any) -> Row:
    """Return a new discount code."""
    response = api.post("/discountcodes", json={"code": str(uuid4())[:18], **fields})
    assert response.status_code == 200
    return dict(response.json())


def test_a_code_is_created_changed_and_deleted(api: httpx.Client) -> None:
    """A code is created, listed, changed by the code in the body, and deleted."""
    code = create_code(api, percentage_discount=10, valid_from="2026-01-01")
    path = f"/discountcodes/{code['code']}"
    assert code["percentage_discount"] == "10.00"
    assert code in api.get("/discountcodes").json()
    changed = api.patch("/discountcodes", json={"code": code["code"], "active": False}).json()
    assert changed == {**code, "active": False}
    assert api.get(path).json() == changed
    assert isinstance(api.delete(path).json(), str)
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("code", ["A/B 50%?x=1", "twee woorden", "é#&+"])
def test_a_code_may_have_any_character(api: httpx.Client, code: str) -> None:
    """A percent-quoted code is found."""
    create_code(api, code=code)
    path = f"/discountcodes/{quote(code, safe='')}"
    assert api.get(path).json()["code"] == code
    assert api.delete(path).status_code == 200


def test_products_have_two_names(api: httpx.Client) -> None:
    """valid_products (the examples) and valid_product_ids (the schema) are the same field."""
    products = [{"product_id": "1", "max_quantity": 3}]
    for name in ("valid_products", "valid_product_ids"):
        code = create_code(api, **{name: products})
        assert code["valid_products"] == code["valid_product_ids"] == products


def test_a_code_is_generated_if_the_body_has_none(api: httpx.Client) -> None:
    """The vendor's example of a body has no code."""
    code = api.post("/discountcodes", json={"description": "Christmas 2017"}).json()["code"]
    assert api.get(f"/discountcodes/{code}").json()["description"] == "Christmas 2017"


def test_an_invalid_code_is_rejected(api: httpx.Client) -> None:
    """A duplicate, too long or missing code is a 422, an unknown one a 404."""
    for code in ("welkom10", "x" * 21):
        assert api.post("/discountcodes", json={"code": code}).status_code == 422
    assert api.patch("/discountcodes", json={"active": True}).status_code == 422
    assert api.patch("/discountcodes", json={"code": "none"}).status_code == 404
