"""The life of an order, from end to end, by the client: placed, paid, sent, credited in two parts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from myonlinestore import ConnectClient, ValidationError
from myonlinestore.models import Article, Order, Payment
from myonlinestore.sandbox import Sandbox
from tests.sandbox.order_bodies import INVOICE, Row

EMAIL = "truus@example.com"


def make_line(article: Article, quantity: int) -> Row:
    """Return an order line of one article."""
    return {"type": "article", "quantity": quantity, "articles": [{"id": article.id}]}


def get_stock(client: ConnectClient, article: Article) -> Any:
    """Return the current stock."""
    assert article.id is not None
    return client.articles.get(article_id=article.id).stock


def get_total(order: Order) -> Decimal:
    """Return the total of an order."""
    assert order.price is not None
    return Decimal(str(order.price.total))


def sum_line_amounts(order: Order, kind: str) -> Decimal:
    """Return the sum of an order's lines of one type, with tax."""
    prices: list[Any] = []
    for line in order.orderlines or []:
        if line.type == kind:
            prices += line.price if isinstance(line.price, list) else [line.price]
    return sum((Decimal(str(price.amount_including_tax)) for price in prices), Decimal(0))


def get_taxes(order: Order) -> dict[str, Decimal]:
    """Return an order's tax by rate."""
    assert order.price is not None
    tax: Any = order.price.tax
    return {str(entry.rate): Decimal(str(entry.amount)) for entry in tax}


def get_payment(client: ConnectClient, order: Order) -> Payment:
    """Return the order's only payment, with its mutations."""
    (payment,) = client.orders.list_payments(
        order_number=order.number or 0, embed="mutations,order"
    ).items
    return payment


def get_mutations(payment: Payment) -> list[tuple[str | None, Any]]:
    """Return a payment's mutations, in cents."""
    return [(mutation.type, mutation.price) for mutation in payment.mutations or []]


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[ConnectClient]:
    """Yield a client of the store."""
    with sandbox.client() as client:
        yield client


@pytest.fixture
def article(client: ConnectClient) -> Article:
    """Return a lamp of 60.50 of which there are ten, and a book at the low rate on the side."""
    body = {"name": "Lamp", "price": {"default": "60.50", "purchase": "20.00"}, "stock": 10}
    return client.articles.create(body=body)


@pytest.fixture
def book(client: ConnectClient, sandbox: Sandbox) -> Article:
    """Return a book of 10.90 with unlimited stock, on a page that is taxed at 9 %."""
    page = sandbox.store.regions["NL"].body["overrides"][0]["items"][0]["references"][0]
    pages = [{"category_id": int(page)}]
    body = {"name": "Boek", "price": {"default": "10.90"}, "categories": pages, "stock": None}
    return client.articles.create(body=body)


def test_the_life_of_an_order(
    sandbox: Sandbox, client: ConnectClient, article: Article, book: Article
) -> None:
    """Stock, totals, taxes, payment and mutations are right after each step, and end where they began."""
    customer = client.customers.create(body={"email": EMAIL, "firstName": "Truus"})
    client.discount_codes.create(
        body={"code": "story", "percentage_discount": "10", "single_use": True}
    )

    order = place_order(client, make_line(article, 3), make_line(book, 2))
    assert order.debtor is not None
    assert order.debtor.id == customer.id
    assert (get_stock(client, article), get_stock(client, book)) == (7, None)
    assert sum_line_amounts(order, "article") == Decimal("203.30")
    assert sum_line_amounts(order, "discount") == Decimal("-20.33")
    assert sum_line_amounts(order, "shipping") == 0  # above 75.00 there are no costs
    assert get_total(order) == Decimal("182.97")
    assert get_taxes(order) == {"9.00": Decimal("1.62"), "21.00": Decimal("28.35")}
    assert order.payment_status == "unknown"
    with pytest.raises(ValidationError) as refused:
        place_order(client, make_line(book, 1))
    assert "only once" in (refused.value.detail or "")

    pay_order(client, order)
    sent = client.orders.update(order_number=order.number or 0, body={"status": 6})
    assert (sent.status, sent.payment_status) == (6, "captured")

    first = create_credit_order(client, order, make_line(article, 1))
    assert get_stock(client, article) == 8
    assert get_total(first) == Decimal("-54.45")
    assert get_mutations(get_payment(client, order))[2:] == [("refund", 5445)]
    assert client.orders.get(order_number=order.number or 0).payment_status == "captured"

    second = create_credit_order(client, order, make_line(article, 2), make_line(book, 2))
    assert (get_stock(client, article), get_stock(client, book)) == (10, None)
    assert get_total(order) + get_total(first) + get_total(second) == 0
    assert_taxes_cancel(order, first, second)
    assert get_mutations(get_payment(client, order))[3:] == [("refund", 12852)]
    end = client.orders.get(order_number=order.number or 0)
    assert end.payment_status == "refunded"
    assert end.credit_order_numbers == [first.number, second.number]
    with pytest.raises(ValidationError) as refused:
        create_credit_order(client, order, make_line(article, 1))
    assert "orderlines.quantity" in (refused.value.detail or "")
    assert end == Order.model_validate(sandbox.store.orders[order.number or 0].body)


def place_order(client: ConnectClient, *lines: Row) -> Order:
    """Return an order of Truus, with her code."""
    debtor = {"email": EMAIL, "link_to_account": True, "address": {"invoice": INVOICE}}
    body = {"debtor": debtor, "orderlines": list(lines), "discountcode": "story"}
    return client.orders.create(body=body)


def pay_order(client: ConnectClient, order: Order) -> None:
    """Start a payment, and pay it on the payment page."""
    number = order.number or 0
    body = {"gateway": "mollie", "method": "ideal"}
    created = client.orders.create_payment_raw(order_number=number, body=body)
    assert client.orders.get(order_number=number).payment_status == "new"
    httpx.get(created["url"])
    payment = get_payment(client, order)
    assert payment.price == 18297
    assert get_mutations(payment) == [("authorize", 18297), ("capture", 18297)]
    assert payment.order is not None
    assert payment.order.tax == 2997


def create_credit_order(client: ConnectClient, order: Order, *lines: Row) -> Order:
    """Return a new credit order for some of the lines."""
    body = {"credited_order_number": order.number, "status": 10, "orderlines": list(lines)}
    return client.orders.create_credit(body=body)


def assert_taxes_cancel(order: Order, *credit_orders: Order) -> None:
    """Check that the tax of each rate was credited at that rate, within two micro-units."""
    for rate, tax in get_taxes(order).items():
        credited_tax = sum(
            (get_taxes(credit).get(rate, Decimal(0)) for credit in credit_orders), Decimal(0)
        )
        assert abs(tax + credited_tax) <= Decimal("0.01")
