"""The commands, and what their exit codes mean."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import click

from myonlinestore import __version__
from myonlinestore.cli.connect import sandbox_of
from myonlinestore.cli.mirror import EXIT_CODES, INTERRUPTED, mirror, status
from myonlinestore.cli.options import SANDBOX_ARTICLES, SANDBOX_SEED

__all__ = ["INTERRUPTED", "cli"]


class _Commands(click.Group):
    """`mirror` takes a destination, and `mirror status` is a command of its own."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[:2] == ["mirror", "status"]:
            return "mirror status", status, args[2:]
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Copy a MyOnlineStore store into a database, or run one on this machine.

    The store's token is read from MYONLINESTORE_TOKEN, and your application's, if it has one, from
    MYONLINESTORE_PARTNER_TOKEN. On a terminal you are asked for a token that is not there.
    """


cli.add_command(mirror)


@cli.command(epilog=EXIT_CODES)
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


def _wait_for_interrupt() -> None:
    never = threading.Event()
    while not never.wait(1):  # Without a timeout, Windows would not hear Ctrl-C.
        pass
