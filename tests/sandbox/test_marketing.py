"""Discount codes and newsletter subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]


def new_code(api: httpx.Client, **fields: Any) -> Row:
    """Return a new discount code."""
    answer = api.post("/discountcodes", json={"code": str(uuid4())[:18], **fields})
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_code_lives(api: httpx.Client) -> None:
    """A code is added, listed, changed by the code in the body, and deleted."""
    code = new_code(api, percentage_discount=10, valid_from="2026-01-01")
    path = f"/discountcodes/{code['code']}"
    assert code["percentage_discount"] == "10.00"
    assert code in api.get("/discountcodes").json()
    changed = api.patch("/discountcodes", json={"code": code["code"], "active": False}).json()
    assert changed == {**code, "active": False}
    assert api.get(path).json() == changed
    assert isinstance(api.delete(path).json(), str)
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("code", ["A/B 50%?x=1", "twee woorden", "é#&+"])
def test_a_code_may_hold_any_sign(api: httpx.Client, code: str) -> None:
    """A percent-quoted code is found whatever it holds."""
    new_code(api, code=code)
    path = f"/discountcodes/{quote(code, safe='')}"
    assert api.get(path).json()["code"] == code
    assert api.delete(path).status_code == 200


def test_products_go_by_both_names(api: httpx.Client) -> None:
    """valid_products (the examples) and valid_product_ids (the schema) are one."""
    products = [{"product_id": "1", "max_quantity": 3}]
    for name in ("valid_products", "valid_product_ids"):
        code = new_code(api, **{name: products})
        assert code["valid_products"] == code["valid_product_ids"] == products


def test_a_code_is_made_up_when_there_is_none(api: httpx.Client) -> None:
    """The vendor's example of a body has no code."""
    code = api.post("/discountcodes", json={"description": "Christmas 2017"}).json()["code"]
    assert api.get(f"/discountcodes/{code}").json()["description"] == "Christmas 2017"


def test_a_wrong_code_is_refused(api: httpx.Client) -> None:
    """A code that is taken or too long is a 422; changing none or an unknown one fails."""
    for code in ("welkom10", "x" * 21):
        assert api.post("/discountcodes", json={"code": code}).status_code == 422
    assert api.patch("/discountcodes", json={"active": True}).status_code == 422
    assert api.patch("/discountcodes", json={"code": "none"}).status_code == 404


@pytest.mark.parametrize("email", ["alberto@studio100.be", "a+b/c%40d@example.com"])
def test_a_subscriber_lives(api: httpx.Client, email: str) -> None:
    """A subscriber is added (not activated), counted, renamed and deleted."""
    path, everyone = f"/newsletter/subscribers/{quote(email, safe='')}", "/newsletter/subscribers"
    before = api.get(f"{everyone}/count").json()["count"]
    body = {"email": email, "name": "Alberto"}
    row = api.post(everyone, params={"activate": True}, json=body).json()
    assert (row["email"], row["name"], row["activated"]) == (email, "Alberto", False)
    assert api.get(path).json() == row
    assert api.get(f"{everyone}/count").json()["count"] == before + 1
    assert api.patch(path, json={"name": "Vermicelli"}).json()["name"] == "Vermicelli"
    assert api.get(path).json()["name"] == "Vermicelli"
    assert isinstance(api.delete(path).json(), str)
    assert api.get(path).status_code == 404


def test_an_address_subscribes_once(api: httpx.Client) -> None:
    """A known, absent or senseless email address is a 422."""
    body = {"email": "twice@example.com"}
    assert api.post("/newsletter/subscribers", json=body).status_code == 200
    for email in ("twice@example.com", None, "nobody"):
        answer = api.post("/newsletter/subscribers", json={"email": email})
        assert answer.status_code == 422
