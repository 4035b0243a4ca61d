"""Quirks: the malformed shapes of live responses, for testing before production.

Each shape occurs in live responses or in the vendor's examples, and none loses data: numbers and
flags as strings, prices as numbers, `[]` for an empty object, a list as a map by position or by id,
one object for a list of one, customers and regions with and without their envelope. The quirks are
drawn from the seed and the response, so the same response always has the same shape.
"""

from __future__ import annotations

import functools
import random
import re
import types
import zlib
from typing import Any, Union, get_args, get_origin

import msgspec
from starlette.responses import Response

from myonlinestore import models
from myonlinestore._codec.decode import decode_any
from myonlinestore._codec.encode import encode
from myonlinestore.models import Model

_OPERATIONS: dict[type[Model], tuple[str, ...]] = {
    models.Article: (
        "getArticles",
        "postArticle",
        "getArticle",
        "patchArticle",
        "postArticleFields",
        "deleteArticleFields",
        "postArticleLists",
        "deleteArticleLists",
    ),
    models.ArticleList: ("getArticleList", "postArticleListOptions", "deleteArticleListOptions"),
    models.ArticleLimited: ("getCategoryArticles",),
    models.Category: ("getCategories", "postCategory", "getCategory", "patchCategory"),
    models.CountResponse: (
        "getArticleCount",
        "getCategoryCount",
        "getOrderCount",
        "countNewsletterSubscribers",
    ),
    models.Customer: ("getCustomers", "createCustomer", "getCustomer", "patchCustomer"),
    models.CustomerAddress: (
        "getCustomersAddresses",
        "postCustomersAddress",
        "getCustomersAddress",
        "patchCustomersAddress",
    ),
    models.Order: ("getOrders", "postOrder", "postCreditOrder", "getOrder", "patchOrder"),
    models.Payment: ("getOrderPayments", "postOrderPayment", "patchOrderPayment"),
    models.DiscountCode: (
        "getDiscountcodes",
        "postDiscountcode",
        "patchDiscountcode",
        "getDiscountcode",
    ),
    models.NewsletterSubscriber: (
        "getNewsletterSubscribers",
        "postNewsletterSubscriber",
        "getNewsletterSubscriber",
        "patchNewsletterSubscriber",
    ),
    models.Store: ("getStore",),
    models.OrderStatus: ("getOrderStatuses",),
    models.PaymentGateway: ("getGateways", "getStoreGateways"),
    models.ShippingMethod: ("getShippingMethods",),
    models.OfflineLocation: ("getOfflineLocations", "getOfflineLocation"),
    models.TaxPolicyRegion: ("TaxPolicyRegionList", "getTaxPolicyRegion"),
}
RESPONSE_MODELS: dict[str, type[Model]] = {
    operation: model for model, operations in _OPERATIONS.items() for operation in operations
}

ENVELOPES = {
    "getCustomers": "customers",
    "createCustomer": "customer",
    "getCustomer": "customer",
    "patchCustomer": "customer",
    "getCustomersAddresses": "addresses",
    "postCustomersAddress": "address",
    "getCustomersAddress": "address",
    "patchCustomersAddress": "address",
    "getOrderPayments": "payments",
    "postOrderPayment": "payment",
    "patchOrderPayment": "payment",
    "getGateways": "gateways",
    "getStoreGateways": "gateways",
    "TaxPolicyRegionList": "regions",
    "getTaxPolicyRegion": "region",
}
OPTIONAL_ENVELOPES = frozenset({"customers", "customer", "regions", "region"})
"""Envelopes that live responses sometimes omit."""


_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?", re.ASCII)
_INTEGER = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)
_FIRST_ERROR = 400


def apply_quirks(operation: str, response: Response, seed: int) -> Response:
    """Return the response with quirks, if its operation has any."""
    if operation not in RESPONSE_MODELS or response.status_code >= _FIRST_ERROR:
        return response
    body = bytes(response.body)
    shaper = QuirkGenerator(random.Random(f"{seed}:quirks:{operation}:{zlib.crc32(body)}"))
    result = shaper.apply(operation, decode_any(body))
    kind = response.headers.get("content-type")
    return Response(encode(result), response.status_code, media_type=kind)


