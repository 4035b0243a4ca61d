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
# A Decimal goes out as text, so that no amount ever passes through a float.
Money: TypeAlias = str | Decimal | UnsetType | None
Date: TypeAlias = str | dt.date | UnsetType | None


class Body(msgspec.Struct, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """The body of a request.

    A field that is not set is absent from the request; one set to ``None`` is sent as null. In a
    PATCH these differ: absent keeps the value, null clears it.
    """
