"""The admin endpoint, and the same from Python: reset, seed, clock, faults, journal, state."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from myonlinestore.sandbox import Sandbox
from tests.sandbox.fault_cases import get


@pytest.fixture
def admin(clean_sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Yield a plain HTTP client of the admin endpoint, without a token."""
    with httpx.Client(base_url=f"{clean_sandbox.url}/_sandbox", verify=False) as client:
        yield client


def post_article(sandbox: Sandbox, key: str = "key") -> int:
    """Return the status of a write."""
    url, token = f"{sandbox.url}/v1/articles", {"token": sandbox.store_token}
    headers = {"Idempotency-Key": key}
    return httpx.post(url, params=token, json={"name": "New"}, headers=headers).status_code


def test_reset_puts_everything_back(clean_sandbox: Sandbox, admin: httpx.Client) -> None:
    """Data, keys, clock, journal and added faults are as they were at the start."""
    before = clean_sandbox.store.articles.bodies()
    store = clean_sandbox.store
    assert post_article(clean_sandbox) == 200
    clean_sandbox.clock.freeze()
    clean_sandbox.faults.add("getStore status=500")
    state = admin.post("/reset").json()
    assert state["counts"]["articles"] == len(before)
    assert (state["idempotency_keys"], state["journal"], state["faults"]) == (0, 0, 0)
    assert clean_sandbox.store is store
    assert clean_sandbox.store.articles.bodies() == before
    assert not clean_sandbox.clock.frozen
    assert get(clean_sandbox).status_code == 200


def test_after_a_reset_new_rows_are_the_same() -> None:
    """Ids and uuids begin again, so that a run can be repeated to the letter."""
    with Sandbox(articles=2) as sandbox:
        created: list[object] = []
        for _ in range(2):
            assert post_article(sandbox) == 200
            body = sandbox.store.articles.bodies()[-1]
            created.append((body["id"], body["uuid"]))
            sandbox.reset()
        assert created[0] == created[1]


def test_sandboxes_of_one_seed_do_not_share_data() -> None:
    """A write to one is not seen in another, nor after a reset."""
    first, second = Sandbox(articles=2), Sandbox(articles=2)
    with first, second:
        assert post_article(first) == 200
        assert len(first.store.articles) == 3
        assert len(second.store.articles) == len(Sandbox(articles=2).store.articles) == 2


@pytest.mark.parametrize("field", ["body", "created", "changed", "owner"])
def test_a_record_cannot_be_changed_in_place(field: str) -> None:
    """Stores of one seed share their records, so a record refuses every assignment."""
    record = next(record for _, record in Sandbox(articles=2).store.articles.items())
    with pytest.raises(AttributeError, match="immutable"):
        setattr(record, field, "other")


def test_seed_makes_another_store(admin: httpx.Client) -> None:
    """Number and seed change, one or both; resetting goes back to those."""
    first = admin.post("/seed", json={"articles": 20, "seed": 3}).json()
    assert (first["counts"]["articles"], first["seed"]) == (20, 3)
    second = admin.post("/seed", json={"articles": 12}).json()
    assert (second["counts"]["articles"], second["seed"]) == (12, 3)
    assert admin.post("/reset").json()["seed"] == 3
    assert admin.post("/seed", json={"seed": 7}).json()["counts"]["articles"] == 12


def test_seed_from_python(clean_sandbox: Sandbox) -> None:
    """The same from Python; a wrong number changes nothing."""
    clean_sandbox.seed(articles=5)
    assert len(clean_sandbox.store.articles) == 5
    with pytest.raises(ValueError, match="articles=-1"):
        clean_sandbox.seed(articles=-1, seed=9)
    clean_sandbox.reset()
    assert len(clean_sandbox.store.articles) == 5
    clean_sandbox.seed(articles=12)
    expected = Sandbox(articles=12).store.articles.bodies()
    assert clean_sandbox.store.articles.bodies() == expected


def test_the_clock_is_stopped_set_and_moved(clean_sandbox: Sandbox, admin: httpx.Client) -> None:
    """Freeze, advance, set and run, and what the clock then says."""
    noon = {"now": "2025-04-01T12:00:00+00:00", "frozen": True}
    assert admin.post("/clock", json={"freeze": "2025-04-01 12:00:00"}).json() == noon
    assert admin.get("/clock").json() == noon
    assert admin.post("/clock", json={"advance": -60}).json()["now"] == "2025-04-01T11:59:00+00:00"
    assert admin.post("/clock", json={"run": True}).json()["frozen"] is False
    assert admin.post("/clock", json={"set": "2031-01-01"}).json()["now"].startswith("2031-01-01T0")
    assert admin.post("/clock", json={"freeze": True}).json()["frozen"] is True
    assert clean_sandbox.clock().year == 2031


