"""What a discount code takes off an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from myonlinestore.sandbox.problems import invalid
from myonlinestore.sandbox.rules.lines import amounts_of
from myonlinestore.sandbox.rules.pricing import ZERO, Amount, cents, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myonlinestore.sandbox.store import Row, Store


def usable(store: Store, code: str, goods: Sequence[Amount], day: str) -> Row:
    """The row of a code that holds on this day for these goods; raises Problem otherwise."""
    record = store.discount_codes.find(code)
    if record is None:
        raise invalid("discountcode", f"there is no discount code {code!r} in this store.")
    row = record.body
    if not row["active"] or not _within(row, day):
        raise invalid("discountcode", f"{code!r} is not valid now.")
    if _total(goods) < Decimal(row["minimum_order_price"] or "0"):
        raise invalid("discountcode", f"{code!r} needs an order of {row['minimum_order_price']}.")
    return row


def _within(row: Row, day: str) -> bool:
    return (row["valid_from"] or day) <= day <= (row["valid_until"] or day)


def discount(row: Row, lines: Sequence[Row]) -> list[Amount]:
    """The (negative) amounts for each rate, never more than what the goods cost."""
    goods = amounts_of(lines)
    total = _total(goods)
    off = Decimal(row["fixed_discount"] or "0")
    off += cents(total * Decimal(row["percentage_discount"] or "0") / 100)
    taken = min(off, total)
    return spread(-taken, goods) if taken else []


def _total(amounts: Sequence[Amount]) -> Decimal:
    return sum((amount.gross for amount in amounts), ZERO)
