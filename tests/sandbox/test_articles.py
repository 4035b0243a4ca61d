"""Articles, their fields, lists, options and images: each write is seen afterwards."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from myonlinestore.sandbox import Sandbox

Row = dict[str, Any]


@pytest.fixture
def article(api: httpx.Client) -> Row:
    """Return a new article, on one page."""
    body = {
        "name": "Grappig kussen",
        "price": {"default": 12.5, "action": "9.95"},
        "stock": 15,
        "categories": [{"category_id": 748001, "is_main": True}],
        "images": [{"url": "https://example.com/kussen.jpg"}],
    }
    response = api.post("/articles", json=body)
    assert response.status_code == 200
    return dict(response.json())


def get_article_with_variants(sandbox: Sandbox) -> Row:
    """Return a seeded article that has variants."""
    return next(body for body in sandbox.store.articles.bodies() if body["variants"])


def test_a_created_article_is_listed_last(api: httpx.Client, article: Row) -> None:
    """A new article has the highest id, the defaults of the vendor, and is counted."""
    total = api.get("/articles/count").json()["count"]
    assert api.get("/articles", params={"offset": total - 1}).json() == [article]
    assert article["price"] == {"default": "12.50", "action": "9.95", "purchase": None}
    assert article["url"].endswith("/keuken/grappig-kussen")
    assert article["images"][0]["original_name"] == "kussen"
    assert article["created_date"] == article["updated_date"]


def test_absent_keeps_and_null_is_a_value(api: httpx.Client, article: Row) -> None:
    """A PATCH changes only what it names; a null stock is an unlimited one."""
    path = f"/articles/{article['id']}"
    changed = api.patch(path, json={"stock": None, "price": {"action": None}}).json()
    assert changed["stock"] is None
    assert changed["price"] == {"default": "12.50", "action": None, "purchase": None}
    assert changed["name"] == article["name"]
    assert api.get(path).json() == changed


def test_a_change_is_found_by_its_timestamp(
    sandbox: Sandbox, api: httpx.Client, article: Row
) -> None:
    """A changed article passes the filter on changes from then on, an unchanged one does not."""
    first = sandbox.store.articles.keys[0]
    changed = api.patch(f"/articles/{first}", json={"name": "Nieuwe naam"}).json()
    start = f"{changed['updated_date']} {changed['updated_time']}"
    query = {"changed_start_date": start, "limit": 100}
    changed_ids = {row["id"] for row in api.get("/articles", params=query).json()}
    assert first in changed_ids
    assert sandbox.store.articles.keys[1] not in changed_ids


def test_pages_are_replaced_and_keep_their_url_ids(api: httpx.Client, article: Row) -> None:
    """Posted pages take the place of the old ones; one that stays keeps its article_url_id."""
    old = article["categories"][0]
    pages = [{"category_id": 748002, "is_main": True}, {"category_id": 748001, "is_main": False}]
    changed = api.patch(f"/articles/{article['id']}", json={"categories": pages}).json()
    assert changed["categories"][1]["article_url_id"] == old["article_url_id"]
    new_id = changed["categories"][0]["article_url_id"]
    by_url = api.get(f"/articles/{new_id}", params={"use_url_id": "true"})
    assert by_url.json() == changed
    api.patch(f"/articles/{article['id']}", json={"categories": []})
    assert api.get(f"/articles/{new_id}", params={"use_url_id": "true"}).status_code == 404


def test_writes_by_the_id_of_the_page(api: httpx.Client, article: Row) -> None:
    """PATCH and DELETE take `use_url_id` too."""
    path = f"/articles/{article['categories'][0]['article_url_id']}"
    changed = api.patch(path, params={"use_url_id": True}, json={"sku": "X-1"}).json()
    assert (changed["id"], changed["sku"]) == (article["id"], "X-1")
    assert api.delete(path, params={"use_url_id": True}).status_code == 200
    assert api.get(f"/articles/{article['id']}").status_code == 404


def test_a_deleted_article_is_gone(api: httpx.Client, article: Row) -> None:
    """DELETE responds with a string; afterwards the article is a 404 and is not counted."""
    before = api.get("/articles/count").json()["count"]
    response = api.delete(f"/articles/{article['id']}")
    assert (response.status_code, type(response.json())) == (200, str)
    assert api.get(f"/articles/{article['id']}").status_code == 404
    assert api.get("/articles/count").json()["count"] == before - 1
    assert api.delete(f"/articles/{article['id']}").status_code == 404


def test_the_id_of_a_deleted_article_is_not_used_again(api: httpx.Client, article: Row) -> None:
    """The next article has another id, even when the deleted one was the last."""
    api.delete(f"/articles/{article['id']}")
    assert api.post("/articles", json={"name": "Volgende"}).json()["id"] > article["id"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "X", "stock": "veel"},
        {"name": "X", "price": {"default": "duur"}},
        {"name": "X", "price": [1]},
        {"name": "X", "categories": [{"category_id": 1}]},
        {"name": "X", "categories": [{}]},
        {"name": "X", "lists": [{"id": 193001}]},
        {"name": "X", "lists": [{"id": 193001, "options": []}]},
        {"name": "X", "lists": [{"id": 1, "options": [{"id": 1}]}]},
        {"name": "X", "images": [{"position": 1}]},
    ],
)
def test_a_wrong_article_is_refused_whole(sandbox: Sandbox, api: httpx.Client, body: Row) -> None:
    """A body that is wrong anywhere is a 422, and nothing of it is kept."""
    before = len(sandbox.store.articles)
    assert api.post("/articles", json=body).status_code == 422
    assert len(sandbox.store.articles) == before


def test_an_image_is_uploaded_and_deleted(api: httpx.Client, article: Row) -> None:
    """An upload responds with a string, and the article has the image until it is deleted."""
    content = base64.b64encode(b"\x89PNG not quite").decode()
    body = {"filename": "foto.png", "content": content}
    uploaded = api.post(f"/articles/uploadImage/{article['id']}", json=body).json()
    images = api.get(f"/articles/{article['id']}").json()["images"]
    assert [(image["original_name"], image["position"]) for image in images] == [
        ("kussen", "1"),
        ("foto", "2"),
    ]
    assert images[1]["id"] == uploaded
    response = api.delete(f"/deleteImage/{uploaded}")
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(f"/articles/{article['id']}").json()["images"] == images[:1]
    assert api.delete(f"/deleteImage/{uploaded}").status_code == 404


def test_an_image_has_a_number_too(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """The path of deleteImage takes an integer, as documented."""
    image = article["images"][0]["id"]
    number = next(key for key, value in sandbox.store.image_numbers.items() if value == image)
    assert api.delete(f"/deleteImage/{number}").status_code == 204
    assert api.get(f"/articles/{article['id']}").json()["images"] == []


def test_an_upload_must_be_base64(api: httpx.Client, article: Row) -> None:
    """Content that is not base64 is a 422."""
    body = {"filename": "foto.png", "content": "§§§"}
    assert api.post(f"/articles/uploadImage/{article['id']}", json=body).status_code == 422


def test_images_are_a_set(api: httpx.Client, article: Row) -> None:
    """Posted images replace the old ones; one with an id is kept."""
    image = article["images"][0]
    images = [{"url": "https://example.com/twee.jpg"}, {"id": image["id"], "position": 5}]
    changed = api.patch(f"/articles/{article['id']}", json={"images": images}).json()["images"]
    assert changed[1] == {**image, "position": "5"}
    assert changed[0]["original_name"] == "twee"


@pytest.mark.parametrize("visible", [True, False])
def test_fields_are_added_and_removed(api: httpx.Client, article: Row, visible: bool) -> None:
    """Article fields go into the visible or the invisible set, and leave it by name."""
    path, query = f"/articlefields/{article['id']}", {"visible": visible}
    name = "visible" if visible else "invisible"
    api.post(path, params=query, json={"Kleur": "Rood", "Maat": "L"})
    fields = api.get(f"/articles/{article['id']}").json()["extra"][name]
    assert fields == {"Kleur": "Rood", "Maat": "L"}
    response = api.request("DELETE", path, params=query, json=["Kleur", "Onbekend"])
    assert response.json()["extra"][name] == {"Maat": "L"}


def test_lists_are_attached_and_detached(api: httpx.Client, article: Row) -> None:
    """Lists come with all their options, and go by their ids."""
    path = f"/articlelists/{article['id']}"
    changed = api.post(path, json=[193001, 193002]).json()
    source = api.get("/articlelists/193001").json()
    assert [option["id"] for option in changed["lists"][0]["options"]] == [
        option["id"] for option in source["options"]
    ]
    changed = api.request("DELETE", path, json=[193001]).json()
    assert [article_list["id"] for article_list in changed["lists"]] == [193002]
    assert api.get(f"/articles/{article['id']}").json() == changed
    assert api.post(path, json=[1]).status_code == 422


def test_options_of_a_list_are_put(api: httpx.Client, article: Row) -> None:
    """A posted list has only the posted options; other lists are unchanged."""
    api.post(f"/articlelists/{article['id']}", json=[193001, 193002])
    first = api.get("/articlelists/193001").json()["options"][0]
    lists = [{"id": 193001, "has_images": True, "options": [{"id": first["id"], "price": 3}]}]
    changed = api.patch(f"/articles/{article['id']}", json={"lists": lists}).json()["lists"]
    assert changed[0]["options"] == [{**first, "price": "3.00", "image_ids": []}]
    assert changed[0]["has_images"] is True
    assert len(changed[1]["options"]) > 1


def test_variants_change_and_are_added(api: httpx.Client, article: Row) -> None:
    """A variant without an id is new, one with an id changes, an unknown id is refused."""
    path = f"/articles/{article['id']}"
    api.post(f"/articlelists/{article['id']}", json=[193001])
    option = api.get("/articlelists/193001").json()["options"][1]
    posted = [{"options": [{"list_id": 193001, "option_id": option["id"]}], "stock": 3}]
    added = api.patch(path, json={"variants": posted}).json()["variants"]
    assert [(variant["stock"], variant["options"][0]["name"]) for variant in added] == [
        (3, option["name"])
    ]
    changed = api.patch(path, json={"variants": [{"id": added[0]["id"], "stock": None}]}).json()
    assert changed["variants"] == [{**added[0], "stock": None}]
    assert api.patch(path, json={"variants": [{"id": 1, "stock": 1}]}).status_code == 422


def test_variants_go_with_their_options(sandbox: Sandbox, api: httpx.Client) -> None:
    """Detaching the lists of an article removes the variants that they made."""
    body = get_article_with_variants(sandbox)
    ids = [article_list["id"] for article_list in body["lists"]]
    changed = api.request("DELETE", f"/articlelists/{body['id']}", json=ids).json()
    assert (changed["lists"], changed["variants"]) == ([], [])


def test_options_are_added_to_a_list(api: httpx.Client) -> None:
    """New options get an id; one whose name is known is repriced."""
    old = api.get("/articlelists/193003").json()
    name = old["options"][0]["name"]
    posted = [{"name": name, "price": "1.00"}, {"name": "Extra groot", "price": 2.5}]
    changed = api.post("/articlelistoptions/193003", json=posted).json()
    assert changed == api.get("/articlelists/193003").json()
    assert changed["options"][0] == {**old["options"][0], "price": "1.00"}
    assert changed["options"][-1]["name"] == "Extra groot"
    assert changed["options"][-1]["price"] == "2.50"
    assert len(changed["options"]) == len(old["options"]) + 1


def test_options_are_removed_from_a_list_and_from_articles(api: httpx.Client, article: Row) -> None:
    """An option that is removed from its list is removed from the articles."""
    api.post("/articlelistoptions/193004", json=[{"name": "Tijdelijk", "price": "0.00"}])
    api.post(f"/articlelists/{article['id']}", json=[193004])
    changed = api.request("DELETE", "/articlelistoptions/193004", json=["Tijdelijk"]).json()
    assert "Tijdelijk" not in [option["name"] for option in changed["options"]]
    article_list = api.get(f"/articles/{article['id']}").json()["lists"][0]
    assert "Tijdelijk" not in [option["name"] for option in article_list["options"]]


def set_images(api: httpx.Client, article: Row, count: int) -> list[str]:
    """Return the ids of the article's images, and check their number."""
    images = [{"url": f"https://example.com/{at}.jpg"} for at in range(count)]
    changed = api.patch(f"/articles/{article['id']}", json={"images": images}).json()
    return [image["id"] for image in changed["images"]]


