"""The lists and the filters for which a count is requested."""

from __future__ import annotations

import functools
import typing
from typing import Any
from unittest.mock import Mock

import pytest

from myonlinestore import PaginatedResponse, aiterate_all, iterate_all
from myonlinestore._concurrency.sync import run_sync
from myonlinestore.pagination._count import find_count
from myonlinestore.resources import filters
from tests.pagination.counted_list import COUNT, CountedList, respond_to_first_page_last
from tests.pagination.rows import collect_ids, make_ids
from tests.support.operations import OPERATIONS, Operation
from tests.support.recording_transport import RecordingTransport

Page = PaginatedResponse[Any]
LISTS = [o for o in OPERATIONS if o.is_list]
COUNTED = ("articles", "categories", "orders", "newsletter")


@pytest.mark.anyio
async def test_the_count_gets_the_filters_of_the_list() -> None:
    """The count gets the filters of the list, but not its model or page size."""
    source, async_source = CountedList(5, respond_to_first_page_last({COUNT})), CountedList(5)
    list(iterate_all(source.list, concurrency=2, archived=True))
    assert await collect_ids(
        aiterate_all(async_source.alist, concurrency=2, archived=False)
    ) == make_ids(5)
    assert (source.counted, async_source.counted) == ([{"archived": True}], [{"archived": False}])


def test_a_callers_function_is_not_counted() -> None:
    """A wrapper may leave out rows, so it is read as a list without a count."""
    source = CountedList(40)
    bare: Any = source.list

    @functools.wraps(bare)
    def fetch_wrapped(**query: Any) -> Page:
        page: Page = bare(**query)
        return page

    for fetch in (
        functools.partial(bare),
        fetch_wrapped,
        lambda **query: bare(**query),  # noqa: PLW0108
    ):
        ids = [row.id for row in iterate_all(fetch, page_size=11, concurrency=4)]
        assert ids == make_ids(40)
    for fetch in (Mock(wraps=bare), Mock(spec=bare, side_effect=bare)):
        assert find_count(fetch, {}) is None
    assert source.counted == []


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.call)
@pytest.mark.anyio
async def test_the_lists_that_the_vendor_counts(operation: Operation) -> None:
    """Four of the vendor's lists have a count, at the path of the list followed by /count."""
    recorder = RecordingTransport({"count": 7})
    async with recorder.make_client() as client:
        count = find_count(operation.get_method(client), {}, is_sync=True)
        acount = find_count(operation.get_method(client, "a"), {})
        if operation.call not in {f"{name}.list" for name in COUNTED}:
            assert (count, acount) == (None, None)
            return
        assert count is not None
        assert acount is not None
        assert run_sync(count()) == await acount() == 7
    listed = operation.request_line.removeprefix("GET ")
    assert [r.url.path.endswith(f"{listed}/count") for r in recorder.requests] == [True, True]


UNSUPPORTED: list[tuple[str, dict[str, Any]]] = [
    ("articles", {"ids": [1, 2]}),
    ("articles", {"uuids": ["a"]}),
    ("articles", {"use_url_id": True}),
    ("categories", {"as_tree": True}),
    ("categories", {"max_depth": 2}),
    ("orders", {"ordering": "desc"}),
    ("newsletter", {"activate": True}),
]


@pytest.mark.parametrize(("name", "filters"), UNSUPPORTED, ids=str)
def test_a_filter_that_the_count_does_not_take(name: str, filters: dict[str, Any]) -> None:
    """A list whose filters the count does not take is not counted, and nothing is logged."""
    recorder = RecordingTransport([])
    assert (
        list(iterate_all(getattr(recorder.make_client(), name).list, concurrency=4, **filters))
        == []
    )
    (request,) = recorder.requests
    assert not request.url.path.endswith("/count")


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("articles", filters.ArticleFilters),
        ("categories", filters.CategoryFilters),
        ("orders", filters.OrderFilters),
        ("newsletter", filters.SubscriberFilters),
    ],
)
def test_the_count_takes_every_other_filter(name: str, keywords: type[Any]) -> None:
    """Each filter of a counted list is sent with the count, or the list is not counted."""
    recorder = RecordingTransport({"count": 3})
    method = getattr(recorder.make_client(), name).list
    unsupported = {key for other, values in UNSUPPORTED if other == name for key in values}
    for keyword in typing.get_type_hints(keywords).keys() - {"limit", "offset"}:
        count = find_count(method, {keyword: "1"}, is_sync=True)
        assert (count is None) == (keyword in unsupported)
        if count is not None:
            assert run_sync(count()) == 3
            assert len(recorder.query) == 1
    count = find_count(method, dict.fromkeys(unsupported), is_sync=True)  # None filters nothing
    assert count is not None
    assert run_sync(count()) == 3
