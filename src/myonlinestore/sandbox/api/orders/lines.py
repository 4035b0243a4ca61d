"""Order lines: from what was posted to the vendor's OrderDetail, priced."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders import tax
from myonlinestore.sandbox.api.orders.pricing import (
    ZERO,
    Amount,
    by_rate,
    cents,
    from_gross,
    from_net,
    line_amounts,
    micros,
    prices,
    tax_price,
)
from myonlinestore.sandbox.http import body as b
from myonlinestore.sandbox.http.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store


@dataclass(frozen=True)
class Part:
    """One article within a line: its row, its amount, its weight for one item, its name."""

    row: Row
    amount: Amount
    weight: Decimal
    title: str


def order_line(store: Store, posted: Row, tax_strategy: str) -> Row:
    """A posted line as an order line; raises Problem when it names what is not there."""
    b.require(posted, "type", "quantity")
    quantity = b.whole_number(posted["quantity"], "orderlines.quantity")
    if quantity < 1:
        raise invalid("orderlines.quantity", "it must be 1 or more.")
    if posted["type"] == "article":
        return article_line(store, posted, quantity, tax_strategy)
    if posted["type"] == "custom":
        return custom_line(store, posted, quantity, tax_strategy)
    raise invalid("orderlines.type", f"{posted['type']!r} is neither article nor custom.")


def article_line(store: Store, posted: Row, quantity: int, tax_strategy: str) -> Row:
    """A line of the catalog's articles, at their price or at `price_override` (with tax)."""
    parts = [_part(store, item, tax_strategy) for item in b.objects(posted, "articles")]
    if not parts:
        raise invalid("orderlines.articles", "a line of type article needs an article.")
    if posted.get("price_override") is not None:
        parts = _overridden(parts, b.decimal(posted["price_override"], "price_override"))
    override = {}
    if posted.get("price_override") is not None:
        override["price_override"] = b.money(posted["price_override"], "price_override")
    return {
        "id": store.ids.uuid(),
        "type": "article",
        "quantity": quantity,
        "weight": str(sum((part.weight for part in parts), ZERO) * quantity),
        "description": ", ".join(part.title for part in parts),
        "price": prices([part.amount.times(quantity) for part in parts]),
        "articles": [part.row for part in parts],
        **override,
    }


def custom_line(store: Store, posted: Row, quantity: int, tax_strategy: str) -> Row:
    """A line for something outside the catalog (changelog 2.0.13), with its price and weight."""
    b.require(posted, "description", "unit_price")
    unit = _unit_price(b.as_object(posted["unit_price"], "orderlines.unit_price"))
    if tax_strategy:
        unit = from_net(unit.net, ZERO)
    weight = b.decimal(posted.get("unit_weight", "0"), "orderlines.unit_weight")
    return {
        "id": store.ids.uuid(),
        "type": "custom",
        "quantity": quantity,
        "weight": str(weight * quantity),
        "description": b.text(posted["description"], "orderlines.description"),
        "price": tax_price(unit.times(quantity)),
        "unit_price": tax_price(unit),
        "unit_weight": str(weight),
    }


def cost_line(store: Store, kind: str, description: str, amounts: Sequence[Amount]) -> Row:
    """A line of type shipping, payment or discount; a discount lists all rates (log 2.0.14)."""
    return {
        "id": store.ids.uuid(),
        "type": kind,
        "quantity": 1,
        "weight": "0",
        "description": description,
        "price": list(map(tax_price, by_rate(amounts))) if kind == "discount" else prices(amounts),
    }


def amounts_of(lines: Sequence[Row]) -> list[Amount]:
    """All amounts of some lines."""
    return [amount for line in lines for amount in line_amounts(line)]


def _unit_price(posted: Row) -> Amount:
    """Either amount or amount_including_tax is required (changelog 2.0.11)."""
    b.require(posted, "rate")
    rate = b.decimal(posted["rate"], "unit_price.rate")
    if posted.get("amount") is not None:
        return from_net(b.decimal(posted["amount"], "unit_price.amount"), rate)
    b.require(posted, "amount_including_tax")
    return from_gross(b.decimal(posted["amount_including_tax"], "unit_price"), rate)


def _part(store: Store, item: Row, tax_strategy: str) -> Part:
    b.require(item, "id")
    record = store.articles.find(b.whole_number(item["id"], "articles.id"))
    if record is None:
        raise invalid("articles.id", f"there is no article {item['id']!r} in this store.")
    article = record.body
    rate = tax.article_rate(store, article)
    base = tax.listed(store, Decimal(selling_price(article)), rate, tax_strategy)
    options = [
        (option, tax.listed(store, Decimal(option["price"]), rate, tax_strategy))
        for option in chosen_options(article, b.objects(item, "options"))
    ]
    return _assembled(article, base, options)


def _assembled(article: Row, base: Amount, options: Sequence[tuple[Row, Amount]]) -> Part:
    total = base
    for _, amount in options:
        total = total.plus(amount)
    names = ", ".join(option["name"] for option, _ in options)
    row = {
        "id": article["id"],
        "sku": article["sku"],
        "description": article["name"],
        "price": _article_price(base, article["price"]["purchase"] or ""),
        "options": [_option(option, amount) for option, amount in options],
    }
    title = f"{article['name']} ({names})" if names else article["name"]
    return Part(row, total, weight_of(article), title)


def _article_price(amount: Amount, purchase: str) -> Row:
    return {
        "amount": str(micros(amount.net)),
        "rate": str(cents(amount.rate)),
        "purchase_price": purchase,
    }


def _option(option: Row, amount: Amount) -> Row:
    return {
        "list_option_id": option["id"],
        "description": option["name"],
        "price": str(micros(amount.net)),
    }


def _overridden(parts: Sequence[Part], gross: Decimal) -> list[Part]:
    """`price_override` is the price of one item of the line, whatever its articles cost."""
    first, *others = parts
    amount = from_gross(gross, first.amount.rate)
    free = from_gross(ZERO, first.amount.rate)
    rows = [_repriced(first.row, amount), *(_repriced(part.row, free) for part in others)]
    return [
        Part(row, amount if part is first else free, part.weight, part.title)
        for row, part in zip(rows, parts, strict=True)
    ]


def _repriced(row: Row, amount: Amount) -> Row:
    price = _article_price(amount, row["price"]["purchase_price"])
    options = [{**option, "price": "0.000000"} for option in row["options"]]
    return {**row, "price": price, "options": options}


def selling_price(article: Row) -> str:
    """The action price if there is one, else the default price."""
    price = article["price"]
    return str(price["action"] or price["default"] or "0.00")


def weight_of(article: Row) -> Decimal:
    """An article's weight, which is one of its invisible extra fields."""
    try:
        return Decimal(str(article["extra"]["invisible"].get("weight") or "0"))
    except ArithmeticError:
        return ZERO


def chosen_options(article: Row, posted: Sequence[Row]) -> list[Row]:
    """The options of the article's lists that an order line names."""
    offered = {option["id"]: option for held in article["lists"] for option in held["options"]}
    ids = [b.whole_number(item.get("list_option_id"), "options.list_option_id") for item in posted]
    unknown = [id for id in ids if id not in offered]
    if unknown:
        raise invalid("options.list_option_id", f"the article does not offer option {unknown[0]}.")
    return [offered[id] for id in ids]
