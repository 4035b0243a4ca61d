"""Each operation, sync and async: the client calls it, and the store has the change."""

from __future__ import annotations

from typing import Any

import pytest

from myonlinestore.sandbox import Sandbox
from tests.sandbox.operation_cases import CASES
from tests.support.operations import OPERATIONS, Operation

BY_ID = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


def assert_done(
    operation: Operation, sandbox: Sandbox, arguments: dict[str, Any], result: Any
) -> None:
    """Check the result against the store, the change itself, and that there was one request."""
    case, store = CASES[operation.id], sandbox.store
    assert case.is_applied(store, arguments)
    expected = case.expected(store, arguments) if case.expected else None
    if operation.is_list:
        assert list(result.items) == [validate_row(operation, row) for row in expected]
        assert result.items
    else:
        assert result == validate_row(operation, expected)
    assert [entry.operation for entry in sandbox.journal.requests()] == [operation.id]


def validate_row(operation: Operation, row: Any) -> Any:
    """Return the model of a row of the store; other results unchanged."""
    return operation.returns.model_validate(row) if isinstance(row, dict) else row


def test_no_operation_is_left_out() -> None:
    """There is a case for each of the vendor's 61 operations."""
    assert set(CASES) == {operation.id for operation in OPERATIONS}
    assert len(CASES) == 61


@BY_ID
def test_an_operation(operation: Operation) -> None:
    """The sync method does what the operation is for."""
    with Sandbox(articles=24) as sandbox, sandbox.client() as client:
        arguments = CASES[operation.id].arguments(sandbox.store)
        result = operation.get_method(client)(**arguments)
        assert_done(operation, sandbox, arguments, result)


@BY_ID
@pytest.mark.anyio
async def test_an_operation_async(operation: Operation) -> None:
    """The async method does the same, on asyncio and on trio."""
    with Sandbox(articles=24) as sandbox:
        async with sandbox.client() as client:
            arguments = CASES[operation.id].arguments(sandbox.store)
            result = await operation.get_method(client, "a")(**arguments)
        assert_done(operation, sandbox, arguments, result)
