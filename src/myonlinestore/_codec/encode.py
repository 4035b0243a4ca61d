"""Encoding of Structs and plain values to JSON, and JSON schemas."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import msgspec


def _encode_other(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError(f"a request body cannot hold a {type(value).__name__}: pass plain JSON values")


_encoder = msgspec.json.Encoder(enc_hook=_encode_other)
encode = _encoder.encode


def encode_indented(value: object, indent: int) -> bytes:
    """JSON with ``indent`` spaces a level."""
    return msgspec.json.format(encode(value), indent=indent)


def encode_body(body: object) -> bytes:
    """A request body: plain values or a typed body, whose unset fields are left out.

    Raises TypeError for what cannot be sent, ValueError for NaN and infinity, which would arrive
    as null and so mean something else (a `stock` of null is unlimited).
    """
    if hasattr(body, "model_dump"):
        raise TypeError(
            f"a {type(body).__name__} cannot be sent, because absent and null look alike in it: "
            "pass a mapping with just the fields to send, or a typed body such as ArticleUpdate"
        )
    import json  # noqa: PLC0415  it takes a third of the models' own time to load

    held = msgspec.to_builtins(body, builtin_types=(Decimal,), enc_hook=_encode_other)
    return json.dumps(
        held, default=_amount, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    ).encode()


def _amount(value: Decimal) -> str:
    """An amount in the vendor's "decimal notation" (schema Price): 1E+2 is "100"."""
    if not value.is_finite():
        raise ValueError(f"a request body cannot hold the amount {value}: JSON has no such number")
    return format(value, "f")


def json_schema(tp: Any) -> dict[str, Any]:
    """The JSON schema of a type, by its names on the wire."""
    return msgspec.json.schema(tp)
