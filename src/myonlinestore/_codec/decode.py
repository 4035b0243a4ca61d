"""Decoding of JSON to Structs: a fast pass, a normalizing pass, one typed error."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast, get_args, get_origin

import msgspec

from myonlinestore._codec.coerce import JsonNumber, to_plain
from myonlinestore._codec.encode import encode
from myonlinestore._codec.normalize import holds_items, holds_text_or_flag, normalizer
from myonlinestore.exceptions import DecodeError

P = ParamSpec("P")
T = TypeVar("T")

_PATH = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_exact = msgspec.json.Decoder(float_hook=JsonNumber)
_any = msgspec.json.Decoder()
_FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_RawRows = list[msgspec.Raw] | dict[str, msgspec.Raw]


def _translate_errors(read: Callable[P, T]) -> Callable[P, T]:
    """Makes each failure of the JSON library this package's own error, with the cause chained."""

    @functools.wraps(read)
    def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except _FAILURES as error:
            raise _to_decode_error(error) from error

    return translated


def _to_decode_error(error: Exception) -> DecodeError:
    if isinstance(error, msgspec.ValidationError):
        return _decode_error(error)
    if isinstance(error, RecursionError):
        return _shape_error("the JSON is nested too deeply", "$")
    return DecodeError(f"the body is no valid JSON ({error})", malformed=True)


@_translate_errors
def decode_any(body: bytes | str) -> Any:
    """Plain JSON to Python; raises DecodeError when the bytes are no JSON."""
    return _any.decode(body)


@_translate_errors
def decode_exact(body: bytes | bytearray | str) -> Any:
    """JSON to Python, numbers with a fraction as exact text; raises DecodeError for no JSON."""
    return _exact.decode(body)


def decode(body: bytes, tp: type[T], envelope: str | None = None) -> T:
    """A body as `tp`; `envelope` is the key under which the vendor may wrap it.

    Correct bodies take one pass in C. Only what that pass refuses is repaired, item by item.
    Raises DecodeError when the body cannot be what `tp` documents.
    """
    wanted: Any = tp
    try:
        value: T = _fast_decoder(wanted, envelope)(body)
    except msgspec.ValidationError:
        value = _decode_normalized(body, tp, envelope)
    except _FAILURES as error:
        raise _to_decode_error(error) from error
    if isinstance(value, list):
        return value
    empty = isinstance(value, msgspec.Struct) and not _has_any_field(value)
    # `find` takes half as long as `in`, which tries first whether it is given a number.
    if (
        empty
        or body.find(b'"error') >= 0
        or body.find(b'"message"') >= 0
        or body.find(b'"detail"') >= 0
    ):
        _refuse_error_payload(body, value, empty=empty)
    return value


@_translate_errors
def validate(value: object, tp: type[T]) -> T:
    """A Python value (a mapping, a list of them, a Struct) as `tp`, under field or wire names."""
    return msgspec.convert(_normalize(value, tp), tp)


@_translate_errors
def validate_json(body: bytes | str, tp: type[T]) -> T:
    """JSON as `tp`, under field or wire names."""
    return msgspec.convert(_normalize(_exact.decode(body), tp), tp)


def decode_empty(tp: Any) -> Any:
    """What an answer without a body means: nothing, no text, or a cut-off answer."""
    if tp is type(None) or tp is Any:
        return None
    if tp is str:
        return ""
    raise DecodeError("an empty body where JSON belongs", malformed=True)


@functools.cache
def _decoder(tp: Any) -> msgspec.json.Decoder[Any]:
    # Not strict where that is safe: numbers and flags that come as text, as an image's documented
    # position does, then need no repair. Where a type holds text and flags, a price of 1 would
    # become true.
    return msgspec.json.Decoder(tp, strict=holds_text_or_flag(tp))


@functools.cache
def _enveloped(tp: Any, envelope: str) -> msgspec.json.Decoder[Any]:
    wrapper = msgspec.defstruct("Envelope", [("held", tp)], rename={"held": envelope}, gc=False)
    return _decoder(wrapper)


