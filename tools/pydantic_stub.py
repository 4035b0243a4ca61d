"""Write the stub of `myonlinestore.pydantic`, whose classes exist only at run time.

Run it after a change to the models: ``python tools/pydantic_stub.py``.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from myonlinestore import pydantic
from myonlinestore._pydantic.models import find_views
from myonlinestore.models.base import Model
from myonlinestore.models.views import DatetimeView, DecimalView

if TYPE_CHECKING:
    from collections.abc import Iterator

STUB = Path(__file__).parents[1] / "src" / "myonlinestore" / "pydantic.pyi"

HEADER = """\
# Written by tools/pydantic_stub.py from the models; a test compares the two.
import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel
from typing_extensions import Self

from myonlinestore import models
from myonlinestore.models.base import Model
"""

BASE = """\
class PydanticModel(BaseModel):
    struct_class: ClassVar[type[Model]]
    def to_struct(self) -> Model: ...
"""


def render_stub() -> str:
    """Return the text of the stub."""
    names = [name for name in pydantic.__all__ if name != "PydanticModel"]
    listed = "".join(f'    "{name}",\n' for name in sorted(pydantic.__all__))
    structs = [getattr(pydantic, name).struct_class for name in names]
    classes = ["\n".join(_iterate_class_lines(struct)) + "\n" for struct in structs]
    return "\n".join([HEADER, f"__all__ = [\n{listed}]\n", BASE, *classes])


def _iterate_class_lines(struct: type[Model]) -> Iterator[str]:
    name = struct.__name__
    yield f"class {name}(PydanticModel):"
    for field in msgspec.structs.fields(struct):
        default = "" if field.required else " = None"
        yield f"    {field.name}: {_render_type(field.type)}{default}"
    for view_name, view in find_views(struct).items():
        yield "    @property"
        yield f"    def {view_name}(self) -> {_render_view_type(view)}: ..."
    yield "    @classmethod"
    yield f"    def from_struct(cls, struct: models.{name}) -> Self: ..."
    yield f"    def to_struct(self) -> models.{name}: ..."


def _render_view_type(view: DecimalView | DatetimeView | property) -> str:
    if isinstance(view, DecimalView):
        return "Decimal | None"
    if isinstance(view, DatetimeView):
        return "dt.datetime | None"
    return _render_type(get_type_hints(view.fget)["return"])


def _render_type(tp: Any) -> str:
    """Return a type as source code; the name of a Struct names its pydantic model."""
    if tp is type(None):
        return "None"
    arguments = [_render_type(argument) for argument in get_args(tp)]
    if get_origin(tp) in (Union, types.UnionType):
        return " | ".join(arguments)
    name = (get_origin(tp) or tp).__name__
    return f"{name}[{', '.join(arguments)}]" if arguments else str(name)


if __name__ == "__main__":
    STUB.write_text(render_stub(), encoding="utf-8")
