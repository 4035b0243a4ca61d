"""Pydantic models of the API's objects: the names, fields and JSON of `myonlinestore.models`.

Each Struct of `myonlinestore.models` has a BaseModel of the same name here, for code that
subclasses its models, or that needs pydantic's validators, `model_fields_set` or JSON schemas.

```python
from myonlinestore.pydantic import Article

article = Article.from_struct(client.articles.get(article_id=1))
struct = article.to_struct()
```

Amounts are text, exactly as the API sent them: `Article.model_validate_json` keeps the digits of a
JSON number (12.50). Where pydantic or FastAPI parses the JSON of a larger document that contains
such a model, it passes a float, and 12.50 becomes "12.5".

Needs the extra `pydantic`. Each class is built on first use.
"""

from __future__ import annotations

from myonlinestore import models
from myonlinestore.models.base import Model

try:
    from myonlinestore._pydantic.models import PydanticModel, pydantic_model_for
except ImportError as error:
    raise ImportError(
        "myonlinestore.pydantic needs pydantic 2.7 or later: "
        "pip install 'myonlinestore-connect[pydantic]'"
    ) from error

_structs: dict[str, type[Model]] = {
    name: member
    for name, member in ((name, getattr(models, name)) for name in dir(models))
    if isinstance(member, type) and issubclass(member, Model) and member is not Model
}

# The names come from the models; the stub in pydantic.pyi lists them for type checkers.
__all__ = ["PydanticModel"]
__all__ += list(_structs)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> type[PydanticModel]:
    if name not in _structs:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return pydantic_model_for(_structs[name])


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
