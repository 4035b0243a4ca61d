"""What the store is set up with: itself, statuses, gateways, shipping, locations, tax regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import filters, query
from myonlinestore.sandbox.http.context import Call, Operation, found, one, reply, rows
from myonlinestore.sandbox.http.problems import missing

if TYPE_CHECKING:
    from starlette.responses import Response


def get_store(call: Call) -> Response:
    """getStore: the store of the token."""
    return reply(call.store.settings)


def get_statuses(call: Call) -> Response:
    """getOrderStatuses: all, without pages."""
    return rows(call.store.statuses, call.store.statuses.keys)


def get_gateways(call: Call) -> Response:
    """getGateways: every gateway that the vendor has."""
    return reply({"gateways": call.store.gateways})


def get_store_gateways(call: Call) -> Response:
    """getStoreGateways: those that the store uses, with its settings; `me` is the token's store."""
    if call.path["store"] not in ("me", call.store.settings["id"]):
        raise missing("store", call.path["store"])
    return reply({"gateways": call.store.store_gateways})


def get_shipping_methods(call: Call) -> Response:
    """getShippingMethods: all, without pages."""
    return rows(call.store.shipping_methods, call.store.shipping_methods.keys)


def get_locations(call: Call) -> Response:
    """getOfflineLocations: all, or only those that are (not) deleted."""
    tests = filters.same("deleted", query.flag(call.query, "deleted"))
    return rows(call.store.locations, filters.select(call.store.locations, tests))


def get_location(call: Call) -> Response:
    """getOfflineLocation: by its uuid."""
    return one(found(call.store.locations, call.path["id"], "offline location"))


def get_regions(call: Call) -> Response:
    """TaxPolicyRegionList: a plain list, as documented."""
    return rows(call.store.regions, call.store.regions.keys)


def get_region(call: Call) -> Response:
    """getTaxPolicyRegion: wrapped."""
    region = found(call.store.regions, call.path["code"], "tax policy region")
    return reply({"region": region.body})


OPERATIONS = (
    Operation("getStore", "GET", "/store", get_store),
    Operation("getOrderStatuses", "GET", "/orderstatuses", get_statuses),
    Operation("getGateways", "GET", "/payment/gateways", get_gateways),
    Operation("getStoreGateways", "GET", "/payment/stores/{store}/gateways", get_store_gateways),
    Operation("getShippingMethods", "GET", "/shipping/methods", get_shipping_methods),
    Operation("getOfflineLocations", "GET", "/offlinelocations", get_locations),
    Operation("getOfflineLocation", "GET", "/offlinelocations/{id}", get_location),
    Operation("TaxPolicyRegionList", "GET", "/tax-policy/regions", get_regions),
    Operation("getTaxPolicyRegion", "GET", "/tax-policy/regions/{code}", get_region),
)
