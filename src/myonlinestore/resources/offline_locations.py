"""Points of sale."""

from __future__ import annotations

from typing import Any

from myonlinestore._blocking import blocking
from myonlinestore._request import Request, path
from myonlinestore.models import OfflineLocation
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource, identifier


class OfflineLocationsResource(Resource):
    """``client.offline_locations``."""

    async def alist(self, *, deleted: bool | None = None) -> PaginatedResponse[OfflineLocation]:
        """All points of sale (getOfflineLocations).

        Args:
            deleted: only inactive (soft-deleted) locations, or only others.
        """
        query = {"deleted": deleted}
        return await self._whole(
            Request("GET", path("offlinelocations"), list[OfflineLocation], query)
        )

    async def aget(self, /, *, id: int | str | None = None, **kwargs: Any) -> OfflineLocation:
        """One point of sale (getOfflineLocation).

        Args:
            id: the location's UUID.
            kwargs: `location_id`, an older name of `id`.
        """
        location = path("offlinelocations", identifier(id, kwargs, "location_id"))
        return await self._send(Request("GET", location, OfflineLocation))

    @blocking(alist)
    def list(self) -> None: ...

    @blocking(aget)
    def get(self) -> None: ...
