"""Newsletter subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    import httpx


@pytest.mark.parametrize("email", ["alberto@studio100.be", "a+b/c%40d@example.com"])
def test_a_subscriber_is_created_changed_and_deleted(api: httpx.Client, email: str) -> None:
    """A subscriber is created (not activated), counted, renamed and deleted."""
    path, collection = f"/newsletter/subscribers/{quote(email, safe='')}", "/newsletter/subscribers"
    before = api.get(f"{collection}/count").json()["count"]
    body = {"email": email, "name": "Alberto"}
    row = api.post(collection, params={"activate": True}, json=body).json()
    assert (row["email"], row["name"], row["activated"]) == (email, "Alberto", False)
    assert api.get(path).json() == row
    assert api.get(f"{collection}/count").json()["count"] == before + 1
    assert api.patch(path, json={"name": "Vermicelli"}).json()["name"] == "Vermicelli"
    assert api.get(path).json()["name"] == "Vermicelli"
    assert isinstance(api.delete(path).json(), str)
    assert api.get(path).status_code == 404


def test_an_address_subscribes_once(api: httpx.Client) -> None:
    """A duplicate, missing or invalid email address is a 422."""
    body = {"email": "twice@example.com"}
    assert api.post("/newsletter/subscribers", json=body).status_code == 200
    for email in ("twice@example.com", None, "invalid"):
        response = api.post("/newsletter/subscribers", json={"email": email})
        assert response.status_code == 422
