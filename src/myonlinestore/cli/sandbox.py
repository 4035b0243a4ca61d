"""``myonlinestore sandbox``, and the sandbox of ``mirror run --sandbox``."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

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
@click.option("--store-token", metavar="TOKEN", help="Token that every request must carry.")
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
    help="Rate limit, such as 10/1s; requests above it get a 429.",
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
    store_token: str | None,
    partner_token: str | None,
    faults: Sequence[str],
    rate_limit: str | None,
    quirks: bool,
    data: str | None,
) -> None:
    """Serve a generated store on this machine until Ctrl-C, and print its URL and tokens.

    Requests to /_sandbox/ reset and seed the store, set its clock, add fault rules and return the
    requests received.
    """
    tokens = {"store_token": store_token, "partner_token": partner_token}
    server = create_sandbox(
        articles,
        seed,
        port=port,
        tokens={name: token for name, token in tokens.items() if token is not None},
        faults=faults,
        rate_limit=rate_limit,
        quirks=quirks,
        data=data,
    )
    with suppress(KeyboardInterrupt), run_sandbox(server, port):
        click.echo(f"MYONLINESTORE_BASE_URL={server.url}")
        click.echo(f"MYONLINESTORE_TOKEN={server.store_token}")
        click.echo(f"MYONLINESTORE_PARTNER_TOKEN={server.partner_token}")
        never = threading.Event()
        while True:  # Without a timeout, Windows does not deliver Ctrl-C.
            never.wait(1)


def create_sandbox(
    articles: int,
    seed: int,
    *,
    port: int = 0,
    tokens: Mapping[str, str] | None = None,
    faults: Sequence[str] = (),
    rate_limit: str | None = None,
    quirks: bool = False,
    data: str | None = None,
) -> Sandbox:
    """Return a sandbox, or raise a `click.ClickException` that says why there is none.

    Args:
        articles: the number of articles.
        seed: the random seed.
        port: the port on 127.0.0.1; 0 selects a free one.
        tokens: `store_token` and `partner_token`; the sandbox's defaults if omitted.
        faults: fault rules.
        rate_limit: a rate limit, such as ``10/1s``.
        quirks: return malformed shapes.
        data: the path of an SQLite file; in memory if omitted.
    """
    try:
        from myonlinestore.sandbox import Sandbox  # noqa: PLC0415 - it needs its own extra
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    try:
        return Sandbox(
            articles,
            seed,
            port=port,
            faults=faults,
            rate_limit=rate_limit,
            quirks=quirks,
            data=data,
            **(tokens or {}),
        )
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
