"""Body: the base of every typed request body."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TypeAlias

import msgspec
from msgspec import UnsetType

Text: TypeAlias = str | UnsetType | None
Integer: TypeAlias = int | UnsetType | None
Flag: TypeAlias = bool | UnsetType | None
# A Decimal is sent as text, so that no amount is converted to a float.
Money: TypeAlias = str | Decimal | UnsetType | None
Date: TypeAlias = str | dt.date | UnsetType | None


class Body(msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """The body of a request.

    An unset field is omitted from the request; ``None`` is sent as null. In a PATCH, an omitted
    field keeps its value and null clears it.
    """
