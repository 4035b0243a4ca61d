"""Stock of articles with variants, and of articles that no longer exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sandbox.order_bodies import create_cushion, make_line, place_order

if TYPE_CHECKING:
    import httpx

LIST = 193001


def test_an_order_reserves_the_selected_variant(api: httpx.Client) -> None:
    """Only the stock of the article and of the ordered variant decreases."""
    article = create_cushion(api)
    api.post(f"/articlelists/{article['id']}", json=[LIST])
    first, second, *_ = api.get(f"/articlelists/{LIST}").json()["options"]
    variants = [
        {"options": [{"list_id": LIST, "option_id": option["id"]}], "stock": 4}
        for option in (first, second)
    ]
    path = f"/articles/{article['id']}"
    api.patch(path, json={"variants": variants})
    selected = {"id": article["id"], "options": [{"list_option_id": second["id"]}]}
    place_order(api, {"type": "article", "quantity": 3, "articles": [selected]})
    changed = api.get(path).json()
    assert changed["stock"] == 2
    assert [variant["stock"] for variant in changed["variants"]] == [4, 1]


def test_a_credit_order_ignores_a_deleted_article(api: httpx.Client) -> None:
    """A line can be credited after its article was deleted; other articles return to stock."""
    deleted, remaining = create_cushion(api), create_cushion(api)
    order = place_order(api, make_line(deleted, 2), make_line(remaining, 2))
    api.delete(f"/articles/{deleted['id']}")
    body = {"credited_order_number": order["number"], "status": 10}
    lines = [make_line(deleted, 2), make_line(remaining, 2)]
    credit = api.post("/orders/credit", json={**body, "orderlines": lines})
    assert credit.json()["price"]["total"] == "-48.40"
    assert api.get(f"/articles/{remaining['id']}").json()["stock"] == 5
    assert api.get(f"/articles/{deleted['id']}").status_code == 404
