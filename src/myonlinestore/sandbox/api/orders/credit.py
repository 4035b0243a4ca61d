"""Credit orders: items taken back at the price at which they were sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from myonlinestore.sandbox.api.orders import lines, payments
from myonlinestore.sandbox.api.orders.create import (
    add_order,
    build_order,
    check_location,
    check_status,
    read_comments,
)
from myonlinestore.sandbox.api.orders.pricing import (
    ZERO,
    Amount,
    line_amounts,
    round_to_cents,
    sum_by_rate,
    to_tax_price,
    total,
)
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

Signature: TypeAlias = tuple[object, ...]
COSTS = {"shipping": "shipping_costs", "payment": "payment_costs"}


def create_credit_order(store: Store, payload: Row, *, mutate_stock: bool, timestamp: str) -> Row:
    """Create a credit order from a CreditOrderPostable, and link it with the original order."""
    validators.require(payload, "credited_order_number", "status", "orderlines")
    original = _original(store, payload)
    status = check_status(store, payload["status"], credit=True)
    sold_lines = _sold_lines(store, original)
    items = _credited_goods(store, payload, sold_lines)
    rows = [
        *items,
        *_discount(store, items, sold_lines),
        *_costs(store, payload, items, sold_lines),
    ]
    order = _build_credit_order(
        store, payload, original, rows, {"status": status, "timestamp": timestamp}
    )
    numbers = [*original["credit_order_numbers"], order["number"]]
    store.orders.change(
        original["number"], {**original, "credit_order_numbers": numbers}, timestamp
    )
    add_order(store, order, timestamp)
    if mutate_stock:
        restock(store, order)
    # A credit order's transactions are those of the original (vendor, special cases).
    payments.refund(
        store, original["number"], payments.to_minor_units(-order_total(order)), timestamp
    )
    return order


def order_total(order: Row) -> Decimal:
    """Return an order's total, which is negative for a credit order."""
    return Decimal(order["price"]["total"])


def restock(store: Store, order: Row) -> None:
    """Put the items of a credit order back in stock, unless this was done before."""
    if order["number"] not in store.restocked_orders:
        lines.release_stock(store, order["orderlines"])
        store.restocked_orders.add(order["number"])


def _original(store: Store, payload: Row) -> Row:
    number = validators.whole_number(payload["credited_order_number"], "credited_order_number")
    record = store.orders.find(number)
    if record is None:
        raise invalid("credited_order_number", f"there is no order {number} in this store.")
    if record.body["credited_order_number"] is not None:
        raise invalid("credited_order_number", f"order {number} is a credit order itself.")
    return record.body


def _sold_lines(store: Store, original: Row) -> list[Row]:
    """Return the order's lines followed by the lines credited before, with negative amounts."""
    credits_before = [store.orders[number].body for number in original["credit_order_numbers"]]
    return [line for order in (original, *credits_before) for line in order["orderlines"]]


def _credited_goods(store: Store, payload: Row, sold_lines: Sequence[Row]) -> list[Row]:
    items: list[Row] = []
    for row in validators.objects(payload, "orderlines"):
        items.append(_credit_line(store, row, [*sold_lines, *items]))
    return items


def _credit_line(store: Store, payload: Row, sold_lines: Sequence[Row]) -> Row:
    validators.require(payload, "type", "quantity")
    quantity = validators.whole_number(payload["quantity"], "orderlines.quantity")
    matching = [line for line in sold_lines if _signature(line) == _signature(payload)]
    if not matching:
        raise invalid("orderlines", "the original order has no such line.")
    remaining = sum(line["quantity"] for line in matching)
    if not 1 <= quantity <= remaining:
        raise invalid(
            "orderlines.quantity", f"{quantity} is not between 1 and the {remaining} left."
        )
    return _scale_line(store, matching[0], Decimal(-quantity) / matching[0]["quantity"], -quantity)


def _signature(line: Row) -> Signature:
    """Return the key by which posted and sold lines match: the articles, or the description."""
    if line["type"] != "article":
        return line["type"], line.get("description")
    articles = validators.objects(line, "articles")
    return "article", *(
        (
            validators.whole_number(item.get("id"), "articles.id"),
            frozenset(
                validators.whole_number(option.get("list_option_id"), "options.list_option_id")
                for option in validators.objects(item, "options")
            ),
        )
        for item in articles
    )


