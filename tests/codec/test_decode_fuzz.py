"""Any bytes decode to a model, or raise the typed error."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from myonlinestore._codec.decode import decode
from myonlinestore.exceptions import DecodeError
from tests.models.cases import MODELS

_NAMES = sorted({f.encode_name for model in MODELS for f in msgspec.structs.fields(model)})
_KEYS = st.sampled_from(_NAMES) | st.sampled_from(["0", "1", "193177", "NL"]) | st.text(max_size=3)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


def _check_decode(body: bytes, tp: Any) -> None:
    try:
        decode(body, tp, "customers")
    except DecodeError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(MODELS), _JSON)
def test_any_json_decodes_or_raises_the_typed_error(model: Any, value: Any) -> None:
    """Any JSON gives a model or a DecodeError, as an item, a row or a list."""
    body = json.dumps(value).encode()
    for tp, sent in ((model, body), (list[model], body), (list[model], b"[" + body + b"]")):
        _check_decode(sent, tp)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(MODELS), st.binary(max_size=40))
def test_any_bytes_decode_or_raise_the_typed_error(model: Any, body: bytes) -> None:
    """Any bytes give a model or a DecodeError."""
    _check_decode(body, model)
    _check_decode(b'[{"id": "1", ' + body, list[model])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MODELS), st.dictionaries(_KEYS, _JSON, max_size=6))
def test_any_python_value_is_a_model_or_the_typed_error(model: Any, value: Any) -> None:
    """Validation of Python values raises only the typed error as well."""
    try:
        assert isinstance(model.model_validate(value), model)
    except DecodeError as error:
        assert str(error)
