"""Extract the facts that `tests/contract` checks about the vendor's API and the published client.

Neither source is part of this repository. Run it with the path of either when that changes:

    python tools/contract_facts.py vendor path/to/openapi.yaml       (needs PyYAML)
    python tools/contract_facts.py published path/to/published-surface.json

The first writes `tests/contract/vendor.json`: each operation with its method, path, query
parameters, body and response, and the types, names and examples of the schemas, without prose.
The second writes `tests/contract/published.json`: the public names, signatures and fields of
myonlinestore-connect 1.0.2.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FACTS = Path(__file__).parents[1] / "tests" / "contract"
METHODS = ("get", "post", "patch", "put", "delete")
# The keywords of JSON Schema that are facts as they are.
KEYWORDS = ("type", "format", "enum", "pattern", "maxLength", "required", "example")
MAX_LINE_LENGTH = 100
SCHEMA_REF = "#/components/schemas/"


class VendorFacts:
    """The facts of an OpenAPI document, with references to parameters and bodies resolved."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def extract(self) -> dict[str, Any]:
        """Return the operations by operationId, and the schemas by name."""
        operations = {
            part["operationId"]: self.make_operation(method, path, part)
            for path, item in self.document["paths"].items()
            for method, part in item.items()
            if method in METHODS
        }
        schemas = self.document["components"]["schemas"]
        return {
            "operations": dict(sorted(operations.items())),
            "schemas": {name: self.make_schema(schema) for name, schema in sorted(schemas.items())},
        }

    def make_operation(self, method: str, path: str, part: dict[str, Any]) -> dict[str, Any]:
        """Return an operation: its request, and the schema of each response by status."""
        parameters = [self.resolve(parameter) for parameter in part.get("parameters", [])]
        return {
            "method": method.upper(),
            "path": path,
            "query": {
                p["name"]: self.make_schema(p["schema"]) for p in parameters if p["in"] == "query"
            },
            "body": self.make_json_schema(self.resolve(part.get("requestBody", {}))),
            "responses": {s: self.make_json_schema(r) for s, r in part["responses"].items()},
        }

    def resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the document that a reference names, or the part itself."""
        while "$ref" in part:
            target: Any = self.document
            for key in part["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            part = target
        return part

    def make_json_schema(self, part: dict[str, Any]) -> Any:
        """Return the schema of a body or a response, or None if it has none."""
        content = part.get("content", {}).get("application/json")
        return None if content is None else self.make_schema(content["schema"])

    def make_schema(self, schema: dict[str, Any]) -> Any:
        """Return the name of a referenced schema, or the facts of an inline one."""
        if "$ref" in schema:
            return schema["$ref"].removeprefix(SCHEMA_REF)
        facts = {key: schema[key] for key in KEYWORDS if key in schema}
        if "properties" in schema:
            facts["properties"] = {n: self.make_schema(s) for n, s in schema["properties"].items()}
        if "items" in schema:
            facts["items"] = self.make_schema(schema["items"])
        if "additionalProperties" in schema:
            facts["values"] = self.make_schema(schema["additionalProperties"])
        for keyword, name in (("allOf", "bases"), ("oneOf", "alternatives")):
            if keyword in schema:
                facts[name] = [self.make_schema(part) for part in schema[keyword]]
        return facts


def make_published_facts(surface: dict[str, Any]) -> dict[str, Any]:
    """Return the published client's names by module, and what its client object has."""
    instance = surface["client_instance"]
    return {
        "version": surface["version"],
        "loggers": surface["loggers"],
        "attributes": instance["attributes"],
        "default_params": instance["config_default_params"],
        "auth_params": instance["auth_params_no_partner"],
        "urls": {
            "1": instance['versioned_url("/articles")'],
            "2-beta": instance['versioned_url("/articles","2-beta")'],
        },
        "resource_methods": {name: sorted(m) for name, m in surface["client_resources"].items()},
        "legacy_keywords": surface["legacy_kwargs"],
        "legacy_errors": surface["legacy_kwargs_errors"],
        "modules": {
            module: {
                "all": part["__all__"],
                "names": {name: make_name_facts(entry) for name, entry in part["names"].items()},
            }
            for module, part in surface["modules"].items()
        },
    }


def make_name_facts(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of one public name, by its kind."""
    facts: dict[str, Any] = {"kind": entry["kind"]}
    if "init" in entry:
        facts["init"] = make_call_facts(entry["init"])
        facts["methods"] = {name: make_call_facts(m) for name, m in entry["methods"].items()}
        facts["properties"] = entry["properties"]
    if entry["kind"] == "function":
        facts |= make_call_facts(entry)
    if entry["kind"] == "dataclass":
        facts["fields"] = entry["fields"]
        facts["dataclass_params"] = entry["dataclass_params"]
    if entry["kind"] == "pydantic_model":
        facts["fields"] = {
            name: {key: field[key] for key in ("alias", "annotation", "required")}
            for name, field in entry["fields"].items()
        }
    if entry["kind"] == "exception":
        keys = ("mro", "str", "repr_of_msg", "attributes_after_init")
        facts |= {key: entry[key] for key in keys}
    return facts | ({"from": entry["from"]} if "from" in entry else {})


def make_call_facts(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a function's parameters as [name, kind, annotation, default], and its result."""
    keys = ("name", "kind", "annotation", "default")
    return {
        "params": [[parameter.get(key) for key in keys] for parameter in entry["params"]],
        **{key: entry[key] for key in ("async", "returns") if key in entry},
    }


def format_facts(value: Any, indent: str = "") -> str:
    """Return JSON with one line for each small value, so that a diff shows what changed."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + len(indent) <= MAX_LINE_LENGTH or not isinstance(value, (dict, list)):
        return line
    if not any(isinstance(part, (dict, list)) for part in value) and isinstance(value, list):
        return line
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {format_facts(part, inner)}" for key, part in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
    parts = [format_facts(part, inner) for part in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"


def read_openapi(path: Path) -> dict[str, Any]:
    """Return an OpenAPI document as JSON has it: YAML has dates, JSON has strings."""
    import yaml  # noqa: PLC0415 - the other command does not need it

    document: dict[str, Any] = json.loads(
        json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str)
    )
    return document


def main(source: str, path: Path) -> None:
    """Write the facts of one source."""
    if source == "vendor":
        facts = VendorFacts(read_openapi(path)).extract()
    else:
        facts = make_published_facts(json.loads(path.read_text("utf-8")))
    (FACTS / f"{source}.json").write_text(format_facts(facts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("vendor", "published"):  # noqa: PLR2004
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]))
