"""Encoding of Structs and plain values to JSON, and JSON schemas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec


def _encode_other(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError(f"a request body cannot hold a {type(value).__name__}: pass plain JSON values")


_KEPT_TYPES = (bytes, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, UUID)
_encoder = msgspec.json.Encoder(enc_hook=_encode_other)
encode = _encoder.encode


def encode_indented(value: object, indent: int) -> bytes:
    """Encode a value with ``indent`` spaces per level."""
    return msgspec.json.format(encode(value), indent=indent)


def to_dict(row: object) -> dict[str, Any]:
    """Return a row as plain Python values; those that JSON lacks, such as Decimal, are kept."""
    model_dump = getattr(row, "model_dump", None)
    if model_dump is not None:
        return cast("dict[str, Any]", model_dump())
    return cast("dict[str, Any]", msgspec.to_builtins(row, builtin_types=_KEPT_TYPES))


def encode_body(body: object) -> bytes:
    """Encode a request body: plain values, or a typed body without its unset fields.

    Raises TypeError for values that JSON cannot represent, and ValueError for NaN and infinity,
    which would be sent as null and change the meaning (a `stock` of null is unlimited).
    """
    if hasattr(body, "model_dump"):
        raise TypeError(
            f"a {type(body).__name__} cannot be sent, because it does not distinguish absent and "
            "null: pass a mapping with the fields to send, or a typed body such as ArticleUpdate"
        )
    import json  # noqa: PLC0415  its import takes a third as long as that of all models

    plain = msgspec.to_builtins(body, builtin_types=(Decimal,), enc_hook=_encode_other)
    return json.dumps(
        plain, default=_format_amount, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _format_amount(value: Decimal) -> str:
    """Format an amount in the API's "decimal notation" (schema Price): 1E+2 becomes "100"."""
    if not value.is_finite():
        raise ValueError(f"a request body cannot hold the amount {value}: JSON has no such number")
    return format(value, "f")


def json_schema(tp: Any) -> dict[str, Any]:
    """Return the JSON schema of a type, with the wire names of its fields."""
    return msgspec.json.schema(tp)
