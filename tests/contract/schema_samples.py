"""Sample values of the types that the vendor's document gives."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.contract.vendor_document import InlineSchema, Schema, VendorDocument

_TIMESTAMP = dt.datetime.fromisoformat("2024-05-06 07:08:09")
_UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
_STRINGS = {"uuid": _UUID, "email": "jan@example.nl", "date": "2024-05-06"}
_MAX_DEPTH = 12  # a category contains categories


def make_sample(document: VendorDocument, schema: Schema, depth: int = 0) -> Any:
    """Return JSON with every property of a schema."""
    schema = document.resolve(schema)
    properties = document.get_properties(schema)
    if properties:
        return {name: make_sample(document, inner, depth + 1) for name, inner in properties.items()}
    if "items" in schema:
        return [make_sample(document, schema["items"], depth + 1)] if depth < _MAX_DEPTH else []
    if "values" in schema:
        return {"name": make_sample(document, schema["values"], depth + 1)}
    return schema.get("example", _make_scalar(schema))


def _make_scalar(schema: InlineSchema) -> Any:
    if not schema or schema.get("type") == "object":
        return {}
    if "enum" in schema:
        return schema["enum"][0]
    # The document types some numbers as strings.
    text = _STRINGS.get(schema.get("format", ""), "15")
    return {"integer": 7, "number": 15, "boolean": True}.get(schema.get("type", ""), text)


def make_argument(document: VendorDocument, schema: Schema) -> tuple[object, list[str]]:
    """Return an argument for a query parameter, and the strings that are sent for it."""
    schema = document.resolve(schema)
    format_ = schema.get("format")
    if schema.get("type") == "array":
        value, texts = make_argument(document, schema["items"])
        return [value, value], texts * 2
    if schema.get("type") == "boolean":
        return True, ["true"]
    if format_ == "date-time":
        return _TIMESTAMP, ["2024-05-06 07:08:09"]
    if format_ == "date":
        return _TIMESTAMP.date(), ["2024-05-06"]
    value = _make_scalar(schema)
    return value, [str(value)]
