"""Many stores in one sandbox: a token each, with their own data, clock, faults and journal."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from myonlinestore.sandbox import Sandbox, SandboxDataError
from tests.sandbox.fault_cases import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myonlinestore.sandbox import SandboxStore


@pytest.fixture
def three_stores() -> Iterator[Sandbox]:
    """Yield a running sandbox of three stores."""
    with Sandbox(articles=6, stores=3) as sandbox:
        yield sandbox


def get_with_token(sandbox: Sandbox, store: SandboxStore, path: str = "/store") -> httpx.Response:
    """Return the response to a GET with the token of a store."""
    return httpx.get(f"{sandbox.url}/v1{path}", params={"token": store.token})


def test_each_token_has_its_own_store(three_stores: Sandbox) -> None:
    """Stores have different tokens, seeds and data; the first is that of the sandbox."""
    assert [store.token for store in three_stores.stores] == [
        "sandbox-store-token",
        "sandbox-store-token-2",
        "sandbox-store-token-3",
    ]
    ids = [get_with_token(three_stores, store).json()["id"] for store in three_stores.stores]
    assert ids == [store.store.settings["id"] for store in three_stores.stores]
    assert len(set(ids)) == 3
    assert three_stores.store is three_stores.stores[0].store
    assert repr(three_stores.stores[2]) == "<SandboxStore 3>"


def test_a_store_is_that_of_its_seed() -> None:
    """The Nth store is the only store of a sandbox with the Nth seed."""
    store, alone = Sandbox(6, 7, stores=3).stores[2].store, Sandbox(6, 9).store
    assert store.articles.bodies() == alone.articles.bodies()
    assert store.orders.bodies() == alone.orders.bodies()


def test_a_write_changes_one_store(three_stores: Sandbox) -> None:
    """A write, with one idempotency key in two stores, is done once in each."""
    for store in list(three_stores.stores)[:2]:
        with three_stores.client(store_token=store.token) as client:
            client.articles.create(body={"name": "Lamp"})
    assert [len(store.store.articles) for store in three_stores.stores] == [7, 7, 6]
    for store in list(three_stores.stores)[:2]:
        url, token = f"{three_stores.url}/v1/articles", {"token": store.token}
        for _ in range(2):
            httpx.post(url, params=token, json={"name": "x"}, headers={"Idempotency-Key": "same"})
    assert [len(store.store.articles) for store in three_stores.stores] == [8, 8, 6]


def test_faults_and_journals_are_of_one_store(three_stores: Sandbox) -> None:
    """A rule affects its store only, and a request is in the journal of its store only."""
    three_stores.stores[1].faults.add("getStore status=503")
    assert [get_with_token(three_stores, store).status_code for store in three_stores.stores] == [
        200,
        503,
        200,
    ]
    assert [len(store.journal) for store in three_stores.stores] == [1, 1, 1]
    assert three_stores.stores[1].journal.requests()[0].status == 503


def test_a_journal_shows_no_token(three_stores: Sandbox) -> None:
    """The token of a store is redacted in its journal, wherever it is."""
    store = three_stores.stores[2]
    get_with_token(three_stores, store, f"/articles/{store.token}")
    (entry,) = store.journal
    assert store.token not in str(entry.to_dict())


def test_clocks_are_of_one_store(three_stores: Sandbox) -> None:
    """A clock is set for its store only: its timestamps and its Date header."""
    three_stores.stores[1].clock.freeze("2030-01-01 12:00:00")
    dates = [get_with_token(three_stores, store).headers["date"] for store in three_stores.stores]
    assert dates[1] == "Tue, 01 Jan 2030 12:00:00 GMT"
    assert dates[0] != dates[1] != dates[2]


def test_an_unknown_token_is_in_the_first_journal(three_stores: Sandbox) -> None:
    """A request without the token of a store is a 401, in the journal of the first store."""
    response = httpx.get(f"{three_stores.url}/v1/store", params={"token": "sandbox-store-token-4"})
    assert response.status_code == 401
    assert [len(store.journal) for store in three_stores.stores] == [1, 0, 0]


def test_a_reset_is_of_one_store(three_stores: Sandbox) -> None:
    """`reset` and `seed` of a store leave the others as they are."""
    for store in three_stores.stores:
        get_with_token(three_stores, store)
    three_stores.stores[1].reset()
    three_stores.stores[2].seed(articles=3)
    assert [len(store.journal) for store in three_stores.stores] == [1, 0, 0]
    assert [len(store.store.articles) for store in three_stores.stores] == [6, 6, 3]


def test_a_store_is_added_while_it_runs(three_stores: Sandbox) -> None:
    """`add_store` adds a store with its own options; others are those of the sandbox."""
    added = three_stores.add_store("mine", articles=2, seed=1, faults=["getStore nth=1 status=500"])
    assert added.number == len(three_stores.stores) == 4
    assert [get_with_token(three_stores, added).status_code for _ in range(2)] == [500, 200]
    assert len(added.store.articles) == 2
    assert three_stores.add_store().token == "sandbox-store-token-5"
    assert three_stores.stores[4].options.seed == 11


def test_options_of_an_added_store() -> None:
    """Quirks, a rate limit and faults are set for one store, or are those of the sandbox."""
    rules = ["getStore nth=2 status=500"]
    with Sandbox(articles=2, rate_limit="1/1h", quirks=True, faults=rules) as sandbox:
        same = sandbox.add_store()
        other = sandbox.add_store(rate_limit="9/1h", quirks=False, faults=())
        assert [get_with_token(sandbox, same).status_code for _ in range(2)] == [200, 429]
        assert [get_with_token(sandbox, other).status_code for _ in range(2)] == [200, 200]
        assert (same.options.quirks, other.options.quirks) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"token": ""}, "its token is empty"),
        ({"token": "sandbox-store-token"}, "the token of another store"),
        ({"articles": -1}, "articles=-1"),
        ({"rate_limit": "much"}, "such as 10/1s"),
        ({"faults": ["x"]}, "unknown operation"),
    ],
)
def test_a_wrong_store_is_refused(arguments: dict[str, object], message: str) -> None:
    """A store without a token of its own, or with an invalid option, is a ValueError."""
    sandbox = Sandbox(articles=1)
    with pytest.raises(ValueError, match=message):
        sandbox.add_store(**arguments)  # type: ignore[arg-type]
    assert len(sandbox.stores) == 1


def test_a_sandbox_has_a_store() -> None:
    """A sandbox of no stores is a ValueError."""
    with pytest.raises(ValueError, match="stores=0"):
        Sandbox(stores=0)


def test_each_store_may_have_a_file(tmp_path: Path) -> None:
    """Stores with a file keep their data; a second sandbox cannot open one in use."""
    first, second = tmp_path / "a.sqlite", tmp_path / "b.sqlite"
    sandbox = Sandbox(articles=2, data=first)
    added = sandbox.add_store(data=second)
    with pytest.raises(SandboxDataError, match="another sandbox"):
        Sandbox(data=second)
    with sandbox:
        httpx.post(
            f"{sandbox.url}/v1/articles", params={"token": added.token}, json={"name": "Kept"}
        )
    with Sandbox(data=second) as again:
        assert again.store.articles.bodies()[-1]["name"] == "Kept"
    with sandbox:
        assert [len(store.store.articles) for store in sandbox.stores] == [2, 3]


def test_a_thousand_stores_are_cheap() -> None:
    """A store is seeded at its first use; a request to one seeds no other."""
    with Sandbox(articles=3, stores=1000) as sandbox:
        assert get_with_token(sandbox, sandbox.stores[999]).status_code == 200
        assert [store.number for store in sandbox.stores if store.is_seeded] == [1, 1000]


def test_a_store_is_seeded_once() -> None:
    """Threads that use a store at the same time get the same data and journal."""
    sandbox, found = Sandbox(articles=3, stores=40), []
    barrier = threading.Barrier(4)

    def use() -> None:
        barrier.wait()
        found.extend([(store.number, id(store.journal)) for store in sandbox.stores])

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 40


def test_journals_share_a_limit() -> None:
    """The journals of many stores keep 100,000 requests in all, and 100 or more each."""
    assert [Sandbox(1, stores=n).journal._max_entries for n in (1, 20, 2000)] == [10000, 5000, 100]


def test_the_partner_token_is_shared(three_stores: Sandbox) -> None:
    """One partner token is valid for all stores, another one for none."""
    url = f"{three_stores.url}/v1/store"
    for partner, status in (("sandbox-partner-token", 200), ("other", 401)):
        tokens = [{"token": store.token, "partner_token": partner} for store in three_stores.stores]
        assert [httpx.get(url, params=each).status_code for each in tokens] == [status] * 3


def test_the_partner_has_one_limit() -> None:
    """Requests with the partner token count together; those without it do not count."""
    with Sandbox(articles=1, stores=2, partner_rate_limit="3/1h") as sandbox:
        first, second = sandbox.stores[0], sandbox.stores[1]

        def call(store: SandboxStore) -> int:
            tokens = {"token": store.token, "partner_token": sandbox.partner_token}
            return httpx.get(f"{sandbox.url}/v1/store", params=tokens).status_code

        assert [call(store) for store in (first, second, first, second, first)] == [
            *[200] * 3,
            *[429] * 2,
        ]
        assert get_with_token(sandbox, second).status_code == 200
        sandbox.reset()
        assert [call(second) for _ in range(4)] == [200, 200, 200, 429]
        sandbox.seed(articles=2)
        assert call(first) == 200


def test_the_admin_endpoint_selects_a_store(three_stores: Sandbox) -> None:
    """`?store=` selects a store by its number; the default is the first."""
    with httpx.Client(base_url=f"{three_stores.url}/_sandbox") as admin:
        admin.post("/faults", params={"store": 2}, json={"text": "getStore status=503"})
        admin.post("/clock", params={"store": 3}, json={"freeze": "2030-01-01"})
        assert [
            get_with_token(three_stores, store).status_code for store in three_stores.stores
        ] == [200, 503, 200]
        entries = admin.get("/journal", params={"store": 2}).json()["requests"]
        assert [entry["status"] for entry in entries] == [503]
        assert admin.get("/clock", params={"store": 3}).json()["frozen"]
        assert not admin.get("/clock").json()["frozen"]
        for wrong in ("0", "4", "x", "9" * 30):
            assert admin.get("/state", params={"store": wrong}).status_code == 404


def test_the_admin_endpoint_lists_and_adds_stores(three_stores: Sandbox) -> None:
    """`/_sandbox/stores` shows the stores, and a POST adds one."""
    with httpx.Client(base_url=f"{three_stores.url}/_sandbox") as admin:
        added = admin.post("/stores", json={"token": "mine", "articles": 2, "seed": 5})
        assert (added.status_code, added.json()["number"]) == (201, 4)
        rows = admin.get("/stores").json()["stores"]
        assert rows[3] == {
            "number": 4, "token": "mine", "articles": 2, "seed": 5, "seeded": False
        }  # fmt: skip
        assert [row["seeded"] for row in rows] == [True, False, False, False]
        three_stores.stores[1].seed(articles=1)
        assert admin.get("/stores").json()["stores"][1]["articles"] == 1
        assert get_with_token(three_stores, three_stores.stores[3]).status_code == 200
        assert admin.post("/stores", json={}).json()["token"] == "sandbox-store-token-5"
        for body in ({"token": "mine"}, {"token": 5}, {"articles": -1}, {"name": "x"}):
            assert admin.post("/stores", json=body).status_code == 422


def test_a_payment_page_is_of_its_store(three_stores: Sandbox) -> None:
    """The payment page of a store pays in that store, though its number is in others too."""
    store = three_stores.stores[1]
    with three_stores.client(store_token=store.token) as client:
        number = client.orders.list(limit=1).items[0].number
        body = {"gateway": "mollie", "method": "ideal"}
        url = client.orders.create_payment_raw(order_number=number, body=body)["url"]
    assert url.endswith("?store=2")
    assert httpx.get(url).status_code == 303
    assert httpx.get(url.removesuffix("?store=2")).status_code == 404


def test_one_store_is_as_before() -> None:
    """A sandbox of one store has the arguments and attributes that it always had."""
    with Sandbox(3, 7) as sandbox:
        assert get(sandbox).status_code == 200
        assert len(sandbox.stores) == 1
        assert sandbox.journal is sandbox.stores[0].journal
        assert sandbox.faults is sandbox.stores[0].faults
        assert sandbox.clock is sandbox.stores[0].clock


def test_threads_add_different_stores() -> None:
    """Stores that threads add at the same time have different numbers and tokens."""
    sandbox, barrier = Sandbox(articles=1), threading.Barrier(4)

    def add() -> None:
        barrier.wait()
        for _ in range(200):
            sandbox.add_store()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.number for store in sandbox.stores] == list(range(1, 802))
    assert len({store.token for store in sandbox.stores}) == 801
