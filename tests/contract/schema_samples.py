"""Values of the shapes that the vendor's document describes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.contract.vendor_document import Schema, VendorDocument

_MOMENT = dt.datetime.fromisoformat("2024-05-06 07:08:09")
_UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
_TEXTS = {"uuid": _UUID, "email": "jan@example.nl", "date": "2024-05-06"}
_DEPTH = 12  # a category holds categories


def sample(document: VendorDocument, schema: Schema, depth: int = 0) -> Any:
    """JSON with every property that a schema documents."""
    schema = document.resolved(schema)
    properties = document.properties(schema)
    if properties:
        return {name: sample(document, inner, depth + 1) for name, inner in properties.items()}
    if "items" in schema:
        return [sample(document, schema["items"], depth + 1)] if depth < _DEPTH else []
    if schema.get("additionalProperties"):
        return {"name": sample(document, schema["additionalProperties"], depth + 1)}
    return schema.get("example", _scalar(schema))


def _scalar(schema: Schema) -> Any:
    if not schema or schema.get("type") == "object":
        return {}
    if "enum" in schema:
        return schema["enum"][0]
    # The document calls some numbers texts.
    text = _TEXTS.get(schema.get("format", ""), "15")
    return {"integer": 7, "number": 15, "boolean": True}.get(schema.get("type", ""), text)


def argument(schema: Schema) -> tuple[object, list[str]]:
    """Return an argument for a query parameter, and the strings that are sent for it."""
    kind, form = schema.get("type"), schema.get("format")
    if kind == "array":
        value, texts = argument(schema["items"])
        return [value, value], texts * 2
    if kind == "boolean":
        return True, ["true"]
    if form == "date-time":
        return _MOMENT, ["2024-05-06 07:08:09"]
    if form == "date":
        return _MOMENT.date(), ["2024-05-06"]
    value = _scalar(schema)
    return value, [str(value)]
