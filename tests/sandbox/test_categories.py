"""The category tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

Row = dict[str, Any]


def tree(client: httpx.Client, depth: int = 5) -> list[Row]:
    """Return the whole tree."""
    query = {"as_tree": True, "max_depth": depth}
    return list(client.get("/categories", params=query).json())


def titles(rows: list[Row]) -> list[str]:
    """Return the titles of one level."""
    return [row["title"] for row in rows]


def everywhere(rows: list[Row]) -> list[Row]:
    """All categories of a tree."""
    return [part for row in rows for part in (row, *everywhere(row["leafs"]))]


def new(client: httpx.Client, title: str, **fields: Any) -> Row:
    """Return a new category."""
    response = client.post("/categories", json={"title": title, **fields})
    assert response.status_code == 200
    return dict(response.json())


def test_the_tree_holds_every_category_once(read: httpx.Client) -> None:
    """The tree has as many categories as the count, without pagination."""
    ids = [row["id"] for row in everywhere(tree(read))]
    assert len(set(ids)) == len(ids) == read.get("/categories/count").json()["count"] > 10
    query = {"as_tree": True, "limit": 1, "offset": 3}
    assert read.get("/categories", params=query).json() == tree(read)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_max_depth_cuts_the_tree(read: httpx.Client, depth: int) -> None:
    """max_depth is the number of levels."""

    def levels(rows: list[Row]) -> int:
        return 1 + max(levels(row["leafs"]) for row in rows) if rows else 0

    assert levels(tree(read, depth)) == depth


def test_a_tree_has_a_level(read: httpx.Client) -> None:
    """A depth of zero is a 422."""
    response = read.get("/categories", params={"as_tree": True, "max_depth": 0})
    assert response.status_code == 422


def test_sorting_links_the_siblings(read: httpx.Client) -> None:
    """Each category names its neighbours in the branch, and whether it is the first or last."""
    rows = tree(read)
    for at, row in enumerate(rows):
        assert row["sorting"] == {
            "first": at == 0,
            "last": at == len(rows) - 1,
            "previous": rows[at - 1]["id"] if at else None,
            "next": rows[at + 1]["id"] if at + 1 < len(rows) else None,
        }


def test_a_category_sums_up_its_leafs(read: httpx.Client) -> None:
    """Outside the tree, leafs are the short form of the vendor's example."""
    row = read.get("/categories/748001").json()
    assert set(row["leafs"][0]) == {"id", "parent_id", "hidden", "title"}
    assert {leaf["parent_id"] for leaf in row["leafs"]} == {748001}


def test_a_new_category_is_the_last_of_its_branch(api: httpx.Client) -> None:
    """Without sorting it comes last, below its parent, and can be read back."""
    row = new(api, "Vijvers", parent_category_id=748005, hidden=True, article_order=6)
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
    parent = new(api, "Tak")["id"]
    ids = {title: new(api, title, parent_category_id=parent)["id"] for title in "AB"}
    wanted = {name: ids.get(value, value) for name, value in sorting.items()}
    row = new(api, "N", parent_category_id=parent, sorting=wanted)
    assert titles(api.get(f"/categories/{parent}").json()["leafs"]) == expected
    api.patch(f"/categories/{row['id']}", json={"sorting": {"last": True}})
    api.patch(f"/categories/{row['id']}", json={"sorting": wanted})
    assert titles(api.get(f"/categories/{parent}").json()["leafs"]) == expected


def test_a_category_moves_to_another_parent(api: httpx.Client) -> None:
    """A new parent_category_id takes it out of the old branch; null puts it at the top."""
    row = new(api, "Reiziger", parent_category_id=748001)
    path = f"/categories/{row['id']}"
    api.patch(path, json={"parent_category_id": 748002, "title": "Reizigster"})
    assert "Reizigster" not in titles(api.get("/categories/748001").json()["leafs"])
    assert "Reizigster" in titles(api.get("/categories/748002").json()["leafs"])
    api.patch(path, json={"parent_category_id": None})
    assert "Reizigster" in titles(tree(api, 1))


def test_a_patch_leaves_the_place_alone(api: httpx.Client) -> None:
    """A changed title does not move the category."""
    before = [row["id"] for row in tree(api, 1)]
    api.patch("/categories/748003", json={"title": "Slaapkamer"})
    assert [row["id"] for row in tree(api, 1)] == before


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
    below = new(api, "Kind", parent_category_id=748001)["id"]
    count = len(everywhere(tree(api)))
    response = api.patch("/categories/748001", json={"parent_category_id": below})
    assert response.status_code == 422
    assert len(everywhere(tree(api))) == count


def test_articles_of_a_category(read: httpx.Client) -> None:
    """Its articles come in short and in pages, and each names the category itself."""
    sale = next(row for row in tree(read, 1) if row["title"] == "Aanbiedingen")["id"]
    path = f"/categories/{sale}/articles"
    rows = read.get(path, params={"limit": 100}).json()
    assert rows[3:5] == read.get(path, params={"limit": 2, "offset": 3}).json()
    assert set(rows[0]) == {"id", "name", "uuid", "is_main"}
    article = read.get(f"/articles/{rows[0]['id']}").json()
    assert sale in [page["category_id"] for page in article["categories"]]
    assert read.get("/categories/1/articles").status_code == 404


def test_a_tree_of_what_passes_the_filters(read: httpx.Client) -> None:
    """A filtered tree holds the categories that pass, and those above them."""
    everything = read.get("/categories", params={"limit": 100}).json()
    start = {"created_start_date": "2023-01-01"}
    passing = {row["id"] for row in read.get("/categories", params={"limit": 100, **start}).json()}
    assert 0 < len(passing) < len(everything)
    parents = {row["id"]: row["parent_category_id"] for row in everything}
    expected = set(passing)
    for number in passing:
        while (number := parents[number]) is not None:
            expected.add(number)
    tree = read.get("/categories", params={"as_tree": True, **start}).json()
    assert {row["id"] for row in everywhere(tree)} == expected


@pytest.mark.parametrize(("order", "status"), [(1, 200), (6, 200), (0, 422), (7, 422)])
def test_the_order_of_articles_is_one_of_six(api: httpx.Client, order: int, status: int) -> None:
    """`article_order` is 1 to 6."""
    response = api.post("/categories", json={"title": "Orde", "article_order": order})
    assert response.status_code == status