class QuirkGenerator:
    """Generator of quirks, which changes half of the values that can have one."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def _is_odd(self) -> bool:
        return self._rng.random() < 0.5

    def apply(self, operation: str, value: Any) -> Any:
        """Apply quirks to a whole response, with or without its envelope."""
        model, envelope = RESPONSE_MODELS[operation], ENVELOPES.get(operation)
        if envelope is None or isinstance(value, list):
            result = self._rows(value, model)
        else:
            result = {**value, envelope: self._rows(value[envelope], model)}
        if envelope not in OPTIONAL_ENVELOPES or self._is_odd():
            return result
        return result[envelope] if isinstance(value, dict) else {envelope: result}

    def _rows(self, value: Any, model: type[Model]) -> Any:
        type_: Any = list[model] if isinstance(value, list) else model  # type: ignore[valid-type]
        return self._apply(value, type_)

    def _apply(self, value: Any, type_: Any) -> Any:
        """Apply quirks to a value of a type."""
        kinds = [kind for kind in _alternatives(type_) if kind is not type(None)]
        if value is None:
            return self._null(kinds)
        if isinstance(value, list):
            return self._list(value, kinds)
        if isinstance(value, dict):
            return self._object(value, kinds)
        return self._scalar(value, kinds) if self._is_odd() else value

    def _null(self, kinds: list[Any]) -> Any:
        """Return PHP's empty object, or the empty string for a number."""
        if len(kinds) > 1 or not self._is_odd():
            return None
        if _is_model(kinds[0]):
            return []
        return "" if kinds[0] is int else None

    def _scalar(self, value: Any, kinds: list[Any]) -> Any:
        if isinstance(value, bool):
            return value if str in kinds else self._flag(value, numbers=int in kinds)
        if isinstance(value, int):
            return str(value)
        if int in kinds and _INTEGER.fullmatch(value):
            return int(value)
        return value

    def _flag(self, value: bool, *, numbers: bool) -> Any:
        forms: list[Any] = ["1"] if value else ["0", ""]
        return self._rng.choice(forms if numbers else [*forms, int(value)])

    def _object(self, value: dict[str, Any], kinds: list[Any]) -> Any:
        model = next((kind for kind in kinds if _is_model(kind)), None)
        if model is None:
            return [] if not value and self._is_odd() else value
        result = self._fields(value, model)
        # An order line's price is one object or a list of them.
        listed = any(get_origin(kind) is list for kind in kinds)
        return [result] if listed and self._is_odd() else result

    def _fields(self, value: dict[str, Any], model: Any) -> dict[str, Any]:
        field_types, amounts = _field_types(model)
        return {
            name: self._amount(item)
            if name in amounts
            else self._apply(item, field_types.get(name, Any))
            for name, item in value.items()
        }

    def _amount(self, value: Any) -> Any:
        """Return a price as a number with exactly these digits."""
        if isinstance(value, str) and _NUMBER.fullmatch(value) and self._is_odd():
            return msgspec.Raw(value.encode())
        return value

    def _list(self, value: list[Any], kinds: list[Any]) -> Any:
        lists = [kind for kind in kinds if get_origin(kind) is list]
        if not lists or not value:
            return value
        item_type = get_args(lists[0])[0]
        result = [self._apply(item, item_type) for item in value]
        if not self._is_odd():
            return result
        if len(result) == 1 and isinstance(value[0], dict) and self._is_odd():
            return result[0]
        return self._map(value, result, item_type)

    def _map(self, value: list[Any], result: list[Any], item_type: Any) -> dict[str, Any]:
        """Return a map by position or by id; with ids, the items may omit theirs."""
        name = _id_name(item_type)
        ids = [str(item[name]) for item in value if isinstance(item, dict) and item.get(name)]
        positions = [str(position) for position in range(len(value))]
        if len(set(ids)) < len(value) or set(ids) & set(positions) or self._is_odd():
            return dict(zip(positions, result, strict=True))
        inside = self._is_odd()
        return {
            key: {field: content for field, content in item.items() if inside or field != name}
            for key, item in zip(ids, result, strict=True)
        }


@functools.cache
def _field_types(model: type[Model]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the type of each field by wire name, and the names of amounts and rates."""
    fields = msgspec.structs.fields(model)
    amounts = [field.encode_name for field in fields if hasattr(model, f"{field.name}_decimal")]
    return {field.encode_name: field.type for field in fields}, frozenset(amounts)


@functools.cache
def _alternatives(type_: Any) -> tuple[Any, ...]:
    return get_args(type_) if get_origin(type_) in (Union, types.UnionType) else (type_,)


def _is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, Model)


@functools.cache
def _id_name(item_type: Any) -> str:
    """Return the wire name of the id field of a list's items, or ""."""
    if not _is_model(item_type):
        return ""
    fields = {field.name: field.encode_name for field in msgspec.structs.fields(item_type)}
    key: str = item_type.map_fields[0]
    return fields.get(key, "") if key == "id" or key.endswith("_id") else ""
