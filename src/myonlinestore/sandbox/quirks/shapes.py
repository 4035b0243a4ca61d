"""The odd shapes of live answers, so that an integrator meets them before production does.

Every one of them is a shape that live answers or the vendor's own examples have, and none loses
anything: numbers and flags as text, prices as numbers, `[]` for an empty object, a list as a map by
position or by id, one object for a list of one, customers and regions with and without their
envelope. Which place is odd is drawn from the seed and the answer itself: the same answer comes in
the same shape.
"""

from __future__ import annotations

import functools
import random
import re
import types
import zlib
from typing import Any, Union, get_args, get_origin

import msgspec
from starlette.responses import Response

from myonlinestore._codec import decode as _codec
from myonlinestore.models import Model
from myonlinestore.sandbox.quirks.reply_types import ENVELOPES, OPTIONAL_ENVELOPES, REPLIES

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?", re.ASCII)
_WHOLE = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)
_FIRST_ERROR = 400


def quirky(operation: str, answer: Response, seed: int) -> Response:
    """The same answer in an odd shape, if it is one that has any."""
    if operation not in REPLIES or answer.status_code >= _FIRST_ERROR:
        return answer
    body = bytes(answer.body)
    shaper = Shaper(random.Random(f"{seed}:quirks:{operation}:{zlib.crc32(body)}"))
    shaped = shaper.whole(operation, _codec.decode_any(body))
    kind = answer.headers.get("content-type")
    return Response(_codec.encode(shaped), answer.status_code, media_type=kind)


class Shaper:
    """Puts values into odd shapes, each in half of the places where it could be odd."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def _odd(self) -> bool:
        return self._chance.random() < 0.5

    def whole(self, operation: str, value: Any) -> Any:
        """A whole answer, in its envelope or without."""
        model, envelope = REPLIES[operation], ENVELOPES.get(operation)
        if envelope is None or isinstance(value, list):
            shaped = self._rows(value, model)
        else:
            shaped = {**value, envelope: self._rows(value[envelope], model)}
        if envelope not in OPTIONAL_ENVELOPES or self._odd():
            return shaped
        return shaped[envelope] if isinstance(value, dict) else {envelope: shaped}

    def _rows(self, value: Any, model: type[Model]) -> Any:
        tp: Any = list[model] if isinstance(value, list) else model  # type: ignore[valid-type]
        return self.of(value, tp)

    def of(self, value: Any, tp: Any) -> Any:
        """A value of a type."""
        kinds = [kind for kind in _alternatives(tp) if kind is not type(None)]
        if value is None:
            return self._nothing(kinds)
        if isinstance(value, list):
            return self._list(value, kinds)
        if isinstance(value, dict):
            return self._object(value, kinds)
        return self._scalar(value, kinds) if self._odd() else value

    def _nothing(self, kinds: list[Any]) -> Any:
        """PHP's empty object, or no number."""
        if len(kinds) > 1 or not self._odd():
            return None
        if _is_model(kinds[0]):
            return []
        return "" if kinds[0] is int else None

    def _scalar(self, value: Any, kinds: list[Any]) -> Any:
        if isinstance(value, bool):
            return value if str in kinds else self._flag(value, numbers=int in kinds)
        if isinstance(value, int):
            return str(value)
        if int in kinds and _WHOLE.fullmatch(value):
            return int(value)
        return value

    def _flag(self, value: bool, *, numbers: bool) -> Any:
        forms: list[Any] = ["1"] if value else ["0", ""]
        return self._chance.choice(forms if numbers else [*forms, int(value)])

    def _object(self, value: dict[str, Any], kinds: list[Any]) -> Any:
        model = next((kind for kind in kinds if _is_model(kind)), None)
        if model is None:
            return [] if not value and self._odd() else value
        shaped = self._fields(value, model)
        # An order line's price is one object or a list of them.
        listed = any(get_origin(kind) is list for kind in kinds)
        return [shaped] if listed and self._odd() else shaped

    def _fields(self, value: dict[str, Any], model: Any) -> dict[str, Any]:
        types_, amounts = _fields_of(model)
        return {
            name: self._amount(held) if name in amounts else self.of(held, types_.get(name, Any))
            for name, held in value.items()
        }

    def _amount(self, value: Any) -> Any:
        """A price as a number of exactly these digits."""
        if isinstance(value, str) and _NUMBER.fullmatch(value) and self._odd():
            return msgspec.Raw(value.encode())
        return value

    def _list(self, value: list[Any], kinds: list[Any]) -> Any:
        lists = [kind for kind in kinds if get_origin(kind) is list]
        if not lists or not value:
            return value
        item = get_args(lists[0])[0]
        shaped = [self.of(each, item) for each in value]
        if not self._odd():
            return shaped
        if len(shaped) == 1 and isinstance(value[0], dict) and self._odd():
            return shaped[0]
        return self._map(value, shaped, item)

    def _map(self, value: list[Any], shaped: list[Any], item: Any) -> dict[str, Any]:
        """A map by position; or by id, which then need not stand in the item too."""
        name = _id_name(item)
        ids = [str(each[name]) for each in value if isinstance(each, dict) and each.get(name)]
        positions = [str(position) for position in range(len(value))]
        if len(set(ids)) < len(value) or set(ids) & set(positions) or self._odd():
            return dict(zip(positions, shaped, strict=True))
        inside = self._odd()
        return {
            key: {field: held for field, held in each.items() if inside or field != name}
            for key, each in zip(ids, shaped, strict=True)
        }


@functools.cache
def _fields_of(model: type[Model]) -> tuple[dict[str, Any], frozenset[str]]:
    """The type of each field by its wire name, and which of them are amounts or rates."""
    fields = msgspec.structs.fields(model)
    amounts = [each.encode_name for each in fields if hasattr(model, f"{each.name}_decimal")]
    return {field.encode_name: field.type for field in fields}, frozenset(amounts)


@functools.cache
def _alternatives(tp: Any) -> tuple[Any, ...]:
    return get_args(tp) if get_origin(tp) in (Union, types.UnionType) else (tp,)


def _is_model(tp: Any) -> bool:
    return isinstance(tp, type) and issubclass(tp, Model)


@functools.cache
def _id_name(item: Any) -> str:
    """The wire name of the field that identifies an item of a list, where that is an id."""
    if not _is_model(item):
        return ""
    fields = {field.name: field.encode_name for field in msgspec.structs.fields(item)}
    key: str = item.map_fields[0]
    return fields.get(key, "") if key == "id" or key.endswith("_id") else ""
