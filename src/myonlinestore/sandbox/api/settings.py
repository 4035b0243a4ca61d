"""Store settings: statuses, gateways, shipping, locations and tax regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myonlinestore.sandbox.http import query
from myonlinestore.sandbox.http.context import (
    Operation,
    RequestContext,
    get_or_404,
    json_response,
    list_response,
    not_found,
    record_response,
)

if TYPE_CHECKING:
    from starlette.responses import Response


def get_store(context: RequestContext) -> Response:
    """Return the store that the token belongs to (getStore)."""
    return json_response(context.store.settings)


def get_statuses(context: RequestContext) -> Response:
    """Return all order statuses, unpaginated (getOrderStatuses)."""
    return list_response(context.store.statuses, context.store.statuses.keys)


def get_gateways(context: RequestContext) -> Response:
    """Return all of the vendor's gateways (getGateways)."""
    return json_response({"gateways": context.store.gateways})


def get_store_gateways(context: RequestContext) -> Response:
    """Return the store's own gateways; `me` is the token's store (getStoreGateways)."""
    if context.path["store"] not in ("me", context.store.settings["id"]):
        raise not_found("store", context.path["store"])
    return json_response({"gateways": context.store.store_gateways})


def get_shipping_methods(context: RequestContext) -> Response:
    """Return all shipping methods, unpaginated (getShippingMethods)."""
    return list_response(context.store.shipping_methods, context.store.shipping_methods.keys)


def get_locations(context: RequestContext) -> Response:
    """Return the offline locations, filtered by `deleted` if given (getOfflineLocations)."""
    tests = query.equals("deleted", query.flag(context.query, "deleted"))
    return list_response(context.store.locations, query.select_keys(context.store.locations, tests))


def get_location(context: RequestContext) -> Response:
    """Return an offline location by its uuid (getOfflineLocation)."""
    return record_response(
        get_or_404(context.store.locations, context.path["id"], "offline location")
    )


def get_regions(context: RequestContext) -> Response:
    """Return the regions as a plain list, as documented (TaxPolicyRegionList)."""
    return list_response(context.store.regions, context.store.regions.keys)


def get_region(context: RequestContext) -> Response:
    """Return a region in its envelope (getTaxPolicyRegion)."""
    region = get_or_404(context.store.regions, context.path["code"], "tax policy region")
    return json_response({"region": region.body})


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
