"""Tax policy by region."""

from __future__ import annotations

from myonlinestore._blocking import blocking
from myonlinestore._request import Request, path
from myonlinestore.models import TaxPolicyRegion
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource


class TaxPolicyResource(Resource):
    """``client.tax_policy``."""

    async def alist(self) -> PaginatedResponse[TaxPolicyRegion]:
        """The tax policy of every region (TaxPolicyRegionList); the vendor does not page them."""
        regions = path("tax-policy", "regions")
        return await self._whole(Request("GET", regions, list[TaxPolicyRegion], envelope="regions"))

    async def aget(self, *, code: str) -> TaxPolicyRegion:
        """The tax policy of one region (getTaxPolicyRegion).

        Args:
            code: the country's ISO 3166-1 alpha-2 code, such as ``"NL"``.
        """
        region = path("tax-policy", "regions", code)
        return await self._send(Request("GET", region, TaxPolicyRegion, envelope="region"))

    @blocking(alist)
    def list(self) -> None: ...

    @blocking(aget)
    def get(self) -> None: ...
