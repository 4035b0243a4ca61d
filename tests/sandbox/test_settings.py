"""The settings of a store, in the vendor's envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox


def test_the_store(readonly_api: httpx.Client) -> None:
    """The store is one object, in the Netherlands, with prices that include tax."""
    store = readonly_api.get("/store").json()
    assert (store["region_code"], store["prices_include_tax"]) == ("NL", True)


def test_gateways_are_wrapped(readonly_api: httpx.Client) -> None:
    """All gateways, and the store's own ones with their costs, come under `gateways`."""
    all_names = {row["name"] for row in readonly_api.get("/payment/gateways").json()["gateways"]}
    store_gateways = readonly_api.get("/payment/stores/me/gateways").json()["gateways"]
    assert {row["name"] for row in store_gateways} < all_names
    assert "cost" in store_gateways[0]["methods"][0]["settings"]


def test_the_store_of_the_token_has_a_uuid_and_is_me(
    readonly_sandbox: Sandbox, readonly_api: httpx.Client
) -> None:
    """The store's uuid and `me` are the same; another store is a 404."""
    by_id = readonly_api.get(f"/payment/stores/{readonly_sandbox.store.settings['id']}/gateways")
    assert by_id.json() == readonly_api.get("/payment/stores/me/gateways").json()
    assert readonly_api.get("/payment/stores/other/gateways").status_code == 404


def test_regions_are_flat_and_a_region_is_wrapped(readonly_api: httpx.Client) -> None:
    """The list is a plain array, the single one comes under `region`."""
    regions = readonly_api.get("/tax-policy/regions").json()
    assert readonly_api.get("/tax-policy/regions/NL").json() == {"region": regions[0]}
    assert readonly_api.get("/tax-policy/regions/XX").status_code == 404


def test_locations(readonly_api: httpx.Client) -> None:
    """A location is found by its uuid."""
    row = readonly_api.get("/offlinelocations").json()[0]
    assert readonly_api.get(f"/offlinelocations/{row['id']}").json() == row
    assert readonly_api.get("/offlinelocations/none").status_code == 404


def test_statuses_and_shipping_methods(readonly_api: httpx.Client) -> None:
    """Some statuses are for credit orders; one shipping method is the default."""
    statuses = readonly_api.get("/orderstatuses").json()
    assert {row["credit_order"] for row in statuses} == {True, False}
    assert sum(row["default"] for row in readonly_api.get("/shipping/methods").json()) == 1
