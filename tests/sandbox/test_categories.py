"""The category tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]


def get_tree(client: httpx.Client, depth: int = 5) -> list[Row]:
    """Return the whole tree."""
    query = {"as_tree": True, "max_depth": depth}
    return list(client.get("/categories", params=query).json())


def get_titles(rows: list[Row]) -> list[str]:
    """Return the titles of one level."""
    return [row["title"] for row in rows]


def flatten_tree(rows: list[Row]) -> list[Row]:
    """Return all categories of a tree."""
    return [part for row in rows for part in (row, *flatten_tree(row["leafs"]))]


def create_category(client: httpx.Client, title: str, **fields: Any) -> Row:
    """Return a new category."""
    response = client.post("/categories", json={"title": title, **fields})
    assert response.status_code == 200
    return dict(response.json())


def test_the_tree_holds_every_category_once(readonly_api: httpx.Client) -> None:
    """The tree has as many categories as the count, without pagination."""
    ids = [row["id"] for row in flatten_tree(get_tree(readonly_api))]
    assert len(set(ids)) == len(ids) == readonly_api.get("/categories/count").json()["count"] > 10
    query = {"as_tree": True, "limit": 1, "offset": 3}
    assert readonly_api.get("/categories", params=query).json() == get_tree(readonly_api)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_max_depth_cuts_the_tree(readonly_api: httpx.Client, depth: int) -> None:
    """max_depth is the number of levels."""

    def count_levels(rows: list[Row]) -> int:
        return 1 + max(count_levels(row["leafs"]) for row in rows) if rows else 0

    assert count_levels(get_tree(readonly_api, depth)) == depth


def test_a_tree_has_a_level(readonly_api: httpx.Client) -> None:
    """A depth of zero is a 422."""
    response = readonly_api.get("/categories", params={"as_tree": True, "max_depth": 0})
    assert response.status_code == 422


def test_sorting_links_the_siblings(readonly_api: httpx.Client) -> None:
    """Each category names its neighbours in the branch, and whether it is the first or last."""
    rows = get_tree(readonly_api)
    for at, row in enumerate(rows):
        assert row["sorting"] == {
            "first": at == 0,
            "last": at == len(rows) - 1,
            "previous": rows[at - 1]["id"] if at else None,
            "next": rows[at + 1]["id"] if at + 1 < len(rows) else None,
        }


def test_a_category_sums_up_its_leafs(readonly_api: httpx.Client) -> None:
    """Outside the tree, leafs are the short form of the vendor's example."""
    row = readonly_api.get("/categories/748001").json()
    assert set(row["leafs"][0]) == {"id", "parent_id", "hidden", "title"}
    assert {leaf["parent_id"] for leaf in row["leafs"]} == {748001}


def test_a_new_category_is_the_last_of_its_branch(api: httpx.Client) -> None:
    """Without sorting it comes last, below its parent, and can be read back."""
    row = create_category(api, "Vijvers", parent_category_id=748005, hidden=True, article_order=6)
    assert api.get(f"/categories/{row['id']}").json() == row
    assert row["sorting"]["last"] is True
    assert row["hidden"] is True
    assert api.get("/categories/748005").json()["leafs"][-1]["title"] == "Vijvers"


@pytest.mark.parametrize(
    ("sorting", "expected"),
    [
        ({"first": True}, ["N", "A", "B"]),
        ({"last": True}, ["A", "B", "N"]),
        ({"before": "B"}, ["A", "N", "B"]),
        ({"after": "A"}, ["A", "N", "B"]),
    ],
)
def test_sorting_places_a_category(api: httpx.Client, sorting: Row, expected: list[str]) -> None:
    """first, last, before and after place a new category, and move an old one."""
    parent = create_category(api, "Tak")["id"]
    ids = {title: create_category(api, title, parent_category_id=parent)["id"] for title in "AB"}
    sorting_by_id = {name: ids.get(value, value) for name, value in sorting.items()}
    row = create_category(api, "N", parent_category_id=parent, sorting=sorting_by_id)
    assert get_titles(api.get(f"/categories/{parent}").json()["leafs"]) == expected
    api.patch(f"/categories/{row['id']}", json={"sorting": {"last": True}})
    api.patch(f"/categories/{row['id']}", json={"sorting": sorting_by_id})
    assert get_titles(api.get(f"/categories/{parent}").json()["leafs"]) == expected


