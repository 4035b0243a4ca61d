"""From the Structs to tables: what columns a resource has, and which lists become child tables.

A field that holds one value is a column; a Struct in it spreads over columns with its name in
front (``price_default``); a list of Structs is a child table, keyed by the parent's key and the
position in the list, from 1. Dicts and lists of plain values are JSON text.
"""

from __future__ import annotations

import re
import types
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Union, get_args, get_origin

import msgspec

from myonlinestore.mirror.schema.table import POSITION, RAW_COLUMN, Column, ColumnType, Table
from myonlinestore.models import (
    DiscountCode,
    DiscountCodeProduct,
    Model,
    Payment,
)
from myonlinestore.models.views import DecimalView

# The vendor writes it in one word, which reads badly in `order_lines` and the tables prefixed it.
_TABLE_NAMES = {"orderlines": "lines"}
# Lists that a model keeps as plain dicts, and the property that has them typed.
_TYPED_VIEWS: dict[tuple[type[Model], str], tuple[str, type[Model]]] = {
    (DiscountCode, "valid_product_ids"): ("valid_product_links", DiscountCodeProduct),
}
# A payment's order is its parent: the number of it, or all of what its gateway knows of it.
_AS_JSON = {(Payment, "order")}
_SCALARS = frozenset({str, int, bool})
# The fields of the vendor's "format: date".
_DATE = re.compile(r"date|date_.+|.+_date|valid_from|valid_until")


def infer_table(
    model: type[Model], name: str, singular: str, key: str, *, raw: bool = False
) -> Table:
    """The tables of a resource.

    Args:
        model: its Struct.
        name: the table's name.
        singular: what begins the name of a child table.
        key: the field that tells its rows apart.
        raw: whether its own table, not one prefixed it, keeps the exact JSON text of each row.
    """
    shape = _StructSchema.of(model)
    (own,) = (column for column in shape.columns if column.path == (key,))
    columns = tuple(column for column in shape.columns if column is not own)
    if raw:
        columns += (RAW_COLUMN,)
    parent_key = Column(_joined(singular, key), own.type)
    children = _children(shape, singular, (parent_key,), singular)
    return _check_unique_names(Table(name, (own,), columns, children))


def _joined(singular: str, key: str) -> str:
    """``article_id``; ``tax_region_code``, where both have the same word at the seam."""
    seam = singular.rpartition("_")[2]
    return f"{singular}_{key.removeprefix(f'{seam}_')}"


@dataclass(frozen=True)
class _ChildList:
    """A list of Structs: where it stands, what its table's name ends in, and its items' type."""

    path: tuple[str, ...]
    label: str
    item: type[Model]


@dataclass(frozen=True)
class _StructSchema:
    """The columns of a Struct, and its lists."""

    columns: tuple[Column, ...] = ()
    lists: tuple[_ChildList, ...] = ()

    @classmethod
    def of(cls, model: type[Model], ancestors: tuple[type[Model], ...] = ()) -> _StructSchema:
        columns: list[Column] = []
        lists: list[_ChildList] = []
        for field in msgspec.structs.fields(model):
            part = _field_schema(model, field, (*ancestors, model))
            columns += part.columns
            lists += part.lists
        return cls(tuple(columns), tuple(lists))

    def prefixed(self, name: str) -> _StructSchema:
        """The same, as it stands in a field of another Struct."""
        columns = tuple(
            replace(column, name=f"{name}_{column.name}", path=(name, *column.path))
            for column in self.columns
        )
        lists = tuple(
            _ChildList((name, *found.path), f"{name}_{found.label}", found.item)
            for found in self.lists
        )
        return _StructSchema(columns, lists)


