"""The statements of docs/sandbox-faults.md are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myonlinestore.sandbox import Fault
from myonlinestore.sandbox.admin import PREFIX, routes
from myonlinestore.sandbox.faults.row_changes import LISTINGS
from myonlinestore.sandbox.faults.rule import BODIES, DROPS, FIELD_PARSERS
from myonlinestore.sandbox.state import SandboxOptions
from myonlinestore.sandbox.stores import Stores
from tests.docs.code_blocks import find_code_blocks

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox-faults.md").read_text("utf-8")


@pytest.mark.parametrize("code", find_code_blocks(TEXT, "python"))
def test_each_block_runs(code: str) -> None:
    """Each block of Python runs, and what it asserts holds."""
    exec(compile(code, "sandbox-faults.md", "exec"), {"__name__": "__main__"})


def test_each_rule_is_one() -> None:
    """Each rule in the shell commands and in the list of examples can be parsed."""
    quoted = re.findall(r'--fault "([^"]*)"', TEXT) + re.findall(r'"text": "([^"]*)"', TEXT)
    listed = [
        re.split(r"\s{2,}", line)[0] for line in find_code_blocks(TEXT, "text")[0].splitlines()
    ]
    assert len(quoted) >= 4
    assert len(listed) >= 6
    for rule in (*quoted, *listed):
        assert str(Fault.parse(rule)) == rule


def test_every_part_is_there() -> None:
    """Every part that a rule may have, and every value that is a word, is explained."""
    words = {*(f"`{name}=" for name in FIELD_PARSERS), *(f"`drop={d}`" for d in DROPS)}
    words |= {f"`body={body}`" for body in BODIES} | {f"`{listing}`" for listing in LISTINGS}
    assert [word for word in words if word not in TEXT] == []


def test_every_admin_request_is_there() -> None:
    """The table of the admin endpoint has its requests, and no others."""
    known = {
        (method, route.path.removeprefix(f"{PREFIX}/").partition("/")[0])
        for route in routes(Stores(SandboxOptions(0, 7), ("", ""), None))
        for method in (route.methods or set()) - {"HEAD"}
    }
    shown = set(re.findall(rf"`([A-Z]+) {PREFIX}/(\w+)", TEXT))
    assert shown == known - {("GET", "pay")}, "docs/sandbox.md has the page where one pays"
