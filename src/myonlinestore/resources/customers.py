"""Customers and their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from myonlinestore._concurrency.sync import sync_method, sync_method_overloaded
from myonlinestore._request import Request, build_path
from myonlinestore.models import (
    Customer,
    CustomerAddress,
    CustomerAddressCreate,
    CustomerAddressUpdate,
    CustomerCreate,
    CustomerUpdate,
)
from myonlinestore.pagination import PaginatedResponse
from myonlinestore.resources.base import Resource

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from myonlinestore.resources.filters import CustomerFilters

T = TypeVar("T")


class CustomersResource(Resource):
    """``client.customers``."""

    @overload
    async def alist(
        self, *, model: None = None, **filters: Unpack[CustomerFilters]
    ) -> PaginatedResponse[Customer]: ...
    @overload
    async def alist(
        self, *, model: type[T], **filters: Unpack[CustomerFilters]
    ) -> PaginatedResponse[T]: ...
    async def alist(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        q: str | None = None,
        embed: str | None = None,
        model: type[Any] | None = None,
    ) -> PaginatedResponse[Customer] | PaginatedResponse[Any]:
        """List all customers (getCustomers). The API ignores `limit` and `offset` here.

        Args:
            limit: sent unchanged, for compatibility with 1.0.
            offset: sent unchanged, for compatibility with 1.0.
            q: only customers whose email address matches.
            embed: ``"address"`` to include each customer's addresses.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        query = {"q": q, "embed": embed}
        request = Request(
            "GET",
            build_path("customers"),
            list[Customer],
            query,
            envelope="customers",
            operation="getCustomers",
        )
        return await self._list_all(request, limit, offset, model=model)

    async def aget(self, *, customer_id: int | str) -> Customer:
        """Return a customer, by UUID (getCustomer)."""
        customer = build_path("customers", customer_id)
        return await self._send(
            Request("GET", customer, Customer, envelope="customer", operation="getCustomer")
        )

    async def acreate(self, *, body: Mapping[str, Any] | CustomerCreate) -> Customer:
        """Create a customer (createCustomer) and return it as stored."""
        customers = build_path("customers")
        return await self._send(
            Request(
                "POST",
                customers,
                Customer,
                body=body,
                envelope="customer",
                operation="createCustomer",
            )
        )

    async def aupdate(
        self, *, customer_id: int | str, body: Mapping[str, Any] | CustomerUpdate
    ) -> Customer:
        """Change the given fields of a customer (patchCustomer) and return it as stored."""
        customer = build_path("customers", customer_id)
        return await self._send(
            Request(
                "PATCH",
                customer,
                Customer,
                body=body,
                envelope="customer",
                operation="patchCustomer",
            )
        )

    async def adelete(self, *, customer_id: int | str) -> None:
        """Delete a customer (deleteCustomer)."""
        await self._send(
            Request(
                "DELETE", build_path("customers", customer_id), NoneType, operation="deleteCustomer"
            )
        )

    @overload
    async def alist_addresses(
        self, *, customer_id: int | str, model: None = None
    ) -> PaginatedResponse[CustomerAddress]: ...
    @overload
    async def alist_addresses(
        self, *, customer_id: int | str, model: type[T]
    ) -> PaginatedResponse[T]: ...
    async def alist_addresses(
        self, *, customer_id: int | str, model: type[Any] | None = None
    ) -> PaginatedResponse[CustomerAddress] | PaginatedResponse[Any]:
        """List all addresses of a customer (getCustomersAddresses).

        Args:
            customer_id: the customer's UUID.
            model: a type to decode each row to instead, such as a Struct of the fields you need.
        """
        addresses = build_path("customers", customer_id, "addresses")
        return await self._list_all(
            Request(
                "GET",
                addresses,
                list[CustomerAddress],
                envelope="addresses",
                operation="getCustomersAddresses",
            ),
            model=model,
        )

    async def aget_address(
        self, *, customer_id: int | str, address_id: int | str
    ) -> CustomerAddress:
        """Return an address of a customer (getCustomersAddress)."""
        address = build_path("customers", customer_id, "addresses", address_id)
        return await self._send(
            Request(
                "GET", address, CustomerAddress, envelope="address", operation="getCustomersAddress"
            )
        )

    async def acreate_address(
        self, *, customer_id: int | str, body: Mapping[str, Any] | CustomerAddressCreate
    ) -> CustomerAddress:
        """Add an address to a customer (postCustomersAddress) and return it as stored."""
        addresses = build_path("customers", customer_id, "addresses")
        return await self._send(
            Request(
                "POST",
                addresses,
                CustomerAddress,
                body=body,
                envelope="address",
                operation="postCustomersAddress",
            )
        )

    async def aupdate_address(
        self,
        *,
        customer_id: int | str,
        address_id: int | str,
        body: Mapping[str, Any] | CustomerAddressUpdate,
    ) -> CustomerAddress:
        """Change the given fields of an address (patchCustomersAddress) and return it as stored."""
        address = build_path("customers", customer_id, "addresses", address_id)
        return await self._send(
            Request(
                "PATCH",
                address,
                CustomerAddress,
                body=body,
                envelope="address",
                operation="patchCustomersAddress",
            )
        )

    async def adelete_address(self, *, customer_id: int | str, address_id: int | str) -> None:
        """Delete an address of a customer (deleteCustomersAddress)."""
        address = build_path("customers", customer_id, "addresses", address_id)
        await self._send(Request("DELETE", address, NoneType, operation="deleteCustomersAddress"))

    @overload
    def list(
        self, *, model: None = None, **filters: Unpack[CustomerFilters]
    ) -> PaginatedResponse[Customer]: ...
    @overload
    def list(
        self, *, model: type[T], **filters: Unpack[CustomerFilters]
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

    @overload
    def list_addresses(
        self, *, customer_id: int | str, model: None = None
    ) -> PaginatedResponse[CustomerAddress]: ...
    @overload
    def list_addresses(self, *, customer_id: int | str, model: type[T]) -> PaginatedResponse[T]: ...
    @sync_method_overloaded(alist_addresses)
    def list_addresses(self) -> None: ...

    @sync_method(aget_address)
    def get_address(self) -> None: ...

    @sync_method(acreate_address)
    def create_address(self) -> None: ...

    @sync_method(aupdate_address)
    def update_address(self) -> None: ...

    @sync_method(adelete_address)
    def delete_address(self) -> None: ...
