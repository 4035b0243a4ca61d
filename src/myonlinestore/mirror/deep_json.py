"""Split JSON that is nested too deeply for a decoder, without recursion."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A string, or a character that separates values.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_SCALAR = re.compile(rb'\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}\[{]+)', re.DOTALL)


def split_rows(body: bytes, envelope: str | None) -> list[bytes]:
    """Return the JSON of each row of a list, which may be the only field of an object.

    Args:
        body: the JSON of the list.
        envelope: the name of the field.

    Returns:
        The rows; an empty list if the JSON has another shape.
    """
    field = b"" if envelope is None else re.escape(envelope).encode()
    opening = re.compile(rb'\s*(?:\{\s*"' + field + rb'"\s*:\s*)?\[').match(body)
    if opening is None:
        return []
    start, rows = opening.end(), list[bytes]()
    for token, depth, position in _iterate_tokens(body, start):
        if (depth == 0 and token == b",") or depth < 0:
            rows.append(body[start:position].strip())
            start = position + 1
        if depth < 0:
            return rows
    return []


def find_field(body: bytes, name: str) -> bytes | None:
    """Return the JSON of a field of an object, if that is text, a number or a constant."""
    for token, depth, position in _iterate_tokens(body, 0):
        if depth == 1 and token == b'"' + name.encode() + b'"':
            value = _SCALAR.match(body, position + len(token))
            if value is not None:
                return value[1]
    return None


def _iterate_tokens(body: bytes, start: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each token with the depth after it, and its position."""
    depth = 0
    for match in _TOKEN.finditer(body, start):
        token = match[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
        yield token, depth, match.start()
