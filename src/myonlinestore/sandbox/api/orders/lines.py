"""Order lines: from the posted lines to the vendor's OrderDetail, with prices and stock."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.api.orders.pricing import (
    ZERO,
    Amount,
    article_rate,
    from_gross,
    from_net,
    line_amounts,
    round_to_cents,
    round_to_micros,
    sum_by_rate,
    to_amount,
    to_prices,
    to_tax_price,
)
from myonlinestore.sandbox.http import validators
from myonlinestore.sandbox.http.context import Problem, as_object, invalid
from myonlinestore.sandbox.store.store import Row, Store, date_time_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store.store import Row, Store


@dataclass(frozen=True)
class PricedArticle:
    """One article of a line: its row, its amount, its unit weight, its title."""

    row: Row
    amount: Amount
    weight: Decimal
    title: str


def build_line(store: Store, payload: Row, tax_strategy: str) -> Row:
    """Return the order line for a posted line; raise Problem if it refers to unknown rows."""
    validators.require(payload, "type", "quantity")
    quantity = validators.quantity(payload["quantity"], "orderlines.quantity")
    if payload["type"] == "article":
        return build_article_line(store, payload, quantity, tax_strategy)
    if payload["type"] == "custom":
        return build_custom_line(store, payload, quantity, tax_strategy)
    raise invalid("orderlines.type", f"{payload['type']!r} is neither article nor custom.")


def build_article_line(store: Store, payload: Row, quantity: int, tax_strategy: str) -> Row:
    """Return a line of catalog articles, at their price or at `price_override` (with tax)."""
    articles = [
        _price_article(store, item, tax_strategy)
        for item in validators.objects(payload, "articles")
    ]
    if not articles:
        raise invalid("orderlines.articles", "a line of type article needs an article.")
    if payload.get("price_override") is not None:
        articles = _override_price(
            articles, validators.decimal(payload["price_override"], "price_override")
        )
    override = {}
    if payload.get("price_override") is not None:
        override["price_override"] = validators.money(payload["price_override"], "price_override")
    return {
        "id": store.ids.uuid(),
        "type": "article",
        "quantity": quantity,
        "weight": str(sum((article.weight for article in articles), ZERO) * quantity),
        "description": ", ".join(article.title for article in articles),
        "price": to_prices([article.amount.multiply(quantity) for article in articles]),
        "articles": [article.row for article in articles],
        **override,
    }


def build_custom_line(store: Store, payload: Row, quantity: int, tax_strategy: str) -> Row:
    """Return a line for an item outside the catalog (changelog 2.0.13), with price and weight."""
    validators.require(payload, "description", "unit_price")
    unit = _unit_price(as_object(payload["unit_price"], "orderlines.unit_price"))
    if tax_strategy:
        unit = from_net(unit.net, ZERO)
    weight = validators.decimal(payload.get("unit_weight", "0"), "orderlines.unit_weight")
    return {
        "id": store.ids.uuid(),
        "type": "custom",
        "quantity": quantity,
        "weight": str(weight * quantity),
        "description": validators.text(payload["description"], "orderlines.description"),
        "price": to_tax_price(unit.multiply(quantity)),
        "unit_price": to_tax_price(unit),
        "unit_weight": str(weight),
    }


def build_cost_line(store: Store, kind: str, description: str, amounts: Sequence[Amount]) -> Row:
    """Return a cost line; a discount lists all rates (changelog 2.0.14)."""
    return {
        "id": store.ids.uuid(),
        "type": kind,
        "quantity": 1,
        "weight": "0",
        "description": description,
        "price": list(map(to_tax_price, sum_by_rate(amounts)))
        if kind == "discount"
        else to_prices(amounts),
    }


def collect_amounts(lines: Sequence[Row]) -> list[Amount]:
    """Return all amounts of the lines."""
    return [amount for line in lines for amount in line_amounts(line)]


def _unit_price(payload: Row) -> Amount:
    """Parse a price; either amount or amount_including_tax is required (changelog 2.0.11)."""
    validators.require(payload, "rate")
    rate = Decimal(validators.percentage(payload["rate"], "unit_price.rate") or 0)
    if payload.get("amount") is not None:
        return from_net(validators.decimal(payload["amount"], "unit_price.amount"), rate)
    validators.require(payload, "amount_including_tax")
    return from_gross(validators.decimal(payload["amount_including_tax"], "unit_price"), rate)


def _price_article(store: Store, item: Row, tax_strategy: str) -> PricedArticle:
    validators.require(item, "id")
    record = store.articles.find(validators.whole_number(item["id"], "articles.id"))
    if record is None:
        raise invalid("articles.id", f"there is no article {item['id']!r} in this store.")
    article = record.body
    rate = article_rate(store, article)
    base = to_amount(store, Decimal(selling_price(article)), rate, tax_strategy)
    options = [
        (option, to_amount(store, Decimal(option["price"]), rate, tax_strategy))
        for option in select_options(article, validators.objects(item, "options"))
    ]
    return _combine(article, base, options)


def _combine(article: Row, base: Amount, options: Sequence[tuple[Row, Amount]]) -> PricedArticle:
    total = base
    for _, amount in options:
        total = total.add(amount)
    names = ", ".join(option["name"] for option, _ in options)
    row = {
        "id": article["id"],
        "sku": article["sku"],
        "description": article["name"],
        "price": _article_price(base, article["price"]["purchase"] or ""),
        "options": [_option(option, amount) for option, amount in options],
    }
    title = f"{article['name']} ({names})" if names else article["name"]
    return PricedArticle(row, total, article_weight(article), title)


def _article_price(amount: Amount, purchase: str) -> Row:
    return {
        "amount": str(round_to_micros(amount.net)),
        "rate": str(round_to_cents(amount.rate)),
        "purchase_price": purchase,
    }


def _option(option: Row, amount: Amount) -> Row:
    return {
        "list_option_id": option["id"],
        "description": option["name"],
        "price": str(round_to_micros(amount.net)),
    }


def _override_price(articles: Sequence[PricedArticle], gross: Decimal) -> list[PricedArticle]:
    """Apply `price_override`, the unit price of the line regardless of its articles' prices."""
    first, *others = articles
    amount = from_gross(gross, first.amount.rate)
    free = from_gross(ZERO, first.amount.rate)
    rows = [
        _replace_article_price(first.row, amount),
        *(_replace_article_price(article.row, free) for article in others),
    ]
    return [
        PricedArticle(row, amount if article is first else free, article.weight, article.title)
        for row, article in zip(rows, articles, strict=True)
    ]