@functools.cache
def _fast_decoder(tp: Any, envelope: str | None = None) -> Callable[[bytes], Any]:
    """One pass in C over a body, in its envelope or without; it refuses those with odd keys."""
    spellings, bare = alternative_keys(tp), _decoder(tp).decode
    if not spellings and envelope is None:
        return bare
    wrapped = bare if envelope is None else _enveloped(tp, envelope).decode

    def read(body: bytes) -> Any:
        if spellings and any(spelling in body for spelling in spellings):
            raise msgspec.ValidationError
        if envelope and body.lstrip()[:1] == b"{":
            return wrapped(body).held
        return bare(body)

    return read


@functools.cache
def alternative_keys(tp: Any) -> tuple[bytes, ...]:
    """Keys that some answers use instead of the documented ones, as they stand in the JSON."""
    model = (get_args(tp) or (tp,))[0]
    return tuple(encode(spelling) for spelling in getattr(model, "spellings", ()))


@_translate_errors
def _decode_normalized(body: bytes, tp: Any, envelope: str | None) -> Any:
    if get_origin(tp) is list:
        return _decode_normalized_list(body, get_args(tp)[0], envelope)
    value: Any = _exact.decode(body)
    if isinstance(value, dict) and envelope in value:
        value = value[envelope]
    return _normalize_and_convert(_decode_text(value) if tp is str else value, tp)


def _decode_text(value: Any) -> str:
    """A reply that is documented as a text, from an object that holds it or from other JSON."""
    held = value.get("url", value.get("src")) if isinstance(value, dict) else None
    return held if isinstance(held, str) else encode(to_plain(value)).decode()


def _decode_normalized_list(body: bytes | msgspec.Raw, tp: Any, envelope: str | None) -> list[Any]:
    """The rows of a list, of a wrapped list, or of an object that stands for a list."""
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
    """A map's items, or the one item of a list; anything else must not pass for an empty page."""
    if is_error_payload(sent) or not holds_items(sent, tp):
        raise _shape_error("the answer is an object where a list of items belongs", "$")
    return cast("list[Any]", normalizer(list[tp])(sent))


@_translate_errors
def _row(row: msgspec.Raw, tp: Any) -> Any:
    """One row's own bytes: most rows of an odd page are in order."""
    try:
        return _fast_decoder(tp)(bytes(row))
    except msgspec.ValidationError:
        return _normalize_and_convert(_exact.decode(row), tp)


@_translate_errors
def _normalize_and_convert(value: Any, tp: Any) -> Any:
    normalized = _normalize(value, tp)
    if normalized is None:
        raise _shape_error("nothing where an item belongs", "$")
    return msgspec.convert(normalized, tp)


def _normalize(value: object, tp: Any) -> Any:
    return normalizer(tp)(value)


def _with_location(index: int, tp: Any, build: Callable[[Any, Any], Any], row: Any) -> Any:
    """An item of a page; its error tells the item's index and the path from the page down."""
    try:
        return build(row, tp)
    except DecodeError as error:
        path = f"$[{index}]{(error.json_path or '$')[1:]}"
        what = f"item {index} of the page is no valid {_name(tp)}: {error.reason}"
        error_with_location = DecodeError(
            what, json_path=path, index=index, malformed=error.malformed
        )
        raise error_with_location from error.__cause__


def _name(tp: Any) -> str:
    name: str = getattr(tp, "__name__", str(tp))
    return name


def _decode_error(error: msgspec.ValidationError) -> DecodeError:
    found = cast("re.Match[str]", _PATH.match(str(error)))
    return _shape_error(found["what"].replace("`", ""), found["path"] or "$")


def _shape_error(reason: str, path: str) -> DecodeError:
    return DecodeError(reason, json_path=path)


@_translate_errors
def _refuse_error_payload(body: bytes, value: object, *, empty: bool) -> None:
    """What was sent with a status of success but holds no item must not pass for an empty one."""
    sent = to_plain(_exact.decode(body))
    if isinstance(sent, dict) and is_error_payload(sent):
        raise _shape_error("an error payload although the status says success", "$")
    if empty:
        raise _shape_error(f"an object with no field of {type(value).__name__}", "$")


def _has_any_field(value: msgspec.Struct) -> bool:
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
