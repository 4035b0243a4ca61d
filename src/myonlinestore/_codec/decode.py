"""Decoding of JSON to Structs: a fast pass, a normalizing pass, one typed error."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast, get_args, get_origin

import msgspec

from myonlinestore._codec.coerce import JsonNumber, to_plain
from myonlinestore._codec.encode import encode
from myonlinestore._codec.error_payload import (
    find_suspicious_rows,
    has_error_key,
    no_field_error,
    refuse_error_payload,
    refuse_row_without_fields,
)
from myonlinestore._codec.normalize import (
    accepts_map_items,
    all_digits,
    are_positions,
    get_item_type,
    holds_items,
    holds_text_or_flag,
    normalizer,
)
from myonlinestore.exceptions import DecodeError

P = ParamSpec("P")
T = TypeVar("T")

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_is_object = re.compile(rb"\s*\{").match
_exact = msgspec.json.Decoder(float_hook=JsonNumber)
_any = msgspec.json.Decoder()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_RawRows = list[msgspec.Raw] | dict[str, msgspec.Raw]


def translate_errors(read: Callable[P, T]) -> Callable[P, T]:
    """Wrap a function so that errors of the JSON library are raised as DecodeError."""

    @functools.wraps(read)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except _FAILURES as error:
            raise _to_decode_error(error) from error

    return wrapper


def _to_decode_error(error: Exception) -> DecodeError:
    if isinstance(error, msgspec.ValidationError):
        return _decode_error(error)
    if isinstance(error, RecursionError):
        return _shape_error("the JSON is nested too deeply", "$")
    return DecodeError(f"the body is not valid JSON ({error})", malformed=True)


def replace_lone_surrogates(body: bytes) -> bytes:
    """Return the JSON with U+FFFD for each escape of half a surrogate pair.

    `json.dumps` writes such escapes and msgspec refuses the whole document for one.
    """
    return _ESCAPE.sub(lambda match: b"\\ufffd" if match["lone"] else match[0], body)


def _replace_or_raise(body: bytes, error: DecodeError) -> bytes:
    """Return the JSON without lone surrogates; raise the error if they are not what is wrong."""
    replaced = replace_lone_surrogates(body) if error.malformed else body
    if replaced == body:
        raise error
    return replaced


def decode_any(body: bytes) -> Any:
    """Decode JSON to plain Python; a lone surrogate becomes U+FFFD.

    Raises DecodeError if it is not valid JSON.
    """
    try:
        return _decode_any(body)
    except DecodeError as error:
        replaced = _replace_or_raise(body, error)
    return _decode_any(replaced)


@translate_errors
def _decode_any(body: bytes) -> Any:
    return _any.decode(body)


@translate_errors
def decode_fields(body: bytes) -> dict[str, bytes]:
    """Return the JSON of each field of an object, undecoded.

    Raises DecodeError if it is not a JSON object.
    """
    fields = _decoder(dict[str, msgspec.Raw]).decode(body)
    return {name: bytes(value) for name, value in fields.items()}


@translate_errors
def decode_exact(body: bytes | bytearray | str) -> Any:
    """Decode JSON to plain Python, numbers with a fraction or an exponent as `JsonNumber`.

    Raises DecodeError if it is not valid JSON.
    """
    return _exact.decode(body)


def decode(body: bytes | bytearray, tp: type[T], envelope: str | None = None) -> T:
    """Decode a body to `tp`; `envelope` is the key in which the API may wrap it.

    A body of the documented shape is decoded in one pass in C. Only if that pass fails is the body
    normalized, row by row. A lone surrogate becomes U+FFFD. Raises DecodeError if the result is not
    a valid `tp`.
    """
    try:
        return _decode(body, tp, envelope)
    except DecodeError as error:
        replaced = _replace_or_raise(bytes(body), error)
    return _decode(replaced, tp, envelope)


def _decode(body: bytes | bytearray, tp: type[T], envelope: str | None) -> T:
    wanted: Any = tp
    try:
        value: T = _fast_decoder(wanted, envelope)(body)
    except msgspec.ValidationError:
        value = _decode_normalized(bytes(body), tp, envelope)
    except _FAILURES as error:
        raise _to_decode_error(error) from error
    if isinstance(value, list):
        _check_rows(value, body, tp, envelope)
    elif _is_blank(value) or has_error_key(body):
        _check_object(value, body)
    return value


@translate_errors
def validate(value: object, tp: type[T]) -> T:
    """Convert mappings, lists or Structs, with field names or wire names, to `tp`."""
    return msgspec.convert(_normalize(value, tp), tp)


@translate_errors
def validate_json(body: bytes | str, tp: type[T]) -> T:
    """Decode JSON with field names or wire names to `tp`."""
    return msgspec.convert(_normalize(_exact.decode(body), tp), tp)


def decode_empty(tp: Any) -> Any:
    """Return the value of an empty body: None or an empty string. Raises DecodeError for others."""
    if tp is type(None) or tp is Any:
        return None
    if tp is str:
        return ""
    raise DecodeError("expected JSON, got an empty body", malformed=True)


@functools.cache
def _decoder(tp: Any) -> msgspec.json.Decoder[Any]:
    # Not strict if that is safe: numbers and booleans sent as strings, such as the position of an
    # image, then need no normalization. For a type with a string and a boolean it is not safe: a
    # price of 1 would become true.
    return msgspec.json.Decoder(tp, strict=holds_text_or_flag(tp))


@functools.cache
def _make_envelope_decoder(tp: Any, envelope: str) -> msgspec.json.Decoder[Any]:
    wrapper = msgspec.defstruct("Envelope", [("value", tp)], rename={"value": envelope}, gc=False)
    return _decoder(wrapper)


@functools.cache
def _fast_decoder(tp: Any, envelope: str | None = None) -> Callable[[bytes | bytearray], Any]:
    """Return a function that decodes a body in one pass in C, with or without its envelope.

    It raises ValidationError for a body with alternative keys.
    """
    spellings, bare = alternative_keys(tp), _decoder(tp).decode
    if not spellings and envelope is None:
        return bare
    wrapped = bare if envelope is None else _make_envelope_decoder(tp, envelope).decode

    def read(body: bytes | bytearray) -> Any:
        if spellings and any(spelling in body for spelling in spellings):
            raise msgspec.ValidationError
        if envelope and _is_object(body):
            return wrapped(body).value
        return bare(body)

    return read


@functools.cache
def alternative_keys(tp: Any) -> tuple[bytes, ...]:
    """Return the keys that some responses use instead of the documented ones, as JSON."""
    model = (get_args(tp) or (tp,))[0]
    return tuple(encode(spelling) for spelling in getattr(model, "spellings", ()))


@translate_errors
def _decode_normalized(body: bytes, tp: Any, envelope: str | None) -> Any:
    if get_origin(tp) is list:
        return _decode_normalized_list(body, get_item_type(tp), envelope)
    value: Any = _exact.decode(body)
    if isinstance(value, dict) and envelope in value:
        value = value[envelope]
    return _normalize_and_convert(_decode_text(value) if tp is str else value, tp)


def _decode_text(value: Any) -> str:
    """Return a documented string that was sent as an object or as other JSON."""
    url = value.get("url", value.get("src")) if isinstance(value, dict) else None
    return url if isinstance(url, str) else encode(to_plain(value)).decode()


def _decode_normalized_list(body: bytes | msgspec.Raw, tp: Any, envelope: str | None) -> list[Any]:
    """Decode the rows of a list, a wrapped list, or an object instead of a list."""
    sent = _decoder(_RawRows).decode(body)
    if isinstance(sent, list):
        return [_with_location(index, tp, _row, row) for index, row in enumerate(sent)]
    if envelope in sent:
        return _decode_normalized_list(sent[envelope], tp, None)
    items = _items_of_object(_exact.decode(body), tp)
    return [
        _with_location(index, tp, _normalize_and_convert, item) for index, item in enumerate(items)
    ]


def _items_of_object(sent: dict[str, Any], tp: Any) -> list[Any]:
    """Return the rows of a map, or of an object that is the only row.

    Raises DecodeError for any other object, which must not be taken for an empty page.
    """
    refuse_error_payload(sent, tp)
    if not holds_items(sent, tp):
        raise _shape_error("expected a list of items, got an object", "$")
    if not accepts_map_items(tp):
        reason = "the rows arrived as a map, which needs a msgspec.Struct, a dict or Any as model"
        raise _shape_error(f"{reason}, not {_name(tp)}", "$")
    if all_digits(sent):
        check = _check_listed_item if are_positions(sent) else _check_keyed_item
        for index, item in enumerate(sent.values()):
            _with_location(index, tp, check, item)
    return cast("list[Any]", normalizer(list[tp])(sent))


@translate_errors
def _check_listed_item(item: object, tp: Any) -> None:
    """Raise DecodeError for a scalar, an error payload or an unknown object instead of a row."""
    is_struct = isinstance(tp, type) and issubclass(tp, msgspec.Struct)
    if is_struct and not isinstance(item, (dict, list)):
        msgspec.convert(item, tp)
    refuse_row_without_fields(item, tp)


def _check_keyed_item(item: object, tp: Any) -> None:
    """Do as `_check_listed_item` for a map by ids, in which a scalar may be the row's name."""
    if item is None or (isinstance(item, dict) and item):
        _check_listed_item(item, tp)


