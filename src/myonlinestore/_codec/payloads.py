"""What tells an item of a store from an error, or from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec


def has_any_field(value: msgspec.Struct) -> bool:
    """Whether any field of a Struct does."""
    return any(getattr(value, name) is not None for name in value.__struct_fields__)


def is_error_payload(sent: dict[str, Any]) -> bool:
    """Whether an object is the vendor's `Error` or `ApiProblem` rather than an item of a store."""
    if not sent.keys().isdisjoint(("id", "uuid", "number", "email")):
        return False
    return (
        "error" in sent
        or "errors" in sent
        or "message" in sent
        or ("detail" in sent and "title" in sent)
    )
