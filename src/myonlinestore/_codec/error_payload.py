"""Error payloads, and objects without any documented field, in a response with a success status."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, cast

import msgspec

from myonlinestore._codec.normalize import wire_names
from myonlinestore.exceptions import DecodeError

_IDENTITIES = ("id", "uuid", "number", "email")
_ERROR_KEYS = frozenset({"error", "errors", "message", "detail"})


def is_error_payload(sent: dict[str, Any]) -> bool:
    """Return True if an object is the API's `Error` or `ApiProblem` rather than a record."""
    if not sent.keys().isdisjoint(_IDENTITIES):
        return False
    return (
        "error" in sent
        or "errors" in sent
        or "message" in sent
        or ("detail" in sent and "title" in sent)
    )


def error_title(sent: object) -> str:
    """Return the title of the API's `ApiProblem`, the message of its `Error`, or the like."""
    if not isinstance(sent, dict):
        return ""
    fields = cast("dict[str, object]", sent)
    titles = [fields.get(key) for key in ("title", "message", "error", "detail")]
    errors = fields.get("errors")
    titles += cast("list[object]", errors) if isinstance(errors, list) else [errors]
    return next((t for t in titles if t and isinstance(t, str)), "")


def has_error_key(body: bytes | bytearray) -> bool:
    """Return True if a body may contain an error payload, as a key or value of it occurs."""
    # `find` takes half as long as `in`, which first checks if its operand is a number.
    return body.find(b'"error') >= 0 or body.find(b'"message"') >= 0 or body.find(b'"detail"') >= 0


def refuse_error_payload(sent: object, tp: Any) -> None:
    """Raise DecodeError with the vendor's words if decoded JSON is an error payload.

    A type may have a field such as `message` itself.
    """
    if not isinstance(sent, dict) or not _ERROR_KEYS.isdisjoint(_field_names(tp)):
        return
    if is_error_payload(cast("dict[str, Any]", sent)):
        title = error_title(cast("dict[str, Any]", sent))
        reason = "got an error payload with a success status"
        raise DecodeError(f"{reason}: {title}" if title else reason, json_path="$")


def refuse_row_without_fields(sent: object, tp: Any) -> None:
    """Raise DecodeError for an error payload, or for an object with unknown fields only.

    A row type of the caller's may name fields that a row does not have.
    """
    refuse_error_payload(sent, tp)
    if is_model(tp) and isinstance(sent, dict) and sent and _field_names(tp).isdisjoint(sent):
        raise no_field_error(tp)


def no_field_error(tp: Any) -> DecodeError:
    """Return the error for an object that has no field of a type."""
    return DecodeError(f"got an object without any field of {tp.__name__}", json_path="$")


def is_model(tp: Any) -> bool:
    """Return True if a type is one of the API's models rather than a row type of the caller's."""
    return hasattr(tp, "row_keys")


def find_suspicious_rows(rows: list[Any], tp: Any, body: bytes | bytearray) -> Sequence[int]:
    """Return the positions of the rows that may be error payloads or unknown objects.

    On a page whose rows all have a key, it takes a few microseconds.
    """
    probe = _build_probe(tp)
    suspicious: Sequence[int] = () if probe is None else probe(rows)
    if not _has_identity(tp) and has_error_key(body):
        return range(len(rows))
    if suspicious and not is_model(tp) and not has_error_key(body):
        return ()
    return suspicious


@functools.cache
def _field_names(tp: Any) -> frozenset[str]:
    """Return the names of a type's fields in Python and in JSON; none if it is not a Struct."""
    return frozenset(wire_names(tp)) if _is_struct(tp) else frozenset()


def _is_struct(tp: Any) -> bool:
    return isinstance(tp, type) and issubclass(tp, msgspec.Struct)


@functools.cache
def _has_identity(tp: Any) -> bool:
    return not set(_IDENTITIES).isdisjoint(_fields_with_default(tp))


@functools.cache
def _build_probe(tp: Any) -> Callable[[list[Any]], list[int]] | None:
    """Return a function that finds the rows without a key, or without any value if it has none.

    None if every row has a value.
    """
    defaults = _fields_with_default(tp)
    keys = {name: defaults[name] for name in _IDENTITIES if name in defaults}
    probed = keys or defaults
    if not probed:
        return None
    first, default = next(iter(probed.items()))
    read = attrgetter(first)

    def find(rows: list[Any]) -> list[int]:
        if default not in map(read, rows):
            return []
        return [
            index
            for index, row in enumerate(rows)
            if all(getattr(row, name) == value for name, value in probed.items())
        ]

    return find


@functools.cache
def _fields_with_default(tp: Any) -> dict[str, Any]:
    """Return the defaults of a Struct's fields; none if a field is required, or for other types."""
    fields = msgspec.structs.fields(tp) if _is_struct(tp) else ()
    if any(field.required for field in fields):
        return {}
    return {
        field.name: field.default
        if field.default is not msgspec.NODEFAULT
        else field.default_factory()
        for field in fields
    }
