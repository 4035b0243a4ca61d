"""Exact money."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from myonlinestore.sandbox.api.orders.pricing import (
    Amount,
    compute_order_price,
    distribute,
    from_gross,
    from_net,
    read_tax_price,
    sum_by_rate,
    to_tax_price,
)

CENT = Decimal("0.01")
money = st.decimals(min_value=0, max_value=5000, places=2)
rates = st.sampled_from([Decimal(0), Decimal(9), Decimal(21)])
amounts = st.lists(st.builds(from_gross, money, rates), min_size=1, max_size=6)


def test_the_examples_of_the_vendor() -> None:
    """15.00 with 21 % is 12.396694 without, and 8.223140 without is 9.95 with."""
    assert from_gross(Decimal("15.00"), Decimal(21)).net == Decimal("12.396694")
    assert from_net(Decimal("8.223140"), Decimal(21)).gross == Decimal("9.95")


@given(money, amounts)
def test_a_spread_amount_adds_up(gross: Decimal, over: list[Amount]) -> None:
    """The parts over the rates are together what was spread, to the cent."""
    parts = distribute(gross, over)
    assert sum(part.gross for part in parts) == gross
    assert {part.rate for part in parts} <= {amount.rate for amount in over}


@given(money, rates)
def test_a_tax_price_reads_back(gross: Decimal, rate: Decimal) -> None:
    """A TaxPrice contains the whole amount."""
    amount = from_gross(gross, rate)
    assert read_tax_price(to_tax_price(amount)) == amount


@given(amounts)
def test_an_order_adds_up(lines: list[Amount]) -> None:
    """Without tax plus tax is the total, for any lines."""
    price = compute_order_price([{"price": to_tax_price(amount)} for amount in lines])
    net = sum(amount.net for amount in lines)
    assert net + sum(Decimal(row["amount"]) for row in price["tax"]) == Decimal(price["total"])
    assert [Decimal(row["rate"]) for row in price["tax"]] == [
        each.rate for each in sum_by_rate(lines)
    ]


@given(money)
def test_without_tax_both_are_whole_cents(net: Decimal) -> None:
    """At 0 % the amounts with and without tax are equal."""
    amount = from_net(net / 3, Decimal(0))
    assert amount.net == amount.gross == amount.gross.quantize(CENT)