def test_a_category_moves_to_another_parent(api: httpx.Client) -> None:
    """A new parent_category_id takes it out of the old branch; null puts it at the top."""
    row = create_category(api, "Reiziger", parent_category_id=748001)
    path = f"/categories/{row['id']}"
    api.patch(path, json={"parent_category_id": 748002, "title": "Reizigster"})
    assert "Reizigster" not in get_titles(api.get("/categories/748001").json()["leafs"])
    assert "Reizigster" in get_titles(api.get("/categories/748002").json()["leafs"])
    api.patch(path, json={"parent_category_id": None})
    assert "Reizigster" in get_titles(get_tree(api, 1))


def test_a_patch_leaves_the_place_alone(api: httpx.Client) -> None:
    """A changed title does not move the category."""
    before = [row["id"] for row in get_tree(api, 1)]
    api.patch("/categories/748003", json={"title": "Slaapkamer"})
    assert [row["id"] for row in get_tree(api, 1)] == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "X", "parent_category_id": 1},
        {"title": "X", "sorting": {"before": 1}},
    ],
)
def test_a_wrong_category_is_refused(api: httpx.Client, body: Row) -> None:
    """A category without a title, or with an unknown parent or sibling, is a 422."""
    assert api.post("/categories", json=body).status_code == 422


def test_a_category_is_never_below_itself(api: httpx.Client) -> None:
    """A parent that is a descendant is a 422, and the tree stays whole."""
    child = create_category(api, "Kind", parent_category_id=748001)["id"]
    count = len(flatten_tree(get_tree(api)))
    response = api.patch("/categories/748001", json={"parent_category_id": child})
    assert response.status_code == 422
    assert len(flatten_tree(get_tree(api))) == count


def test_articles_of_a_category(readonly_api: httpx.Client) -> None:
    """Its articles come in short and in pages, and each names the category itself."""
    sale = next(row for row in get_tree(readonly_api, 1) if row["title"] == "Aanbiedingen")["id"]
    path = f"/categories/{sale}/articles"
    rows = readonly_api.get(path, params={"limit": 100}).json()
    assert rows[3:5] == readonly_api.get(path, params={"limit": 2, "offset": 3}).json()
    assert set(rows[0]) == {"id", "name", "uuid", "is_main"}
    article = readonly_api.get(f"/articles/{rows[0]['id']}").json()
    assert sale in [page["category_id"] for page in article["categories"]]
    assert readonly_api.get("/categories/1/articles").status_code == 404


def test_a_tree_of_what_passes_the_filters(readonly_api: httpx.Client) -> None:
    """A filtered tree holds the categories that pass, and those above them."""
    rows = readonly_api.get("/categories", params={"limit": 100}).json()
    start = {"created_start_date": "2023-01-01"}
    matching = {
        row["id"] for row in readonly_api.get("/categories", params={"limit": 100, **start}).json()
    }
    assert 0 < len(matching) < len(rows)
    parents = {row["id"]: row["parent_category_id"] for row in rows}
    expected = set(matching)
    for number in matching:
        while (number := parents[number]) is not None:
            expected.add(number)
    tree = readonly_api.get("/categories", params={"as_tree": True, **start}).json()
    assert {row["id"] for row in flatten_tree(tree)} == expected


@pytest.mark.parametrize(("order", "status"), [(1, 200), (6, 200), (0, 422), (7, 422)])
def test_the_order_of_articles_is_one_of_six(api: httpx.Client, order: int, status: int) -> None:
    """`article_order` is 1 to 6."""
    response = api.post("/categories", json={"title": "Orde", "article_order": order})
    assert response.status_code == status
