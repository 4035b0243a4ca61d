"""Credit orders: what of an order is taken back, at the price at which it was sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from myonlinestore.sandbox.api.orders import create as placing
from myonlinestore.sandbox.api.orders import lines, payments, stock
from myonlinestore.sandbox.api.orders.pricing import (
    ZERO,
    Amount,
    by_rate,
    cents,
    line_amounts,
    tax_price,
)
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

Signature: TypeAlias = tuple[object, ...]
COSTS = {"shipping": "shipping_costs", "payment": "payment_costs"}


def credit(store: Store, posted: Row, *, mutate_stock: bool, moment: str) -> Row:
    """Make a credit order of a CreditOrderPostable, and link the two orders to each other."""
    b.require(posted, "credited_order_number", "status", "orderlines")
    original = _original(store, posted)
    status = placing.status(store, posted["status"], credit=True)
    sold = _sold(store, original)
    goods = _credited_goods(store, posted, sold)
    rows = [*goods, *_discount(store, goods, sold), *_costs(store, posted, goods, sold)]
    order = _order(store, posted, original, rows, {"status": status, "moment": moment})
    numbers = [*original["credit_order_numbers"], order["number"]]
    store.orders.change(original["number"], {**original, "credit_order_numbers": numbers}, moment)
    placing.add(store, order, moment)
    if mutate_stock:
        restock(store, order)
    # A credit order's transactions are those of the original (vendor, special cases).
    payments.refund(store, original["number"], payments.minor(-total(order)), moment)
    return order


def total(order: Row) -> Decimal:
    """What an order costs, which is negative for a credit order."""
    return Decimal(order["price"]["total"])


def restock(store: Store, order: Row) -> None:
    """Put the goods of a credit order back in stock, unless they are there already."""
    if order["number"] not in store.restocked_orders:
        stock.put_back(store, order["orderlines"])
        store.restocked_orders.add(order["number"])


def _original(store: Store, posted: Row) -> Row:
    number = b.whole_number(posted["credited_order_number"], "credited_order_number")
    record = store.orders.find(number)
    if record is None:
        raise invalid("credited_order_number", f"there is no order {number} in this store.")
    if record.body["credited_order_number"] is not None:
        raise invalid("credited_order_number", f"order {number} is a credit order itself.")
    return record.body


def _sold(store: Store, original: Row) -> list[Row]:
    """The order's lines followed by those that were credited before (with negative amounts)."""
    credits_before = [store.orders[number].body for number in original["credit_order_numbers"]]
    return [line for order in (original, *credits_before) for line in order["orderlines"]]


def _credited_goods(store: Store, posted: Row, sold: Sequence[Row]) -> list[Row]:
    goods: list[Row] = []
    for row in b.objects(posted, "orderlines"):
        goods.append(_credited_line(store, row, [*sold, *goods]))
    return goods


def _credited_line(store: Store, posted: Row, sold: Sequence[Row]) -> Row:
    b.require(posted, "type", "quantity")
    quantity = b.whole_number(posted["quantity"], "orderlines.quantity")
    same = [line for line in sold if _signature(line) == _signature(posted)]
    if not same:
        raise invalid("orderlines", "the original order has no such line.")
    left = sum(line["quantity"] for line in same)
    if not 1 <= quantity <= left:
        raise invalid("orderlines.quantity", f"{quantity} is not between 1 and the {left} left.")
    return _scaled_line(store, same[0], Decimal(-quantity) / same[0]["quantity"], -quantity)


def _signature(line: Row) -> Signature:
    """What makes a posted line and a sold line the same: the articles, or the description."""
    if line["type"] != "article":
        return line["type"], line.get("description")
    articles = b.objects(line, "articles")
    return "article", *(
        (
            b.whole_number(item.get("id"), "articles.id"),
            frozenset(
                b.whole_number(option.get("list_option_id"), "options.list_option_id")
                for option in b.objects(item, "options")
            ),
        )
        for item in articles
    )


def _scaled_line(store: Store, line: Row, factor: Decimal, quantity: int) -> Row:
    amounts = [amount.share(factor) for amount in line_amounts(line)]
    prices = list(map(tax_price, amounts))
    return {
        **line,
        "id": store.ids.uuid(),
        "quantity": quantity,
        "weight": str(Decimal(line["weight"]) * factor),
        "price": prices if isinstance(line["price"], list) else prices[0],
    }


def _remaining(sold: Sequence[Row], kind: str) -> list[Amount]:
    """The amounts of a kind of line that were not credited yet."""
    amounts = by_rate(lines.amounts_of([line for line in sold if line["type"] == kind]))
    return [amount for amount in amounts if amount.gross]


def _gross(amounts: Sequence[Amount]) -> Decimal:
    return sum((amount.gross for amount in amounts), ZERO)


def _share(goods: Sequence[Row], sold: Sequence[Row]) -> Decimal:
    """Which part of the goods that are left is now credited."""
    left = _gross(_remaining(sold, "article")) + _gross(_remaining(sold, "custom"))
    return -_gross(lines.amounts_of(goods)) / left if left else Decimal(1)


def _is_all(goods: Sequence[Row], sold: Sequence[Row]) -> bool:
    kept = [line for line in (*sold, *goods) if line["type"] in ("article", "custom")]
    return not sum(line["quantity"] for line in kept)


def _discount(store: Store, goods: Sequence[Row], sold: Sequence[Row]) -> list[Row]:
    """The vendor is silent on discounts: their share goes back with the goods."""
    remaining = _remaining(sold, "discount")
    amounts = [amount.share(-_share(goods, sold)) for amount in remaining]
    amounts = [amount for amount in amounts if amount.gross]
    return [lines.cost_line(store, "discount", "Korting", amounts)] if amounts else []


def _costs(store: Store, posted: Row, goods: Sequence[Row], sold: Sequence[Row]) -> list[Row]:
    """Shipping and payment costs: all that are left, or the part that was asked for."""
    rows: list[Row] = []
    for kind, field in COSTS.items():
        remaining = _remaining(sold, kind)
        part = _cost_part(posted.get(field), field, remaining, is_all=_is_all(goods, sold))
        amounts = [amount.share(-part) for amount in remaining] if part else []
        if amounts:
            title = next(line["description"] for line in sold if line["type"] == kind)
            rows.append(lines.cost_line(store, kind, title, amounts))
    return rows


def _cost_part(asked: object, field: str, remaining: Sequence[Amount], *, is_all: bool) -> Decimal:
    """Which part of the costs (given without tax) is credited, by the vendor's three rules."""
    if asked is None:
        return Decimal(1)
    net = b.decimal(asked, field)
    left = sum((amount.net for amount in remaining), ZERO)
    if net < 0 or net > left:
        raise invalid(field, f"{net} is not between 0 and the {left} left of the original costs.")
    if is_all and cents(net) != cents(left):
        raise invalid(field, f"all items are credited, so the {left} must be credited too.")
    return net / left if left else ZERO


def _order(store: Store, posted: Row, original: Row, rows: Sequence[Row], facts: Row) -> Row:
    moment = facts["moment"]
    head = {
        "date": moment[:10],
        "time": moment[11:],
        "status": facts["status"],
        "archived": b.flag(posted.get("archived", False), "archived"),
        "discountcode": original["discountcode"],
        "offline_location_id": placing.location(store, posted.get("offline_location_id")),
        "credited_order_number": original["number"],
        "credit_order_numbers": [],
        "comments": placing.comments(posted),
        "business_model": original["business_model"],
        "reference": original["reference"],
        "tax_strategy": original["tax_strategy"],
        "payment": None,
    }
    return placing.complete(store, head, original["debtor"], rows)