def _scale_line(store: Store, line: Row, factor: Decimal, quantity: int) -> Row:
    amounts = [amount.scale(factor) for amount in line_amounts(line)]
    prices = list(map(to_tax_price, amounts))
    return {
        **line,
        "id": store.ids.uuid(),
        "quantity": quantity,
        "weight": str(Decimal(line["weight"]) * factor),
        "price": prices if isinstance(line["price"], list) else prices[0],
    }


def _remaining_amounts(sold_lines: Sequence[Row], kind: str) -> list[Amount]:
    """Return the amounts of one type of line that are not yet credited."""
    amounts = sum_by_rate(
        lines.collect_amounts([line for line in sold_lines if line["type"] == kind])
    )
    return [amount for amount in amounts if amount.gross]


def _credited_share(items: Sequence[Row], sold_lines: Sequence[Row]) -> Decimal:
    """Return the fraction of the remaining items that is being credited."""
    remaining = total(_remaining_amounts(sold_lines, "article")) + total(
        _remaining_amounts(sold_lines, "custom")
    )
    return -total(lines.collect_amounts(items)) / remaining if remaining else Decimal(1)


def _is_everything_credited(items: Sequence[Row], sold_lines: Sequence[Row]) -> bool:
    quantities = [line for line in (*sold_lines, *items) if line["type"] in ("article", "custom")]
    return not sum(line["quantity"] for line in quantities)


def _discount(store: Store, items: Sequence[Row], sold_lines: Sequence[Row]) -> list[Row]:
    """Credit the discount in proportion to the items; the API documents no rule."""
    remaining = _remaining_amounts(sold_lines, "discount")
    amounts = [amount.scale(-_credited_share(items, sold_lines)) for amount in remaining]
    amounts = [amount for amount in amounts if amount.gross]
    return [lines.build_cost_line(store, "discount", "Korting", amounts)] if amounts else []


def _costs(
    store: Store, payload: Row, items: Sequence[Row], sold_lines: Sequence[Row]
) -> list[Row]:
    """Return the shipping and payment costs to credit: all that remains, or the requested part."""
    rows: list[Row] = []
    for kind, field in COSTS.items():
        remaining = _remaining_amounts(sold_lines, kind)
        fraction = _cost_fraction(
            payload.get(field), field, remaining, is_all=_is_everything_credited(items, sold_lines)
        )
        amounts = [amount.scale(-fraction) for amount in remaining] if fraction else []
        if amounts:
            title = next(line["description"] for line in sold_lines if line["type"] == kind)
            rows.append(lines.build_cost_line(store, kind, title, amounts))
    return rows


def _cost_fraction(
    requested: object, field: str, amounts: Sequence[Amount], *, is_all: bool
) -> Decimal:
    """Return the fraction of costs (given without tax) to credit, by the vendor's three rules."""
    if requested is None:
        return Decimal(1)
    net = validators.decimal(requested, field)
    remaining = sum((amount.net for amount in amounts), ZERO)
    if net < 0 or net > remaining:
        raise invalid(
            field, f"{net} is not between 0 and the {remaining} left of the original costs."
        )
    if is_all and round_to_cents(net) != round_to_cents(remaining):
        raise invalid(field, f"all items are credited, so the {remaining} must be credited too.")
    return net / remaining if remaining else ZERO


def _build_credit_order(
    store: Store, payload: Row, original: Row, rows: Sequence[Row], settings: Row
) -> Row:
    timestamp = settings["timestamp"]
    head = {
        "date": timestamp[:10],
        "time": timestamp[11:],
        "status": settings["status"],
        "archived": validators.flag(payload.get("archived", False), "archived"),
        "discountcode": original["discountcode"],
        "offline_location_id": check_location(store, payload.get("offline_location_id")),
        "credited_order_number": original["number"],
        "credit_order_numbers": [],
        "comments": read_comments(payload),
        "business_model": original["business_model"],
        "reference": original["reference"],
        "tax_strategy": original["tax_strategy"],
        "payment": None,
    }
    return build_order(store, head, original["debtor"], rows)