def _field_schema(
    model: type[Model], field: Any, ancestors: tuple[type[Model], ...]
) -> _StructSchema:
    """What one field comes to. A Struct inside itself (`Category.leafs`) is JSON."""
    name: str = field.name
    if (model, name) in _TYPED_VIEWS:
        view, item = _TYPED_VIEWS[model, name]
        return _StructSchema(lists=(_ChildList((view,), name, item),))
    if (model, name) in _AS_JSON:
        return _StructSchema((Column(name, ColumnType.JSON, (name,)),))
    members = _union_members(field.type)
    for member in members:
        listed = _item_of(member)
        if listed is not None and not _is_within(listed, ancestors):
            return _StructSchema(lists=(_ChildList((name,), _TABLE_NAMES.get(name, name), listed),))
    for member in members:
        if _is_model(member) and not _is_within(member, ancestors):
            return _nested(model, name, member, ancestors)
    column_type = _column_type(model, name, members) if members <= _SCALARS else ColumnType.JSON
    return _StructSchema((Column(name, column_type, (name,)),))


def _is_within(model: type[Model], ancestors: tuple[type[Model], ...]) -> bool:
    return any(issubclass(outer, model) for outer in ancestors)


def _nested(
    model: type[Model], name: str, inner: type[Model], ancestors: tuple[type[Model], ...]
) -> _StructSchema:
    """The columns of a Struct in a field, after one for the plain value that may stand there."""
    shape = _StructSchema.of(inner, ancestors).prefixed(name)
    scalars = _union_members(model.model_fields[name].annotation) & _SCALARS
    if not scalars:
        return shape
    beside = Column(name, _column_type(model, name, scalars), (name,), may_be_struct=True)
    return replace(shape, columns=(beside, *shape.columns))


def _children(
    shape: _StructSchema, prefix: str, keys: tuple[Column, ...], parent: str
) -> tuple[Table, ...]:
    return tuple(_child(found, prefix, keys, parent) for found in shape.lists)


def _child(found: _ChildList, prefix: str, parent_keys: tuple[Column, ...], parent: str) -> Table:
    shape = _StructSchema.of(found.item)
    name = f"{prefix}_{found.label}"
    keys = (*_renamed(parent_keys, parent), Column(POSITION, ColumnType.INTEGER))
    own = found.label.removesuffix("s")
    children = _children(shape, name.removesuffix("s"), keys, own)
    return Table(name, keys, shape.columns, children, found.path)


def _renamed(keys: tuple[Column, ...], parent: str) -> tuple[Column, ...]:
    """The parent's own position, under its name."""
    return tuple(
        replace(key, name=f"_{parent}_position") if key.name == POSITION else key for key in keys
    )


def _union_members(annotation: Any) -> set[Any]:
    """The types that a field can hold beside None."""
    if get_origin(annotation) in (Union, types.UnionType):
        return {member for member in get_args(annotation) if member is not type(None)}
    return {annotation}


def _item_of(tp: Any) -> type[Model] | None:
    """The Struct that a type is a list of."""
    items = get_args(tp) if get_origin(tp) is list else ()
    return items[0] if items and _is_model(items[0]) else None


def _is_model(tp: Any) -> bool:
    return isinstance(tp, type) and issubclass(tp, Model)


def _column_type(model: type[Model], name: str, scalars: set[Any]) -> ColumnType:
    if scalars == {bool}:
        return ColumnType.BOOLEAN
    if scalars <= {int, bool}:
        return ColumnType.INTEGER
    if scalars != {str}:
        return ColumnType.ANY
    is_amount = isinstance(getattr(model, f"{name}_decimal", None), DecimalView)
    if is_amount:
        return ColumnType.DECIMAL
    return ColumnType.DATE if _DATE.fullmatch(name) else ColumnType.TEXT


def _check_unique_names(table: Table) -> Table:
    """Names that meet by accident would write one value over another."""
    names = [found.name for found in table.self_and_children()]
    names += [
        f"{t.name}.{column.name}" for t in table.self_and_children() for column in t.all_columns
    ]
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise TypeError(f"two fields of {table.name} share the name {', '.join(doubled)}")
    return table
