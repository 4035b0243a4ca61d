"""Infer the tables of a resource from its Struct.

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

# The API writes it as one word, which would make `order_orderlines` of `order_lines`.
_TABLE_NAMES = {"orderlines": "lines"}
# Lists that a model keeps as plain dicts, and the property that returns them as Structs.
_TYPED_VIEWS: dict[tuple[type[Model], str], tuple[str, type[Model]]] = {
    (DiscountCode, "valid_product_ids"): ("valid_product_links", DiscountCodeProduct),
}
# A payment's order is its parent: its number, or an object with the gateway's data.
_AS_JSON = {(Payment, "order")}
_SCALARS = frozenset({str, int, bool})
# The fields of the vendor's "format: date".
_DATE = re.compile(r"date|date_.+|.+_date|valid_from|valid_until")


def infer_table(
    model: type[Model], name: str, singular: str, key: str, *, raw: bool = False
) -> Table:
    """Infer the table of a resource, with its child tables.

    Args:
        model: its Struct.
        name: the table's name.
        singular: the prefix of the names of its child tables.
        key: the field that identifies a row.
        raw: True if the table, but not its child tables, keeps the JSON of each row.
    """
    shape = _StructSchema.of(model)
    (own,) = (column for column in shape.columns if column.path == (key,))
    columns = tuple(column for column in shape.columns if column is not own)
    if raw:
        columns += (RAW_COLUMN,)
    parent_key = Column(_join_key_name(singular, key), own.type)
    children = _build_child_tables(shape, singular, (parent_key,), singular)
    return _check_unique_names(Table(name, (own,), columns, children))


def _join_key_name(singular: str, key: str) -> str:
    """Return a name such as ``article_id``, without a repeated word: ``tax_region_code``."""
    seam = singular.rpartition("_")[2]
    return f"{singular}_{key.removeprefix(f'{seam}_')}"


@dataclass(frozen=True)
class _ChildList:
    """A list of Structs: its path, the suffix of its table's name, and its item type."""

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

    def add_prefix(self, name: str) -> _StructSchema:
        """Return this schema with its column names prefixed by a field name."""
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
    """Return the columns and lists of a field; a recursive Struct (`Category.leafs`) is JSON."""
    name: str = field.name
    if (model, name) in _TYPED_VIEWS:
        view, item = _TYPED_VIEWS[model, name]
        return _StructSchema(lists=(_ChildList((view,), name, item),))
    if (model, name) in _AS_JSON:
        return _StructSchema((Column(name, ColumnType.JSON, (name,)),))
    members = _union_members(field.type)
    for member in members:
        listed = _get_item_type(member)
        if listed is not None and not _is_within(listed, ancestors):
            return _StructSchema(lists=(_ChildList((name,), _TABLE_NAMES.get(name, name), listed),))
    for member in members:
        if _is_model(member) and not _is_within(member, ancestors):
            return _build_nested_schema(model, name, member, ancestors)
    column_type = _column_type(model, name, members) if members <= _SCALARS else ColumnType.JSON
    return _StructSchema((Column(name, column_type, (name,)),))


def _is_within(model: type[Model], ancestors: tuple[type[Model], ...]) -> bool:
    return any(issubclass(outer, model) for outer in ancestors)


def _build_nested_schema(
    model: type[Model], name: str, inner: type[Model], ancestors: tuple[type[Model], ...]
) -> _StructSchema:
    """Return the columns of a nested Struct, after one for a plain value if the type allows it."""
    shape = _StructSchema.of(inner, ancestors).add_prefix(name)
    scalars = _union_members(model.model_fields[name].annotation) & _SCALARS
    if not scalars:
        return shape
    plain = Column(name, _column_type(model, name, scalars), (name,), may_be_struct=True)
    return replace(shape, columns=(plain, *shape.columns))


def _build_child_tables(
    shape: _StructSchema, prefix: str, keys: tuple[Column, ...], parent: str
) -> tuple[Table, ...]:
    return tuple(_child(found, prefix, keys, parent) for found in shape.lists)


def _child(found: _ChildList, prefix: str, parent_keys: tuple[Column, ...], parent: str) -> Table:
    shape = _StructSchema.of(found.item)
    name = f"{prefix}_{found.label}"
    keys = (*_rename_position(parent_keys, parent), Column(POSITION, ColumnType.INTEGER))
    own = found.label.removesuffix("s")
    children = _build_child_tables(shape, name.removesuffix("s"), keys, own)
    return Table(name, keys, shape.columns, children, found.path)


def _rename_position(keys: tuple[Column, ...], parent: str) -> tuple[Column, ...]:
    """Return the parent's keys, with its position renamed after the parent."""
    return tuple(
        replace(key, name=f"_{parent}_position") if key.name == POSITION else key for key in keys
    )


def _union_members(annotation: Any) -> set[Any]:
    """Return the types of a union except None."""
    if get_origin(annotation) in (Union, types.UnionType):
        return {member for member in get_args(annotation) if member is not type(None)}
    return {annotation}


def _get_item_type(tp: Any) -> type[Model] | None:
    """Return the Struct type of a list of Structs, otherwise None."""
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
    """Return the table. Raises TypeError if two columns or tables have the same name."""
    names = [found.name for found in table.self_and_children()]
    names += [
        f"{t.name}.{column.name}" for t in table.self_and_children() for column in t.all_columns
    ]
    doubled = [name for name, times in Counter(names).items() if times > 1]
    if doubled:
        raise TypeError(f"two fields of {table.name} share the name {', '.join(doubled)}")
    return table
