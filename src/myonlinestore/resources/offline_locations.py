"""Points of sale."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import OfflineLocation
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource, identifier

T = TypeVar("T")


class OfflineLocationsResource(Resource):
    """``client.offline_locations``."""

    @overload
    async def alist(
        self, *, deleted: bool | None = None, model: None = None
    ) -> PaginatedResponse[OfflineLocation]: ...
    @overload
    async def alist(
        self, *, deleted: bool | None = None, model: type[T]
    ) -> PaginatedResponse[T]: ...
    async def alist(
        self, *, deleted: bool | None = None, model: type[Any] | None = None
    ) -> PaginatedResponse[OfflineLocation] | PaginatedResponse[Any]:
        """All points of sale (getOfflineLocations).

        Args:
            deleted: only inactive (soft-deleted) locations, or only others.
            model: what each row is decoded to instead, such as a Struct of the fields you need.
        """
        query = {"deleted": deleted}
        return await self._list_all(
            Request("GET", build_path("offlinelocations"), list[OfflineLocation], query),
            model=model,
        )

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> OfflineLocation:
        """One point of sale (getOfflineLocation).

        Args:
            id: the location's UUID.
            kwargs: `location_id`, an older name of `id`.
        """
        location = build_path("offlinelocations", identifier(id, kwargs, "location_id"))
        return await self._send(Request("GET", location, OfflineLocation))

    @overload
    def list(
        self, *, deleted: bool | None = None, model: None = None
    ) -> PaginatedResponse[OfflineLocation]: ...
    @overload
    def list(self, *, deleted: bool | None = None, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist)
    def list(self) -> None: ...

    @sync_method(aget)
    def get(self) -> None: ...
