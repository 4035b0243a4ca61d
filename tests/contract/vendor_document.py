"""The vendor's OpenAPI document, with its references followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


class VendorDocument:
    """Operations, schemas and examples as the vendor wrote them."""

    def __init__(self, document: dict[str, Any]) -> None:
        # Through JSON, as the API speaks it: the YAML has dates, JSON has text.
        self.raw: dict[str, Any] = json.loads(json.dumps(document, default=str))
        self.schemas: dict[str, Schema] = self.raw["components"]["schemas"]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Each operation with its method and path."""
        for path, item in self.raw["paths"].items():
            for method in ("get", "post", "patch", "put", "delete"):
                if method in item:
                    yield method.upper(), path, item[method]

    def resolved(self, schema: Schema) -> Schema:
        """Return a schema with its own reference followed."""
        while "$ref" in schema:
            held: Any = self.raw
            for part in schema["$ref"].removeprefix("#/").split("/"):
                held = held[part]
            schema = held
        return schema

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """Every property of a schema and of those that it is made of."""
        schema = self.resolved(schema)
        found: dict[str, Schema] = {}
        for part in [*schema.get("allOf", []), *schema.get("oneOf", [])]:
            found |= self.properties(part)
        return found | schema.get("properties", {})

    def required(self, schema: Schema) -> set[str]:
        """Return the properties that a schema, or one that it is made of, requires."""
        schema = self.resolved(schema)
        found = set(schema.get("required", []))
        for part in schema.get("allOf", []):
            found |= self.required(part)
        return found

    def item(self, schema: Schema) -> Schema:
        """Return the schema itself, or that of its items where it is a list."""
        schema = self.resolved(schema)
        while "items" in schema:
            schema = self.resolved(schema["items"])
        return schema

    def reached_from(self, part: Any, seen: set[str] | None = None) -> set[str]:
        """Return the names of all schemas that a part of the document leads to."""
        seen = set() if seen is None else seen
        if isinstance(part, dict):
            name = part.get("$ref", "").removeprefix("#/components/schemas/")
            if name in self.schemas and name not in seen:
                seen.add(name)
                self.reached_from(self.schemas[name], seen)
        for inner in part.values() if isinstance(part, dict) else part:
            if isinstance(inner, (dict, list)):
                self.reached_from(inner, seen)
        return seen

    def body_schema(self, operation: dict[str, Any]) -> Schema | None:
        """Return the schema of an operation's JSON body, if it takes one."""
        body = self.resolved(operation.get("requestBody", {}))
        schema: Schema | None = body.get("content", {}).get("application/json", {}).get("schema")
        return schema
