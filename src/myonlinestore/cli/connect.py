"""The store that a command works with: one behind the API, or a sandbox on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from myonlinestore import ConnectClient, ConnectError

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox


def client_of(base_url: str, language: str) -> ConnectClient:
    """A client with the tokens of the environment."""
    token = os.environ.get("MYONLINESTORE_TOKEN") or _asked_token()
    try:
        return ConnectClient(token, base_url=base_url, language=language)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _asked_token() -> str:
    """The token from a prompt: an argument would show in the list of processes."""
    if not sys.stdin.isatty():
        raise click.UsageError("no token: set MYONLINESTORE_TOKEN to the store's API token")
    return str(click.prompt("Store token", hide_input=True, err=True))


@contextmanager
def sandbox_of(
    articles: int, seed: int, *, port: int = 0, **options: Any
) -> Generator[Sandbox, None, None]:
    """A sandbox while it serves, or one sentence about why it cannot."""
    try:
        sandbox = _sandbox_class()(articles, seed, port=port, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except ConnectError as error:
        raise click.ClickException(str(error)) from error
    try:
        sandbox.start()
    except OSError as error:
        raise click.ClickException(
            f"cannot serve on port {port} ({error.strerror}): choose another with --port"
        ) from error
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _sandbox_class() -> type[Sandbox]:
    try:
        from myonlinestore.sandbox import Sandbox  # noqa: PLC0415 - it needs its own extra
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    return Sandbox
