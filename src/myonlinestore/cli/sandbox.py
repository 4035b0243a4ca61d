"""``myonlinestore sandbox``, and the sandbox of ``mirror run --sandbox``."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from myonlinestore import ConnectError

if TYPE_CHECKING:
    from myonlinestore.sandbox import Sandbox

DEFAULT_ARTICLES = 5_000
DEFAULT_SEED = 7

EXIT_CODES = """\b
Exit codes:
  0  interrupted with Ctrl-C
  1  the sandbox cannot start; the message says what to do
  2  invalid command line
"""


@click.command(epilog=EXIT_CODES)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8800,
    show_default=True,
    help="Port on 127.0.0.1; 0 selects a free one.",
)
@click.option(
    "--articles",
    type=click.IntRange(min=0),
    default=DEFAULT_ARTICLES,
    show_default=True,
    help="Number of articles in the store.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="Random seed; the same seed generates the same store.",
)
@click.option(
    "--stores",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number of stores, each with its own token and data.",
)
@click.option(
    "--write-tokens",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write the token of each store to a file store-N in this folder instead of printing it.",
)
@click.option(
    "--store-token",
    metavar="TOKEN",
    help="Token that every request must carry; further stores have it with -2, -3, ....",
)
@click.option("--partner-token", metavar="TOKEN", help="Partner token that a request may carry.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="RULE",
    help='Fault to inject, such as "getArticles nth=3 status=503 retry_after=2"; repeatable. '
    "docs/sandbox-faults.md lists every part of a rule.",
)
@click.option(
    "--rate-limit",
    metavar="RATE",
    help="Rate limit of each store, such as 10/1s or '20/15s fixed silent'; requests above it get "
    "a 429.",
)
@click.option(
    "--partner-rate-limit",
    metavar="RATE",
    help="Rate limit of requests with the partner token, for all stores together.",
)
@click.option(
    "--allow-origin",
    "allow_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Origin of web pages that may write, such as https://shop.example, or * for all; "
    "repeatable. Pages of this machine always may.",
)
@click.option("--quirks", is_flag=True, help="Return the malformed shapes seen in live responses.")
@click.option(
    "--data",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Store the data in this SQLite file, in memory if omitted. An existing file takes "
    "precedence over --articles and --seed.",
)
def sandbox(
    port: int,
    articles: int,
    seed: int,
    stores: int,
    write_tokens: str | None,
    store_token: str | None,
    partner_token: str | None,
    faults: Sequence[str],
    rate_limit: str | None,
    partner_rate_limit: str | None,
    allow_origins: Sequence[str],
    quirks: bool,
    data: str | None,
) -> None:
    """Serve generated stores on this machine until Ctrl-C, and print their URL and tokens.

    Requests to /_sandbox/ reset and seed the store, set its clock, add fault rules and return the
    requests received.
    """
    tokens = {"store_token": store_token, "partner_token": partner_token}
    server = create_sandbox(
        articles,
        seed,
        stores=stores,
        port=port,
        faults=faults,
        rate_limit=rate_limit,
        partner_rate_limit=partner_rate_limit,
        allow_origins=allow_origins,
        quirks=quirks,
        data=data,
        **{name: token for name, token in tokens.items() if token is not None},
    )
    with suppress(KeyboardInterrupt), run_sandbox(server, port):
        click.echo(f"MYONLINESTORE_BASE_URL={server.url}")
        if write_tokens is None:
            _print_tokens(server)
        else:
            _write_tokens(server, Path(write_tokens))
        never = threading.Event()
        while True:  # Without a timeout, Windows does not deliver Ctrl-C.
            never.wait(1)


def _print_tokens(server: Sandbox) -> None:
    """Print the tokens as environment variables; those of further stores end in their number."""
    click.echo(f"MYONLINESTORE_TOKEN={server.store_token}")
    click.echo(f"MYONLINESTORE_PARTNER_TOKEN={server.partner_token}")
    for store in list(server.stores)[1:]:
        click.echo(f"MYONLINESTORE_TOKEN_{store.number}={store.token}")


def _write_tokens(server: Sandbox, folder: Path) -> None:
    """Write the tokens to files that only this user can read, and print where they are.

    Raises:
        click.ClickException: a file cannot be written.
    """
    tokens = {f"store-{store.number}": store.token for store in server.stores}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, token in {**tokens, "partner": server.partner_token}.items():
            file = folder / name
            file.touch(mode=0o600)
            file.chmod(0o600)  # it may have been there before
            file.write_text(token, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write the tokens: {error}") from error
    click.echo(f"Tokens of {len(tokens)} stores: {folder / 'store-1'} to store-{len(tokens)}")


def create_sandbox(articles: int, seed: int, **options: Any) -> Sandbox:
    """Return a sandbox, or raise a `click.ClickException` that says why there is none.

    Args:
        articles: the number of articles.
        seed: the random seed.
        **options: other arguments of `Sandbox`.
    """
    try:
        from myonlinestore.sandbox import Sandbox  # noqa: PLC0415 - it needs its own extra
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    try:
        return Sandbox(articles, seed, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except ConnectError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def run_sandbox(sandbox: Sandbox, port: int = 0) -> Generator[Sandbox, None, None]:
    """Serve a sandbox, created for `port`, during the `with` block.

    Raises:
        click.ClickException: the port cannot be opened.
    """
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