def test_options_show_images_of_the_article(api: httpx.Client, article: Row) -> None:
    """An option's images are the article's own, and go when those go."""
    path = f"/articles/{article['id']}"
    first, second = set_images(api, article, 2)
    option = api.get("/articlelists/193001").json()["options"][0]["id"]

    def attach(*image_ids: str) -> httpx.Response:
        options = [{"id": option, "image_ids": list(image_ids)}]
        lists = [{"id": 193001, "has_images": True, "options": options}]
        return api.patch(path, json={"lists": lists})

    assert attach("7e2009bf-f4a6-4f6d-9874-14ed1341229b").status_code == 422
    image_ids = attach(first, second).json()["lists"][0]["options"][0]["image_ids"]
    assert image_ids == [first, second]
    api.delete(f"/deleteImage/{first}")
    option_row = api.patch(path, json={"images": []}).json()["lists"][0]["options"][0]
    assert option_row["image_ids"] == []


def test_one_list_has_images(api: httpx.Client, article: Row) -> None:
    """A second list with images is rejected; a list without the field is unchanged."""
    path = f"/articles/{article['id']}"

    def make_list_body(number: int, **fields: Any) -> Row:
        options = api.get(f"/articlelists/{number}").json()["options"][:1]
        return {"id": number, "options": [{"id": options[0]["id"]}], **fields}

    lists = [make_list_body(193001, has_images=True), make_list_body(193002, has_images=True)]
    assert api.patch(path, json={"lists": lists}).status_code == 422
    api.patch(path, json={"lists": lists[:1]})
    assert api.patch(path, json={"lists": lists[1:]}).status_code == 422
    changed = api.patch(path, json={"lists": [make_list_body(193001)]}).json()
    assert changed["lists"][0]["has_images"] is True


