"""tools/contract_facts.py extracts the facts of a document without its prose."""

from __future__ import annotations

import json

from tools.contract_facts import VendorFacts, format_facts, make_call_facts

DOCUMENT = {
    "paths": {
        "/orders/{number}": {
            "summary": "Prose",
            "patch": {
                "operationId": "patchOrder",
                "description": "Prose",
                "parameters": [
                    {"$ref": "#/components/parameters/number"},
                    {"name": "embed", "in": "query", "schema": {"type": "string", "default": "x"}},
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Order"},
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Order"},
                                }
                            }
                        }
                    },
                    "204": {"description": "Prose"},
                },
            },
        }
    },
    "components": {
        "parameters": {"number": {"name": "number", "in": "path", "schema": {"type": "integer"}}},
        "requestBodies": {
            "Order": {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
            }
        },
        "schemas": {
            "Order": {
                "description": "Prose",
                "allOf": [{"$ref": "#/components/schemas/Base"}],
                "properties": {"price": {"oneOf": [{"type": "string"}, {"type": "number"}]}},
                "example": {"price": "1.00"},
            },
            "Base": {
                "required": ["id"],
                "properties": {"id": {"type": "integer", "description": "Prose"}},
                "additionalProperties": {"type": "string"},
            },
        },
    },
}


def test_operations_and_schemas_are_extracted() -> None:
    """References to parameters and bodies are resolved, those to schemas become names."""
    assert VendorFacts(DOCUMENT).extract() == {
        "operations": {
            "patchOrder": {
                "method": "PATCH",
                "path": "/orders/{number}",
                "query": {"embed": {"type": "string"}},
                "body": "Order",
                "responses": {"200": {"type": "array", "items": "Order"}, "204": None},
            }
        },
        "schemas": {
            "Base": {
                "required": ["id"],
                "properties": {"id": {"type": "integer"}},
                "values": {"type": "string"},
            },
            "Order": {
                "example": {"price": "1.00"},
                "properties": {"price": {"alternatives": [{"type": "string"}, {"type": "number"}]}},
                "bases": ["Base"],
            },
        },
    }


def test_a_call_lists_its_parameters() -> None:
    """A parameter is its name, kind, annotation and default, with null for what it lacks."""
    entry = {
        "params": [{"name": "limit", "kind": "keyword_only", "default": "50"}],
        "async": True,
        "returns": "int",
        "signature": "(*, limit=50)",
    }
    assert make_call_facts(entry) == {
        "params": [["limit", "keyword_only", None, "50"]],
        "async": True,
        "returns": "int",
    }


def test_facts_are_formatted_for_diffs() -> None:
    """Large values take a line per part, small ones and lists of scalars one line in all."""
    facts = {"enum": ["x" * 9] * 20, "schemas": [{"name": "x" * 70}, {"name": "y" * 70}]}
    text = format_facts(facts)
    assert json.loads(text) == facts
    assert len(text.splitlines()) == 7
