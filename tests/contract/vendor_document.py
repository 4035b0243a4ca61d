"""The facts of the vendor's document: its operations, and the schemas that they refer to.

`vendor.json` is written by ``python tools/contract_facts.py vendor path/to/openapi.yaml``. A schema
there is the name of another one, or holds keywords of JSON Schema, and `bases` (all of them apply),
`alternatives` (one of them does) and `values` (the schema of every other property).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

FACTS = Path(__file__).with_name("vendor.json")

InlineSchema = dict[str, Any]
Schema = str | InlineSchema


class Operation(TypedDict):
    """One of the vendor's operations."""

    method: str
    path: str
    query: dict[str, Schema]
    body: Schema | None
    responses: dict[str, Schema | None]


class VendorDocument:
    """The vendor's operations by id, and its schemas by name."""

    def __init__(self) -> None:
        facts = json.loads(FACTS.read_text("utf-8"))
        self.operations: dict[str, Operation] = facts["operations"]
        self.schemas: dict[str, Schema] = facts["schemas"]

    def resolve(self, schema: Schema) -> InlineSchema:
        """Return the schema that a name refers to, or the schema itself."""
        while isinstance(schema, str):
            schema = self.schemas[schema]
        return schema

    def get_example(self, name: str) -> Any:
        """Return the example of a schema, or None if it has none."""
        return self.resolve(name).get("example")

    def get_properties(self, schema: Schema) -> dict[str, Schema]:
        """Return the properties of a schema, with those of its bases and alternatives."""
        schema = self.resolve(schema)
        properties: dict[str, Schema] = {}
        for part in [*schema.get("bases", []), *schema.get("alternatives", [])]:
            properties |= self.get_properties(part)
        return properties | schema.get("properties", {})

    def get_required(self, schema: Schema) -> set[str]:
        """Return the properties that a schema or one of its bases requires."""
        schema = self.resolve(schema)
        required = set(schema.get("required", []))
        for base in schema.get("bases", []):
            required |= self.get_required(base)
        return required

    def get_item_schema(self, schema: Schema) -> InlineSchema:
        """Return the schema itself, or that of its items if it is a list."""
        schema = self.resolve(schema)
        while "items" in schema:
            schema = self.resolve(schema["items"])
        return schema

    def find_reachable_names(self, schema: Schema, seen: set[str] | None = None) -> set[str]:
        """Return the names of the schemas that a schema refers to, directly or not."""
        seen = set() if seen is None else seen
        if isinstance(schema, str):
            if schema in seen:
                return seen
            seen.add(schema)
        for part in _iterate_parts(self.resolve(schema)):
            self.find_reachable_names(part, seen)
        return seen


def _iterate_parts(schema: InlineSchema) -> Iterator[Schema]:
    yield from schema.get("properties", {}).values()
    yield from schema.get("bases", [])
    yield from schema.get("alternatives", [])
    yield from (schema[key] for key in ("items", "values") if key in schema)
