"""Lone surrogates: escapes that represent no character."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myonlinestore._codec.decode import decode, decode_any, replace_lone_surrogates
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Article

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from('\\"u\ud800\udc00'))


@given(ANY_TEXT)
@example("\ud800")
@example("\\\ud800")
@example("\udc00\ud83d\ude00\ud83d")
def test_only_lone_surrogates_are_replaced(text: str) -> None:
    """Every lone surrogate becomes U+FFFD, and nothing else changes."""
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert decode_any(json.dumps(text).encode()) == expected


@given(st.text())
def test_a_valid_body_is_left_alone(text: str) -> None:
    """A body without lone surrogates is returned unchanged, backslashes included."""
    body = json.dumps([text, "\\ud800", text]).encode()
    assert replace_lone_surrogates(body) == body


@pytest.mark.parametrize("other", [b'"id": 2', b'"id": "2"'], ids=["in order", "odd"])
def test_a_lone_surrogate_does_not_reject_the_page(other: bytes) -> None:
    """A page with a lone surrogate decodes, and only the character is replaced."""
    body = b'[{"id": 1, "name": "a\\ud800b"}, {%s, "name": "c"}]' % other
    first, second = decode(body, list[Article])
    assert (first.id, first.name, second.id, second.name) == (
        1,
        "a\N{REPLACEMENT CHARACTER}b",
        2,
        "c",
    )


def test_one_row_with_a_lone_surrogate_decodes() -> None:
    """A single row with a lone surrogate decodes as well."""
    assert decode(b'{"name": "\\udfff"}', Article).name == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("body", [b'["\\ud800"', b'["\\ud800", nope]', b'["\xff"]'])
def test_a_malformed_body_stays_malformed(body: bytes) -> None:
    """A body that is malformed in another way raises DecodeError."""
    with pytest.raises(DecodeError) as raised:
        decode(body, list[str])
    assert raised.value.malformed


def test_a_lone_surrogate_in_an_envelope_is_replaced() -> None:
    """A list under its envelope decodes as a bare one."""
    body = b'{"articles": [{"id": 1, "name": "\\ud800"}]}'
    (article,) = decode(body, list[Article], "articles")
    assert (article.id, article.name) == (1, "\ufffd")
