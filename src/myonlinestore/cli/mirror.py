"""``myonlinestore mirror`` and ``myonlinestore mirror status``."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import click
from click.core import ParameterSource
from rich.console import Console

from myonlinestore import ConnectError
from myonlinestore._redaction import redact_url
from myonlinestore.cli.connect import client_of, sandbox_of
from myonlinestore.cli.machine import json_of_plan, json_of_report, json_of_status
from myonlinestore.cli.options import mirror_options
from myonlinestore.cli.output import show_report
from myonlinestore.cli.progress import Display, display_on
from myonlinestore.cli.standing import show_plan, show_status
from myonlinestore.mirror import Mirror, MirrorReport, status_of

DEFAULT = "catalog.sqlite"
DIFFERS = 3
REJECTED = 4
INTERRUPTED = 130

EXIT_CODES = """\b
Exit codes:
  0    done
  1    failed: a call or the database; the message says what to do
  2    the command was not understood
  3    done, but the store counts other rows than the copy has
  4    done, but some rows could not be decoded: they are in _mirror_rejects
  130  ended by Ctrl-C
"""


@click.command(epilog=EXIT_CODES)
@click.argument("destination", default=DEFAULT)
@mirror_options
@click.pass_context
def mirror(
    context: click.Context,
    /,
    destination: str,
    max_rate: float | None,
    dry_run: bool,
    as_json: bool,
    base_url: str,
    language: str,
    in_sandbox: bool,
    articles: int,
    seed: int,
    **options: Any,
) -> None:
    """Copy a store into DESTINATION, or bring the copy that is there up to date.

    DESTINATION is an SQLite file (catalog.sqlite if omitted), a DuckDB file such as
    catalog.duckdb, a URL such as postgresql://user@host/name (PGPASSWORD or ~/.pgpass keep the
    password unseen), or a folder of files, such as jsonl:catalog or parquet:catalog. Run it again
    whenever the copy should be current; after a run that was cut off, the next one goes on.
    `myonlinestore mirror status DESTINATION` tells what is in there and how fresh it is.
    """
    _check(context, in_sandbox=in_sandbox)
    try:
        with ExitStack() as stack:
            if in_sandbox:
                serving = stack.enter_context(sandbox_of(articles, seed))
                client = serving.client(language=language)
            else:
                client = client_of(base_url, language)
            display = display_on(Console(stderr=True))
            client = client.with_options(max_rate=max_rate, on_retry=display.retry)
            options["only"] = options["only"] or None  # What click gives for "not said" is ().
            with _told():
                job = Mirror(
                    stack.enter_context(client), destination, on_progress=display, **options
                )
            code = _show_plan(job, as_json) if dry_run else _run(job, display, destination, as_json)
    except KeyboardInterrupt:
        _interrupted()
    context.exit(code)


@click.command("status")
@click.argument("destination", default=DEFAULT)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(destination: str, as_json: bool) -> None:
    """Tell what a copy holds and how fresh it is; the store is not asked."""
    with _told():
        found = status_of(destination)
    if as_json:
        click.echo(json_of_status(found))
    else:
        show_status(Console(), found, redact_url(destination))


def _check(context: click.Context, *, in_sandbox: bool) -> None:
    def typed(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    if in_sandbox and typed("base_url"):
        raise click.UsageError("--sandbox and --base-url are two stores: pass one of them")
    if not in_sandbox and (typed("articles") or typed("seed")):
        raise click.UsageError("--articles and --seed make a sandbox: pass --sandbox as well")


def _run(job: Mirror, display: Display, target: str, as_json: bool) -> int:
    """Run it, show what it did, and return the exit code."""
    with _told(), display:
        report = job.run()
    if as_json:
        click.echo(json_of_report(report, redact_url(target)))
    else:
        show_report(Console(), report, redact_url(target))
    return _code_of(report)


def _code_of(report: MirrorReport) -> int:
    """Tell what is not as it should be, and return the code for the worst of it."""
    for one in report:
        if one.difference:
            click.echo(_difference(one.resource, one.difference), err=True)
    if report.rejected:
        click.echo(
            f"{_rows(report.rejected)} could not be decoded, kept in _mirror_rejects: "
            "try a newer version with --retry-rejects",
            err=True,
        )
    if report.differs:
        return DIFFERS
    return REJECTED if report.rejected else 0


def _difference(resource: str, difference: int) -> str:
    more = "more" if difference > 0 else "fewer"
    return (
        f"{resource}: the store counts {_rows(abs(difference))} {more} than the copy has: "
        "run again with --full"
    )


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


def _show_plan(job: Mirror, as_json: bool) -> int:
    with _told():
        plans = job.plan()
    if as_json:
        click.echo(json_of_plan(plans))
    else:
        show_plan(Console(), plans)
    return 0


@contextmanager
def _told() -> Generator[None, None, None]:
    """Failures in one sentence."""
    try:
        yield
    except ConnectError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _interrupted() -> NoReturn:
    click.echo("Stopped after the last commit: the next run completes the copy.", err=True)
    raise SystemExit(INTERRUPTED)