@pytest.mark.parametrize("position", [0, 16, "first"])
def test_images_have_fifteen_positions(api: httpx.Client, article: Row, position: Any) -> None:
    """A position is 1 to 15 (changelog 1.1.4)."""
    images = [{"url": "https://example.com/a.jpg", "position": position}]
    path = f"/articles/{article['id']}"
    assert api.patch(path, json={"images": images}).status_code == 422
    upload = {"filename": "a.jpg", "content": "aGk=", "position": position}
    response = api.post(f"/articles/uploadImage/{article['id']}", json=upload)
    assert response.status_code == 422


def test_an_article_has_one_main_page(sandbox: Sandbox, api: httpx.Client, article: Row) -> None:
    """The first page marked as main is the main page; a free URL id can be requested."""
    first, second, third = sandbox.store.categories.keys[:3]
    requested = [
        {"category_id": first},
        {"category_id": second, "is_main": True, "article_url_id": 987_654},
        {"category_id": third, "is_main": True},
    ]
    pages = api.patch(f"/articles/{article['id']}", json={"categories": requested}).json()[
        "categories"
    ]
    assert [page["is_main"] for page in pages] == [False, True, False]
    assert pages[1]["article_url_id"] == 987_654
    response = api.get("/articles/987654", params={"use_url_id": True})
    assert response.json()["id"] == article["id"]
    other = {"name": "Other", "categories": [{"category_id": first, "article_url_id": 987_654}]}
    assert api.post("/articles", json=other).status_code == 422


