"""Tax policy by region."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import TaxPolicyRegion
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

T = TypeVar("T")


class TaxPolicyResource(Resource):
    """``client.tax_policy``."""

    @overload
    async def alist(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    async def alist(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, model: type[Any] | None = None
    ) -> PaginatedResponse[TaxPolicyRegion] | PaginatedResponse[Any]:
        """The tax policy of every region (TaxPolicyRegionList); the vendor does not page them.

        Args:
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        regions = build_path("tax-policy", "regions")
        return await self._list_all(
            Request("GET", regions, list[TaxPolicyRegion], envelope="regions"), model=model
        )

    async def aget(self, *, code: str) -> TaxPolicyRegion:
        """The tax policy of one region (getTaxPolicyRegion).

        Args:
            code: the country's ISO 3166-1 alpha-2 code, such as ``"NL"``.
        """
        region = build_path("tax-policy", "regions", code)
        return await self._send(Request("GET", region, TaxPolicyRegion, envelope="region"))

    @overload
    def list(self, *, model: None = None) -> PaginatedResponse[TaxPolicyRegion]: ...
    @overload
    def list(self, *, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...
