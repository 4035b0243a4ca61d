"""Discount codes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import DiscountCode, DiscountCodeCreate, DiscountCodeUpdate
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import DiscountCodeFilters

T = TypeVar("T")


class DiscountCodesResource(Resource):
    """``client.discount_codes``."""

    @overload
    async def alist(
        self, *, model: None = None, **filters: Unpack[DiscountCodeFilters]
    ) -> PaginatedResponse[DiscountCode]: ...
    @overload
    async def alist(
        self, *, model: type[T], **filters: Unpack[DiscountCodeFilters]
    ) -> PaginatedResponse[T]: ...
    async def alist(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        active: bool | None = None,
        valid_start_date: str | date | datetime | None = None,
        valid_end_date: str | date | datetime | None = None,
        model: type[Any] | None = None,
    ) -> PaginatedResponse[DiscountCode] | PaginatedResponse[Any]:
        """List all discount codes (getDiscountcodes). The API ignores `limit` and `offset` here.

        Args:
            limit: sent unchanged, for compatibility with 1.0.
            offset: sent unchanged, for compatibility with 1.0.
            active: only active codes, or only inactive ones.
            valid_start_date: valid from this day on; may include codes without a validity period.
            valid_end_date: valid until this day; may include codes without a validity period.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        query = {
            "active": active,
            "valid_start_date": valid_start_date,
            "valid_end_date": valid_end_date,
        }
        request = Request(
            "GET",
            build_path("discountcodes"),
            list[DiscountCode],
            query,
            operation="getDiscountcodes",
        )
        return await self._list_all(request, limit, offset, model=model)

    async def aget(self, *, code: str) -> DiscountCode:
        """Return a discount code (getDiscountcode)."""
        return await self._send(
            Request(
                "GET", build_path("discountcodes", code), DiscountCode, operation="getDiscountcode"
            )
        )

    async def acreate(self, *, body: Mapping[str, Any] | DiscountCodeCreate) -> DiscountCode:
        """Create a discount code (postDiscountcode) and return it as stored."""
        return await self._send(
            Request(
                "POST",
                build_path("discountcodes"),
                DiscountCode,
                body=body,
                operation="postDiscountcode",
            )
        )

    async def aupdate(self, *, body: Mapping[str, Any] | DiscountCodeUpdate) -> DiscountCode:
        """Change the discount code named by the body's `code` (patchDiscountcode) and return it."""
        return await self._send(
            Request(
                "PATCH",
                build_path("discountcodes"),
                DiscountCode,
                body=body,
                operation="patchDiscountcode",
            )
        )

    async def adelete(self, *, code: str) -> None:
        """Delete a discount code (deleteDiscountcode)."""
        await self._send(
            Request(
                "DELETE",
                build_path("discountcodes", code),
                NoneType,
                operation="deleteDiscountcode",
            )
        )

    @overload
    def list(
        self, *, model: None = None, **filters: Unpack[DiscountCodeFilters]
    ) -> PaginatedResponse[DiscountCode]: ...
    @overload
    def list(
        self, *, model: type[T], **filters: Unpack[DiscountCodeFilters]
    ) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...

    @sync_method(acreate)
    def create(self) -> None: ...

    @sync_method(aupdate)
    def update(self) -> None: ...

    @sync_method(adelete)
    def delete(self) -> None: ...
