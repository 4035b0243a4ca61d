"""The commands, and what their exit codes mean."""

from __future__ import annotations

import threading
from contextlib import ExitStack, suppress
from typing import Any, NoReturn

import click
from click.core import ParameterSource
from rich.console import Console

from myonlinestore import ConnectClient, ConnectError, __version__
from myonlinestore.cli.display import display_on, show_report
from myonlinestore.cli.stores import client_of, sandbox_of
from myonlinestore.mirror import Mirror
from myonlinestore.mirror.addresses import masked
from myonlinestore.mirror.sources import RESOURCE_NAMES

API = "https://api.myonlinestore.com"
SANDBOX_ARTICLES = 5_000
SANDBOX_SEED = 7
INTERRUPTED = 130

_CODES = """\b
Exit codes:
  0    done
  1    failed: a call or the database; the message says what to do
  2    the command was not understood
  130  ended by Ctrl-C
"""


@click.group(epilog=_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Copy a MyOnlineStore store into a database, or run one on this machine.

    The store's token is read from MYONLINESTORE_TOKEN, and your application's, if it has one, from
    MYONLINESTORE_PARTNER_TOKEN. On a terminal you are asked for a token that is not there.
    """


@cli.command(epilog=_CODES)
@click.argument("destination", required=False)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(RESOURCE_NAMES),
    metavar="RESOURCE",
    help="Copy this resource and no other; repeat it for several.",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice(RESOURCE_NAMES),
    metavar="RESOURCE",
    help="Leave this resource out; repeat it for several.",
)
@click.option(
    "--base-url",
    envvar="MYONLINESTORE_BASE_URL",
    default=API,
    show_default=True,
    show_envvar=True,
    help="Scheme and host of the API.",
)
@click.option(
    "--language", default="nl_NL", show_default=True, help="Language of the store's texts."
)
@click.option(
    "--sandbox",
    "in_sandbox",
    is_flag=True,
    help="Copy a made-up store that is served on this machine, into catalog.sqlite by default.",
)
@click.option(
    "--articles",
    type=click.IntRange(min=0),
    default=SANDBOX_ARTICLES,
    show_default=True,
    help="With --sandbox: how many articles it has.",
)
@click.option(
    "--seed",
    type=int,
    default=SANDBOX_SEED,
    show_default=True,
    help="With --sandbox: another seed is another store.",
)
@click.pass_context
def mirror(
    context: click.Context,
    destination: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    base_url: str,
    language: str,
    in_sandbox: bool,
    articles: int,
    seed: int,
) -> None:
    """Copy a store into DESTINATION, or bring the copy that is there up to date.

    DESTINATION is an SQLite file such as catalog.sqlite, a DuckDB file such as catalog.duckdb, a
    URL such as postgresql://user@host/name (PGPASSWORD or ~/.pgpass keep the password unseen), or
    a folder of files, such as jsonl:catalog or parquet:catalog. Run it again whenever the copy
    should be current; after a run that was cut off, the next one completes the copy.
    """
    _check(context, destination, in_sandbox=in_sandbox)
    target = destination or "catalog.sqlite"
    try:
        with ExitStack() as stack:
            if in_sandbox:
                serving = stack.enter_context(sandbox_of(articles, seed))
                client = serving.client(language=language)
            else:
                client = client_of(base_url, language)
            _run(stack.enter_context(client), target, only, skip)
    except KeyboardInterrupt:
        _interrupted()


@cli.command(epilog=_CODES)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8800,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--articles",
    type=click.IntRange(min=0),
    default=SANDBOX_ARTICLES,
    show_default=True,
    help="How many articles it has.",
)
@click.option(
    "--seed",
    type=int,
    default=SANDBOX_SEED,
    show_default=True,
    help="Another seed is another store.",
)
@click.option("--store-token", help="The token that requests must carry.")
@click.option("--partner-token", help="The partner token that requests may carry.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="RULE",
    help='What goes wrong, such as "getArticles nth=3 status=503 retry_after=2"; repeat it for '
    "several. docs/sandbox-faults.md has every part of a rule.",
)
@click.option(
    "--rate-limit",
    metavar="RATE",
    help="How many requests in how much time, such as 10/1s; what comes faster is a 429.",
)
@click.option("--quirks", is_flag=True, help="Answer in the odd shapes of live answers.")
@click.option(
    "--data",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Keep the store in this SQLite file; what it holds already counts before --articles and "
    "--seed. In memory if omitted.",
)
def sandbox(
    port: int,
    articles: int,
    seed: int,
    store_token: str | None,
    partner_token: str | None,
    faults: tuple[str, ...],
    rate_limit: str | None,
    quirks: bool,
    data: str | None,
) -> None:
    """Serve a made-up store on this machine until Ctrl-C, and print how to reach it.

    While it serves, /_sandbox/ resets and seeds it, moves its clock, takes fault rules and tells
    what was sent.
    """
    tokens = {"store_token": store_token, "partner_token": partner_token}
    given: dict[str, Any] = {name: token for name, token in tokens.items() if token is not None}
    given |= {"faults": faults, "rate_limit": rate_limit, "quirks": quirks, "data": data}
    with suppress(KeyboardInterrupt), sandbox_of(articles, seed, port=port, **given) as serving:
        click.echo(f"MYONLINESTORE_BASE_URL={serving.url}")
        click.echo(f"MYONLINESTORE_TOKEN={serving.store_token}")
        click.echo(f"MYONLINESTORE_PARTNER_TOKEN={serving.partner_token}")
        _wait_for_interrupt()


def _check(context: click.Context, destination: str | None, *, in_sandbox: bool) -> None:
    def typed(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    if in_sandbox and typed("base_url"):
        raise click.UsageError("--sandbox and --base-url are two stores: pass one of them")
    if not in_sandbox and (typed("articles") or typed("seed")):
        raise click.UsageError("--articles and --seed make a sandbox: pass --sandbox as well")
    if not in_sandbox and destination is None:
        raise click.UsageError("missing argument DESTINATION, such as catalog.sqlite")


def _run(client: ConnectClient, target: str, only: tuple[str, ...], skip: tuple[str, ...]) -> None:
    try:
        with display_on(Console(stderr=True)) as display:
            job = Mirror(client, target, only=only or None, skip=skip, on_progress=display)
            report = job.run()
    except ConnectError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    show_report(Console(), report, masked(target))


def _interrupted() -> NoReturn:
    click.echo("Stopped after the last commit: the next run completes the copy.", err=True)
    raise SystemExit(INTERRUPTED)


def _wait_for_interrupt() -> None:
    never = threading.Event()
    while not never.wait(1):  # Without a timeout, Windows would not hear Ctrl-C.
        pass
