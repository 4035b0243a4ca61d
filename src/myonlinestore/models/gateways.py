"""Payment gateways and their methods; camelCase on the wire."""

from __future__ import annotations

from typing import ClassVar

from myonlinestore.models.base import DecimalView, Model


class PaymentMethodCost(Model, rename="camel"):
    """What the buyer pays for a payment method.

    Attributes:
        amount: major units.
        percentage: percent of the order's total.
    """

    amount: str | None = None
    percentage: str | None = None

    amount_decimal: ClassVar[DecimalView] = DecimalView("amount")
    percentage_decimal: ClassVar[DecimalView] = DecimalView("percentage")


class PaymentMethodSettings(Model, rename="camel"):
    """A store's settings of a payment method.

    Attributes:
        cost: what the buyer pays for it.
    """

    cost: PaymentMethodCost | None = None


class PaymentMethod(Model, rename="camel"):
    """A way of paying.

    Attributes:
        name: identifies the method.
        display_name: as the buyer reads it.
        settings: the store's own settings; only getStoreGateways has them.
    """

    map_fields: ClassVar[tuple[str, str]] = ("name", "display_name")

    name: str | None = None
    display_name: str | None = None
    settings: PaymentMethodSettings | None = None


class PaymentGateway(Model, rename="camel"):
    """A payment provider (getGateways, getStoreGateways).

    Attributes:
        name: identifies the gateway.
        display_name: as people read it.
        website_url: the provider's site.
        methods: the ways of paying that it offers.
    """

    map_fields: ClassVar[tuple[str, str]] = ("name", "display_name")
    row_keys: ClassVar[tuple[str, ...]] = ("name",)

    name: str | None = None
    display_name: str | None = None
    website_url: str | None = None
    methods: list[PaymentMethod] | None = None


class PaymentGateways(Model, rename="camel"):
    """The whole answer of getGateways and getStoreGateways.

    Attributes:
        gateways: the payment providers.
    """

    gateways: list[PaymentGateway] | None = None