def _replace_article_price(row: Row, amount: Amount) -> Row:
    price = _article_price(amount, row["price"]["purchase_price"])
    options = [{**option, "price": "0.000000"} for option in row["options"]]
    return {**row, "price": price, "options": options}


def selling_price(article: Row) -> str:
    """Return the action price if there is one, else the default price."""
    price = article["price"]
    return str(price["action"] or price["default"] or "0.00")


def article_weight(article: Row) -> Decimal:
    """Return an article's weight, one of its invisible extra fields."""
    return validators.to_decimal(str(article["extra"]["invisible"].get("weight"))) or ZERO


def select_options(article: Row, payload: Sequence[Row]) -> list[Row]:
    """Return the options of the article's lists that an order line selects."""
    offered = {option["id"]: option for row in article["lists"] for option in row["options"]}
    ids = [
        validators.whole_number(item.get("list_option_id"), "options.list_option_id")
        for item in payload
    ]
    unknown = [id for id in ids if id not in offered]
    if unknown:
        raise invalid("options.list_option_id", f"the article does not offer option {unknown[0]}.")
    return [offered[id] for id in ids]


def reserve_stock(store: Store, lines: Sequence[Row], *, ignore_limits: bool) -> None:
    """Reserve the articles of order lines, or raise a 422 if stock is insufficient."""
    if not ignore_limits:
        _check_stock(store, lines)
    for line in lines:
        _adjust_stock(store, line, -line["quantity"])


def release_stock(store: Store, lines: Sequence[Row]) -> None:
    """Release the articles of a credit order's lines, whose quantities are negative."""
    for line in lines:
        _adjust_stock(store, line, -line["quantity"])


def _check_stock(store: Store, lines: Sequence[Row]) -> None:
    requested: dict[tuple[int, int | None], int] = {}
    for line in lines:
        for item in line.get("articles", []):
            article = store.articles[item["id"]].body
            variant = find_variant(article, item["options"])
            key = (item["id"], variant["id"] if variant else None)
            requested[key] = requested.get(key, 0) + line["quantity"]
            _check_available(variant or article, article["name"], requested[key])


def _check_available(item: Row, name: str, requested: int) -> None:
    stock = item["stock"]
    if stock is not None and stock < requested and not item["can_backorder"]:
        raise Problem(
            422, f"orderlines: only {max(stock, 0)} of {name!r} in stock, not {requested}."
        )


def find_variant(article: Row, options: Sequence[Row]) -> Row | None:
    """Return the variant for the selected options, if there is one."""
    option_ids = {option["list_option_id"] for option in options}
    for variant in article["variants"]:
        if variant["options"] and option_ids.issuperset(
            option["option_id"] for option in variant["options"]
        ):
            return dict(variant)
    return None


def _adjust_stock(store: Store, line: Row, change: int) -> None:
    """Change the stock and the article's `updated_date`; null (unlimited) stays null."""
    for item in line.get("articles", []):
        record = store.articles.find(item["id"])
        if record is None:
            continue
        body, now = record.body, store.now()
        variant = find_variant(body, item["options"])
        changed = {**body, "stock": _add_to_stock(body["stock"], change)}
        if variant:
            changed["variants"] = [
                {**other, "stock": _add_to_stock(other["stock"], change)}
                if other["id"] == variant["id"]
                else other
                for other in body["variants"]
            ]
        store.articles.change(item["id"], {**changed, **date_time_fields(record.created, now)}, now)


def _add_to_stock(stock: int | None, change: int) -> int | None:
    return None if stock is None else stock + change