@translate_errors
def _row(row: msgspec.Raw, tp: Any) -> Any:
    """Decode one row. Most rows of a page with malformed values need no normalization."""
    try:
        return _fast_decoder(tp)(bytes(row))
    except msgspec.ValidationError:
        return _normalize_and_convert(_exact.decode(row), tp)


@translate_errors
def _normalize_and_convert(value: Any, tp: Any) -> Any:
    normalized = _normalize(value, tp)
    if normalized is None:
        raise _shape_error("expected an item, got null", "$")
    return msgspec.convert(normalized, tp)


def _normalize(value: object, tp: Any) -> Any:
    return normalizer(tp)(value)


def _with_location(index: int, tp: Any, build: Callable[[Any, Any], Any], row: Any) -> Any:
    """Build a row; add its index, and the path from the page, to its error."""
    try:
        return build(row, tp)
    except DecodeError as error:
        path = f"$[{index}]{(error.json_path or '$')[1:]}"
        what = f"row {index} is not a valid {_name(tp)}: {error.reason}"
        error_with_location = DecodeError(
            what, json_path=path, index=index, malformed=error.malformed
        )
        raise error_with_location from error.__cause__


def _name(tp: Any) -> str:
    name: str = getattr(tp, "__name__", str(tp))
    return name


def _decode_error(error: msgspec.ValidationError) -> DecodeError:
    match = cast("re.Match[str]", _PATH.match(str(error)))
    return _shape_error(match["what"].replace("`", ""), match["path"] or "$")


def _shape_error(reason: str, path: str) -> DecodeError:
    return DecodeError(reason, json_path=path)


@translate_errors
def _check_object(value: object, body: bytes | bytearray) -> None:
    """Raise DecodeError for an error payload or an unknown object in a successful response."""
    refuse_error_payload(to_plain(_exact.decode(body)), type(value))
    if _is_blank(value):
        raise no_field_error(type(value))


def _check_rows(rows: list[Any], body: bytes | bytearray, tp: Any, envelope: str | None) -> None:
    """Raise DecodeError for the first row that is an error payload or an unknown object."""
    row_type = get_item_type(tp)
    suspicious = find_suspicious_rows(rows, row_type, body)
    if not suspicious:
        return
    sent: Any = _exact.decode(body)
    if isinstance(sent, dict) and envelope in sent:
        sent = sent[envelope]
    if isinstance(sent, list):  # The rows of a map have been checked.
        for index in suspicious:
            _with_location(index, row_type, refuse_row_without_fields, sent[index])


def _is_blank(value: object) -> bool:
    """Return True for a Struct in which no field has a value."""
    return isinstance(value, msgspec.Struct) and all(
        getattr(value, name) is None for name in value.__struct_fields__
    )
