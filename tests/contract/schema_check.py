"""Check of JSON values against the schemas of the vendor's document."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.contract.vendor_document import InlineSchema, Schema, VendorDocument

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _make_check(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return check


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _make_check(dt.date.fromisoformat),
    "time": _make_check(dt.time.fromisoformat),
    "date-time": _make_check(dt.datetime.fromisoformat),
    "uuid": _make_check(uuid.UUID),
    "email": lambda text: "@" in text,
    "float": _make_check(float),
    "iban": lambda text: bool(re.fullmatch(r"[A-Z]{2}\d\d[A-Z0-9]{11,30}", text)),
    "vat-number": lambda text: bool(re.fullmatch(r"[A-Z]{2}\w+", text)),
}


def find_violations(
    document: VendorDocument, schema: Schema, value: Any, path: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the deviations from the schema, with their JSON path (``orderlines.price.rate``).

    The document marks few fields as nullable and describes others in words only (an unlimited
    `stock`), so null is valid everywhere.
    """
    schema = document.resolve(schema)
    if value is None:
        return
    if "alternatives" in schema:
        yield from min(
            (list(find_violations(document, part, value, path)) for part in schema["alternatives"]),
            key=len,
        )
        return
    yield from ((path, problem) for problem in _find_scalar_violations(schema, value))
    if isinstance(value, list) and "items" in schema:
        for item in value:
            yield from find_violations(document, schema["items"], item, path)
    if isinstance(value, dict):
        yield from _find_object_violations(document, schema, value, path)


def _find_object_violations(
    document: VendorDocument, schema: InlineSchema, value: dict[str, Any], path: str
) -> Iterator[tuple[str, str]]:
    properties = document.get_properties(schema)
    for name in document.get_required(schema) - set(value):
        yield f"{path}.{name}".lstrip("."), "required, but missing"
    for name, part in value.items():
        part_path = f"{path}.{name}".lstrip(".")
        if name in properties:
            yield from find_violations(document, properties[name], part, part_path)
        elif properties and "values" not in schema:
            yield part_path, "not documented"


def _find_scalar_violations(schema: InlineSchema, value: Any) -> Iterator[str]:
    name = schema.get("type")
    is_bool = isinstance(value, bool)
    if name and (not isinstance(value, _TYPES[name]) or is_bool != (name == "boolean")):
        yield f"not of type {name}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "not in the enum"
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield "does not match the pattern"
        if len(value) > schema.get("maxLength", len(value)):
            yield "too long"
        if not _FORMATS.get(schema.get("format", ""), bool)(value or "x"):
            yield f"not of the format {schema['format']}"
