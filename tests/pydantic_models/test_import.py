"""Only `myonlinestore.pydantic` loads pydantic."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import pytest

INSTALL = r"pip install 'myonlinestore-connect\[pydantic\]'"


def _run(code: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_models_do_not_load_pydantic() -> None:
    """Importing, validating, dumping and pickling models does not load pydantic."""
    result = _run(
        "import sys, pickle\n"
        "from myonlinestore import models\n"
        "article = models.Article.model_validate({'id': '3'})\n"
        "assert pickle.loads(pickle.dumps(article)).model_dump_json()\n"
        "assert article.model_json_schema()\n"
        "print(sorted(name for name in sys.modules if 'pydantic' in name))\n"
    )
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_without_pydantic_the_error_names_the_extra() -> None:
    """Without pydantic, the import raises an error with the extra to install."""
    result = _run("import sys; sys.modules['pydantic'] = None; import myonlinestore.pydantic")
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: myonlinestore.pydantic needs pydantic 2.7 or later: pip")
    assert "myonlinestore-connect[pydantic]" in last


def test_the_cause_is_chained(monkeypatch: pytest.MonkeyPatch) -> None:
    """The original ImportError is the cause of the one with the extra to install."""
    monkeypatch.delitem(sys.modules, "myonlinestore.pydantic", raising=False)
    monkeypatch.setitem(sys.modules, "myonlinestore._pydantic.models", None)
    with pytest.raises(ImportError, match=INSTALL) as caught:
        importlib.import_module("myonlinestore.pydantic")
    assert isinstance(caught.value.__cause__, ImportError)


def test_a_model_unpickles_in_a_new_process() -> None:
    """A pickle refers to its class by name, and unpickling builds the class."""
    pickled = _run(
        "import pickle; from myonlinestore.pydantic import Order\n"
        "print(pickle.dumps(Order(number='7', price={'total': '1.00'})).hex())"
    )
    unpickled = _run(
        f"import pickle; print(repr(pickle.loads(bytes.fromhex('{pickled.stdout.strip()}'))))"
    )
    assert unpickled.stdout.strip() == "Order(number='7', price=OrderPrice(total='1.00'))"
