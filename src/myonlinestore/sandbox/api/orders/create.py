"""Placing an order: from the vendor's OrderPostable to a whole Order, priced and numbered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import costs as charges
from myonlinestore.sandbox.api.orders import debtors, payments, stock, tax
from myonlinestore.sandbox.api.orders.countries import name as country_name
from myonlinestore.sandbox.api.orders.pricing import ZERO, order_price
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store

FIRST_STATUS = 1
REFERENCE_LENGTH = 255


@dataclass(frozen=True)
class Terms:
    """How an order is placed, apart from what is ordered."""

    moment: str
    shipping: bool = True
    take_stock: bool = True
    override_stock: bool = False
    override_minimum: bool = False


def place(store: Store, posted: Row, terms: Terms) -> Row:
    """Check, price and number an order, take its stock, and put it among the orders."""
    b.require(posted, "orderlines", "debtor")
    model = business_model(store, posted)
    debtor = debtors.debtor(store, b.as_object(posted["debtor"], "debtor"), model)
    if model == "B2B" and not debtor["company"]:
        raise invalid("debtor.address.invoice.company", "a B2B order needs the company.")
    sale = _sale(store, posted, debtor, model, terms)
    ordered = charges.ordered_lines(sale)
    head = {
        **_head(store, posted, terms.moment),
        "business_model": model,
        "reference": reference(posted) if model == "B2B" else None,
        "tax_strategy": sale.tax_strategy,
        "payment": payments.summary(store, posted.get("payment"), model),
    }
    if terms.take_stock:
        stock.take(store, ordered, ignore_limits=terms.override_stock)
    order = complete(store, head, debtor, ordered)
    if sale.shipping_type in charges.PICKUP_TYPES:
        store.pickup_orders.add(order["number"])
    return add(store, order, terms.moment)


def _sale(store: Store, posted: Row, debtor: Row, model: str, terms: Terms) -> charges.Sale:
    destination = debtor["address"]["delivery"]["country_code"]
    return charges.Sale(
        store,
        posted,
        debtor,
        tax_strategy=tax.strategy(store.settings["region_code"], destination, model),
        day=terms.moment[:10],
        ships=terms.shipping,
        override_minimum=terms.override_minimum,
    )


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


def status(store: Store, number: object, *, credit: bool = False) -> int:
    """A known order status, of the kind that credit orders have or that others have."""
    wanted = b.whole_number(number, "status")
    record = store.statuses.find(wanted)
    if record is None:
        raise invalid("status", f"{wanted} is none of the store's order statuses.")
    if record.body["credit_order"] != credit:
        kind = "credit orders" if record.body["credit_order"] else "orders that credit none"
        raise invalid("status", f"{wanted} is a status for {kind}.")
    return wanted


def location(store: Store, location_id: object) -> str | None:
    """A known offline location, or None for an order from the web shop."""
    if location_id is None:
        return None
    record = store.locations.find(str(location_id))
    if record is None or record.body["deleted"]:
        raise invalid("offline_location_id", f"there is no offline location {location_id!r}.")
    return str(location_id)


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