@pytest.mark.parametrize("kind", ["articlefields", "articlelists"])
def test_url_ids_everywhere(sandbox: Sandbox, api: httpx.Client, article: Row, kind: str) -> None:
    """Fields and lists also accept the id of an article's page, only with `use_url_id`."""
    pages = [{"category_id": sandbox.store.categories.keys[0]}]
    changed = api.patch(f"/articles/{article['id']}", json={"categories": pages}).json()
    page = changed["categories"][0]["article_url_id"]
    body: Any = {"Kleur": "rood"} if kind == "articlefields" else [193001]
    names: Any = ["Kleur"] if kind == "articlefields" else [193001]
    assert api.post(f"/{kind}/{page}", json=body).status_code == 404
    query = {"use_url_id": True}
    added = api.post(f"/{kind}/{page}", params=query, json=body)
    removed = api.request("DELETE", f"/{kind}/{page}", params=query, json=names)
    assert added.json()["id"] == removed.json()["id"] == article["id"]


def test_a_list_can_be_attached_by_its_id_alone(api: httpx.Client, article: Row) -> None:
    """A number instead of a list attaches all options (deprecated since changelog 2.0.6)."""
    changed = api.patch(f"/articles/{article['id']}", json={"lists": [193001]}).json()
    attached = api.post(f"/articlelists/{article['id']}", json=[193001]).json()
    assert changed["lists"] == attached["lists"]
    assert len(changed["lists"][0]["options"]) > 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"lists": [{"id": 193001, "options": [{"id": 1}]}]},
            "lists.options: the list has no option 1.",
        ),
        (
            {"variants": [{"options": [{"list_id": 193001, "option_id": 1}]}]},
            "variants.options: the article's lists do not offer option 1.",
        ),
    ],
)
def test_unknown_options_are_rejected(
    api: httpx.Client, article: Row, body: Row, message: str
) -> None:
    """An option that the list or the article does not offer is a 422 that names it."""
    response = api.patch(f"/articles/{article['id']}", json=body)
    assert (response.status_code, response.json()["detail"]) == (422, message)
