"""The store itself."""

from __future__ import annotations

from myonlinestore._concurrency.sync import sync_method
from myonlinestore._request import Request, build_path
from myonlinestore.models import Store
from myonlinestore.resources.base import Resource


class StoreResource(Resource):
    """``client.store``."""

    async def aget(self) -> Store:
        """The store of the token (getStore)."""
        return await self._send(Request("GET", build_path("store"), Store))

    @sync_method(aget)
    def get(self) -> None: ...
