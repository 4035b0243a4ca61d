"""Placing an order: from the vendor's OrderPostable to a whole Order, priced and numbered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox import body as b
from myonlinestore.sandbox.problems import invalid
from myonlinestore.sandbox.rules import debtors, discounts, lines, payments, stock, tax
from myonlinestore.sandbox.rules.countries import name as country_name
from myonlinestore.sandbox.rules.pricing import ZERO, order_price, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store import Row, Store

FIRST_STATUS = 1
REFERENCE_LENGTH = 255


@dataclass(frozen=True)
class Terms:
    """How an order is placed, apart from what is ordered."""

    moment: str
    shipping: bool = True
    take_stock: bool = True
    override_stock: bool = False


def place(store: Store, posted: Row, terms: Terms) -> Row:
    """Check, price and number an order, take its stock, and put it among the orders."""
    b.require(posted, "orderlines", "debtor")
    model = business_model(store, posted)
    debtor = debtors.debtor(store, b.as_object(posted["debtor"], "debtor"))
    if model == "B2B" and not debtor["company"]:
        raise invalid("debtor.address.invoice.company", "a B2B order needs the company.")
    destination = debtor["address"]["delivery"]["country_code"]
    strategy = tax.strategy(store.settings["region_code"], destination, model)
    ordered = ordered_lines(store, posted, terms, strategy, destination)
    head = {
        **_head(store, posted, terms.moment),
        "business_model": model,
        "reference": reference(posted) if model == "B2B" else None,
        "tax_strategy": strategy,
        "payment": payments.summary(store, posted.get("payment")),
    }
    if terms.take_stock:
        stock.take(store, ordered, ignore_limits=terms.override_stock)
    return add(store, complete(store, head, debtor, ordered), terms.moment)


def business_model(store: Store, posted: Row) -> str:
    """B2C or B2B, as the store allows; B2B needs a company on the invoice address."""
    allowed = store.settings["available_business_models"]
    model = posted.get("business_model") or ("B2B" if allowed == "B2B" else "B2C")
    if model not in ("B2C", "B2B") or allowed not in ("ALL", model):
        raise invalid("business_model", f"{model!r} is not available in this store.")
    return str(model)


def reference(posted: Row) -> str | None:
    """The reference of a business order."""
    text = b.words(posted.get("reference"), "reference")
    if text and len(text) > REFERENCE_LENGTH:
        raise invalid("reference", f"it may have {REFERENCE_LENGTH} characters at most.")
    return text


def ordered_lines(
    store: Store, posted: Row, terms: Terms, strategy: str, destination: str
) -> list[Row]:
    """The lines of goods, then those of discount, shipping and payment costs."""
    goods = [lines.order_line(store, row, strategy) for row in b.objects(posted, "orderlines")]
    code = _discount_code(store, posted, goods, terms.moment)
    extra: list[Row] = []
    if code and (amounts := discounts.discount(code, goods)):
        extra.append(lines.cost_line(store, "discount", f"Korting {code['code']}", amounts))
    if _ships(posted, terms, code):
        extra += _shipping(store, posted, goods, strategy, destination)
    return [*goods, *extra, *_payment_costs(store, posted, [*goods, *extra])]


def _discount_code(store: Store, posted: Row, goods: Sequence[Row], moment: str) -> Row | None:
    code = posted.get("discountcode")
    if not code:
        return None
    return discounts.usable(store, str(code), lines.amounts_of(goods), moment[:10])


def _ships(posted: Row, terms: Terms, code: Row | None) -> bool:
    """Whether shipping is charged: not at a counter, not when a code or the caller waives it."""
    waived = code is not None and code["free_shipping"]
    return terms.shipping and not waived and not posted.get("offline_location_id")


def _shipping(
    store: Store, posted: Row, goods: Sequence[Row], strategy: str, destination: str
) -> list[Row]:
    method = _shipping_method(store, posted, destination)
    if method is None:
        return []
    value = sum((amount.gross for amount in lines.amounts_of(goods)), ZERO)
    above = method["no_costs_above"]
    if above is not None and value > Decimal(above):
        return []
    cost = store.shipping_costs[method["id"]]
    amount = tax.listed(store, cost, tax.general_rate(store), strategy)
    return [lines.cost_line(store, "shipping", method["display_name"], [amount])]


def _shipping_method(store: Store, posted: Row, destination: str) -> Row | None:
    """The method that was asked for, or the first that reaches the country (changelog 1.0.6)."""
    asked = posted.get("shipping_method_id")
    if asked:
        record = store.shipping_methods.find(str(asked))
        if record is None:
            raise invalid("shipping_method_id", f"there is no shipping method {asked!r}.")
        return record.body
    methods = store.shipping_methods.bodies()
    return next((method for method in methods if destination in method["countries"]), None)


def _payment_costs(store: Store, posted: Row, rows: Sequence[Row]) -> list[Row]:
    """What the payment method costs, taxed in proportion to the rest (transactionTaxMethod)."""
    amounts = lines.amounts_of(rows)
    total = sum((amount.gross for amount in amounts), ZERO)
    cost = payments.cost(store, posted.get("payment"), total)
    if not cost or not amounts:
        return []
    parts = spread(cost, amounts)
    return [lines.cost_line(store, "payment", "Transactiekosten", parts)]


def _head(store: Store, posted: Row, moment: str) -> Row:
    return {
        "status": status(store, posted.get("status", FIRST_STATUS)),
        "archived": b.flag(posted.get("archived", False), "archived"),
        "discountcode": b.words(posted.get("discountcode"), "discountcode") or "",
        "offline_location_id": location(store, posted.get("offline_location_id")),
        "credited_order_number": None,
        "credit_order_numbers": [],
        "comments": comments(posted),
        "date": moment[:10],
        "time": moment[11:],
    }


def comments(posted: Row) -> Row:
    """An OrderComment with both its texts."""
    given = b.as_object(posted.get("comments") or {}, "comments")
    return {
        name: b.words(given.get(name), f"comments.{name}") or ""
        for name in ("customer", "internal")
    }


def status(store: Store, number: object) -> int:
    """A known order status."""
    wanted = b.whole_number(number, "status")
    if wanted not in store.statuses:
        raise invalid("status", f"{wanted} is none of the store's order statuses.")
    return wanted


def location(store: Store, location_id: object) -> str | None:
    """A known offline location, or None for an order from the web shop."""
    if location_id is None:
        return None
    if not isinstance(location_id, str) or location_id not in store.locations:
        raise invalid("offline_location_id", f"there is no offline location {location_id!r}.")
    return location_id


def complete(store: Store, head: Row, debtor: Row, rows: Sequence[Row]) -> Row:
    """An Order of its head, its debtor and its lines. Its number comes last, after all checks."""
    code = debtor["address"]["delivery"]["country_code"]
    settings = store.settings
    return {
        "number": store.ids.number("order"),
        "uuid": store.ids.uuid(),
        **head,
        "status_changed_date": head["date"],
        "status_changed_time": head["time"],
        "weight": str(sum((Decimal(row["weight"]) for row in rows), ZERO)),
        "finished": True,
        "taxed": "include" if settings["prices_include_tax"] else "exclude",
        "locale": settings["default_language"],
        "currency": settings["currency"],
        "currency_format_locale": settings["currency_format_locale"],
        "tax_region": settings["region_code"],
        "partner": {"name": "Sandbox"},
        "payment_status": payments.status_of(head["payment"], []),
        "debtor": debtor,
        "price": order_price(rows),
        "orderlines": list(rows),
        "shipping": [{"country": {"description": country_name(code), "isocode": code}}],
    }


def add(store: Store, order: Row, moment: str) -> Row:
    """Put an order among the orders."""
    store.orders.add(order["number"], order, created=moment)
    return order
