"""Check of JSON values against the schemas of the vendor's document."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.vendor_document import Schema, VendorDocument

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _is(read: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _is(dt.date.fromisoformat),
    "time": _is(dt.time.fromisoformat),
    "date-time": _is(dt.datetime.fromisoformat),
    "uuid": _is(uuid.UUID),
    "email": lambda text: "@" in text,
    "float": _is(float),
    "iban": lambda text: bool(re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", text)),
    "vat-number": lambda text: bool(re.fullmatch(r"[A-Z]{2}\w+", text)),
}


def violations(
    document: VendorDocument, schema: Schema, value: Any, path: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the deviations from the schema, with their JSON path (``orderlines.price.rate``).

    The document marks few fields as nullable and describes others in words only (an unlimited
    `stock`), so null is valid everywhere.
    """
    schema = document.resolved(schema)
    if value is None:
        return
    if "oneOf" in schema:
        found = [list(violations(document, each, value, path)) for each in schema["oneOf"]]
        yield from min(found, key=len)
        return
    yield from ((path, what) for what in _scalar_violations(schema, value))
    if isinstance(value, list) and "items" in schema:
        for each in value:
            yield from violations(document, schema["items"], each, path)
    if isinstance(value, dict):
        yield from _object_violations(document, schema, value, path)


def _object_violations(
    document: VendorDocument, schema: Schema, value: dict[str, Any], path: str
) -> Iterator[tuple[str, str]]:
    properties = document.properties(schema)
    for name in document.required(schema) - set(value):
        yield f"{path}.{name}".lstrip("."), "required, and not there"
    for name, each in value.items():
        place = f"{path}.{name}".lstrip(".")
        if name in properties:
            yield from violations(document, properties[name], each, place)
        elif properties and "additionalProperties" not in schema:
            yield place, "not documented"


def _scalar_violations(schema: Schema, value: Any) -> Iterator[str]:
    kind = schema.get("type")
    is_flag = isinstance(value, bool)
    if kind and (not isinstance(value, _TYPES[kind]) or is_flag != (kind == "boolean")):
        yield f"not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "not in the enum"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield "not of the pattern"
        if len(value) > schema.get("maxLength", len(value)):
            yield "too long"
        if not _FORMATS.get(schema.get("format", ""), bool)(value or "x"):
            yield f"not of the format {schema['format']}"
