"""Bodies for orders, and what the sandbox makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]
INVOICE = {
    "name": "Truus voorbeeldig",
    "street": "Molenstraat",
    "number": "62",
    "zipcode": "5341GE",
    "city": "Oss",
    "country_code": "NL",
}


def create_cushion(api: httpx.Client) -> Row:
    """Return a new article of 12.10 with five in stock, weighing half a kilo."""
    body = {
        "name": "Kussen",
        "price": {"default": "12.10"},
        "stock": 5,
        "extra": {"invisible": {"weight": "0.50"}},
    }
    return dict(api.post("/articles", json=body).json())


def make_order_body(*lines: Row, **fields: Any) -> Row:
    """Return a body for postOrder."""
    debtor = {"email": "truus@example.com", "address": {"invoice": INVOICE}}
    return {"debtor": debtor, "orderlines": list(lines), **fields}


def make_line(article: Row, quantity: int = 1, **fields: Any) -> Row:
    """Return a posted order line of one article."""
    return {"type": "article", "quantity": quantity, "articles": [{"id": article["id"]}], **fields}


def place_order(api: httpx.Client, *lines: Row, query: Row | None = None, **fields: Any) -> Row:
    """Return a placed order, without shipping costs unless the query says otherwise."""
    query = {"disable_shipping": True} if query is None else query
    response = api.post("/orders", params=query, json=make_order_body(*lines, **fields))
    assert response.status_code == 200, response.text
    return dict(response.json())


def get_stock(api: httpx.Client, article: Row) -> Any:
    """Return the article's present stock."""
    return api.get(f"/articles/{article['id']}").json()["stock"]


def get_line_amounts(order: Row, kind: str) -> list[str]:
    """Return the amounts, with tax, of the lines of one type."""
    return [
        price["amount_including_tax"]
        for line in order["orderlines"]
        if line["type"] == kind
        for price in (line["price"] if isinstance(line["price"], list) else [line["price"]])
    ]
