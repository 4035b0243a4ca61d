"""Error payloads, and objects without any documented field, in a response with a success status."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, cast

import msgspec

from myonlinestore._codec.normalize import wire_names
from myonlinestore.exceptions import DecodeError

_IDENTITIES = ("id", "uuid", "number", "email")
_ERROR_KEYS = frozenset({"error", "errors", "message", "detail"})
# The keys of a nested error that do not say what their texts are about.
_TEXT_KEYS = _ERROR_KEYS | {"title", "description"}


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


def get_error_reason(sent: object, phrase: str = "") -> str:
    """Return what an error payload says: the API's `ApiProblem`, its `Error`, or the like.

    Args:
        sent: the decoded JSON.
        phrase: the reason phrase of the status, which is left out if the payload says more.
    """
    if not isinstance(sent, dict):
        return ""
    fields = cast("dict[str, object]", sent)
    summary = _first_text(fields, "title", "message", "error")
    details = [*_iter_texts(fields.get("detail")), *_iter_texts(fields.get("description"))]
    details += _iter_texts(fields.get("errors"))
    if not summary or summary.casefold() == phrase.casefold():
        return "; ".join(details) or summary
    return ": ".join([summary, "; ".join(details)] if details else [summary])


def _first_text(fields: dict[str, object], *names: str) -> str:
    """Return the first text in these fields, or in a nested error."""
    return next((text for name in names for text in _iter_texts(fields.get(name))), "")


def _iter_texts(value: object) -> Iterator[str]:
    """Yield the texts of an error's field; a mapping, as of field errors, names its texts."""
    if isinstance(value, str):
        yield from [value.strip()] if value.strip() else []
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _iter_texts(item)
    elif isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            for text in _iter_texts(item):
                yield text if name in _TEXT_KEYS else f"{name}: {text}"


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
        said = get_error_reason(sent)
        reason = "got an error payload with a success status"
        raise DecodeError(f"{reason}: {said}" if said else reason, json_path="$")


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
    # Without a required key, a row is not decoded at all, so that it needs no search either.
    return not _field_names(tp).isdisjoint(_IDENTITIES)


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