def test_faults_come_and_go(clean_sandbox: Sandbox, admin: httpx.Client) -> None:
    """Rules are posted as text or parts, listed with their counts, deleted one by one or all."""
    first = admin.post("/faults", json={"text": "getStore nth=2 status=503 retry_after=1"})
    assert first.status_code == 201
    assert first.json() == {
        "id": 1,
        "text": "getStore nth=2 status=503 retry_after=1",
        "rule": {"operation": "getStore", "nth": "2", "status": 503, "retry_after": 1},
        "matched": 0,
        "triggered": 0,
    }
    assert admin.post("/faults", json={"operation": "get*", "delay": 0}).json()["id"] == 2
    assert [get(clean_sandbox).status_code for _ in range(2)] == [200, 503]
    listed = admin.get("/faults").json()["faults"]
    assert [(rule["id"], rule["matched"], rule["triggered"]) for rule in listed] == [
        (1, 2, 1),
        (2, 2, 2),
    ]
    assert admin.delete("/faults/2").status_code == 204
    assert admin.delete("/faults/2").status_code == 404
    assert len(clean_sandbox.faults) == 1
    assert admin.delete("/faults").status_code == 204
    assert admin.get("/faults").json() == {"faults": []}


def test_the_journal_is_read_and_forgotten(clean_sandbox: Sandbox, admin: httpx.Client) -> None:
    """Requests to the API, the latest ones or those of an operation; those to it are not there."""
    get(clean_sandbox)
    post_article(clean_sandbox)
    get(clean_sandbox)
    entries = admin.get("/journal").json()["requests"]
    assert [entry["operation"] for entry in entries] == ["getStore", "postArticle", "getStore"]
    assert entries[1]["body"] == {"name": "New"}
    assert entries[1]["query"]["token"] == ["***"]
    chosen = admin.get("/journal", params={"operation": "getStore", "limit": 1}).json()["requests"]
    assert [entry["at"] for entry in chosen] == [entries[2]["at"]]
    assert admin.get("/journal", params={"limit": 0}).json() == {"requests": []}
    assert admin.get("/journal", params={"limit": "x"}).status_code == 422
    assert admin.delete("/journal").status_code == 204
    assert len(clean_sandbox.journal) == 0


def test_the_state_counts_everything(clean_sandbox: Sandbox, admin: httpx.Client) -> None:
    """Rows of every table, keys, faults, journal, seed and clock."""
    post_article(clean_sandbox)
    state = admin.get("/state").json()
    assert state["counts"]["articles"] == len(clean_sandbox.store.articles)
    assert state["counts"]["orders"] == len(clean_sandbox.store.orders)
    assert state["idempotency_keys"] == state["journal"] == 1
    assert (state["seed"], state["quirks"]) == (7, False)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/faults", {"operation": "getStor", "status": 500}, "did you mean getStore"),
        ("/faults", {"text": "getStore"}, "has no effect"),
        ("/faults", {"text": 5}, "text"),
        ("/faults", [1], "JSON object"),
        ("/clock", {"set": "noon"}, "invalid timestamp"),
        ("/clock", {"freeze": False}, "freeze"),
        ("/clock", {"advance": "much"}, "amount"),
        ("/clock", {"advance": 1e300}, "out of range"),
        ("/clock", {"stop": True}, "set, freeze, advance, run"),
        ("/seed", {"articles": -1}, "must be 0 or more"),
        ("/seed", {"artikels": 1}, "articles, seed"),
    ],
)
def test_what_makes_no_sense_is_a_422(
    admin: httpx.Client, path: str, body: object, sentence: str
) -> None:
    """Wrong bodies are problems that say what is wrong."""
    response = admin.post(path, json=body)
    assert response.status_code == 422
    assert sentence in response.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:1"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:80"}, 200),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_it_accepts_this_machine_only(
    admin: httpx.Client, headers: dict[str, str], status: int
) -> None:
    """Another host's name, or a page from elsewhere in a browser, is refused."""
    assert admin.get("/state", headers=headers).status_code == status


@pytest.mark.anyio
@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("192.0.2.1", 403)])
async def test_it_accepts_its_own_address_only(client: str, status: int) -> None:
    """A request from another address is refused, whatever host it names."""
    transport = httpx.ASGITransport(Sandbox(articles=0).app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as line:
        assert (await line.get("/_sandbox/state")).status_code == status


def test_it_is_not_part_of_the_api(clean_sandbox: Sandbox) -> None:
    """There is no admin endpoint below /v1."""
    assert get(clean_sandbox, "/v1/_sandbox/state").status_code == 404


def test_a_store_has_a_maximum_size(admin: httpx.Client) -> None:
    """More than a million articles are refused, and the store stays as it is."""
    response = admin.post("/seed", json={"articles": 1_000_001})
    assert (response.status_code, response.json()["detail"]) == (
        422,
        "articles: it must be 0 or more, and at most 1000000.",
    )
    assert admin.get("/state").json()["counts"]["articles"] == 12
