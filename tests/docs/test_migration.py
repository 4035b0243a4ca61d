"""docs/migration.md: its examples run, and what it says of 2.0 holds."""

from __future__ import annotations

import pickle
import re
import weakref
from pathlib import Path

import pydantic
import pytest

from myonlinestore import ConnectClient, ConnectConfig
from myonlinestore.exceptions import DecodeError
from myonlinestore.models import Article, Model
from myonlinestore.sandbox import Sandbox
from tests.docs.code_blocks import find_code_blocks

DOCUMENT = Path(__file__).parents[2] / "docs" / "migration.md"
TEXT = DOCUMENT.read_text("utf-8")


@pytest.mark.parametrize("code", find_code_blocks(TEXT, "python"))
def test_each_block_runs(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of Python runs with the variables of a sandbox's store."""
    with Sandbox(articles=120, seed=7) as sandbox:
        monkeypatch.setenv("MYONLINESTORE_TOKEN", sandbox.store_token)
        monkeypatch.setenv("MYONLINESTORE_BASE_URL", sandbox.url)
        exec(compile(code, "migration.md", "exec", dont_inherit=True), {"__name__": "__main__"})


def test_what_must_change_raises() -> None:
    """The code of the table's first column fails, and does not do something else in silence."""
    with pytest.raises(DecodeError) as caught:
        Article(id="x")
    assert isinstance(caught.value, ValueError)
    assert not isinstance(caught.value, pydantic.ValidationError)
    assert isinstance(Article(), Model)
    assert not isinstance(Article(), pydantic.BaseModel)
    config = ConnectConfig("t")
    client = ConnectClient(config=config)
    with pytest.raises(ValueError, match="limit"):
        client.articles.list(limit=250)
    with pytest.raises(TypeError, match=re.escape("subclass myonlinestore.pydantic.Article")):
        type("Own", (Article,), {"model_config": {}})
    for value in (client, config):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(value)
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(Article())
    with pytest.raises(TypeError, match="mappingproxy"):
        vars(Article())["name"] = "A"
    with pytest.raises(ValueError, match="store_token"):
        ConnectClient("other", config=config)


def test_what_behaves_otherwise() -> None:
    """The statements about models and pages hold."""
    assert Article(id=1, name=None).model_fields_set == {"id"}
    with Sandbox(articles=30, seed=7) as sandbox, sandbox.client() as client:
        assert not client.articles.list(offset=1000)
        ids = [article.id or 0 for article in client.articles.list(limit=30)]
        assert [article.id for article in client.articles.list(ids=ids)] == ids
