"""Values are coerced to the types of their columns; those that do not fit are rescued."""

from __future__ import annotations

import json

from myonlinestore.mirror.extract.streams import STREAMS
from myonlinestore.mirror.records import RawRow
from myonlinestore.mirror.schema.coerce import COERCERS, ColumnCoercer
from myonlinestore.mirror.schema.flatten import RowFlattener
from myonlinestore.models import Article

ARTICLES = next(stream.table for stream in STREAMS if stream.name == "articles")


def test_a_key_that_does_not_fit_is_returned_as_it_is() -> None:
    """A key beyond 64 bits is not NULL, so that the database refuses the row."""
    article = Article(id=2**70, stock=2**70)
    values = RowFlattener(ARTICLES).flatten([RawRow(article)])["articles"]
    columns = ColumnCoercer(ARTICLES, COERCERS).columns(values)
    names = [column.name for column in ARTICLES.all_columns]
    by_name = dict(zip([*names, "_rescued"], columns, strict=True))
    assert by_name["id"] == [2**70]
    assert by_name["stock"] == [None]
    (rescued,) = by_name["_rescued"]
    assert json.loads(str(rescued)) == {"stock": 2**70}
