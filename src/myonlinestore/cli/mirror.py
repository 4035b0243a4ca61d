"""``myonlinestore mirror``: `run` copies a store, `status` describes the copy."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Literal

import click
from click.core import ParameterSource
from rich.console import Console

from myonlinestore import ConnectClient, ConnectError
from myonlinestore._redaction import redact_url
from myonlinestore.cli.commands import DefaultCommandGroup, ResultCommand, print_result
from myonlinestore.cli.interrupts import (
    EXIT_INTERRUPTED,
    exit_at_second_interrupt,
    restored_interrupts,
)
from myonlinestore.cli.output import (
    failure_to_json,
    plan_to_json,
    print_plan,
    print_report,
    print_status,
    report_to_json,
    status_to_json,
)
from myonlinestore.cli.progress import ProgressReporter, create_progress
from myonlinestore.cli.sandbox import DEFAULT_ARTICLES, DEFAULT_SEED, create_sandbox, run_sandbox
from myonlinestore.mirror import Mirror, MirrorReport, ResourceReport, read_status
from myonlinestore.mirror.destinations.base import BUSY_TIMEOUT
from myonlinestore.mirror.extract.streams import CHILD_NAMES, RESOURCE_NAMES, WINDOWED_NAMES
from myonlinestore.mirror.job import MAX_BUSY_TIMEOUT, MAX_OVERLAP, MAX_WAIT

API_URL = "https://api.myonlinestore.com"
DEFAULT_DESTINATION = "catalog.sqlite"
EXIT_DIFFERENCE = 3
EXIT_REJECTED = 4
EXIT_REFUSED = 5
EXIT_UNREADABLE = 6

INTERRUPTED = "Interrupted. Run the command again to resume."

EXIT_CODES = """\b
Exit codes:
  0    done
  1    failed: a request or the database; the message says what to do
  2    invalid command line
  3    done, but row counts differ from the store's
  4    done, but some rows could not be decoded or written: see _mirror_rejects
  5    done, but more rows are missing from a list than --max-delete allows
  6    done, but the token may not read some resources: see --skip
  130  interrupted with Ctrl-C
"""


class _InterruptibleMirror(Mirror):
    """A mirror that ends at once at the second Ctrl-C."""

    async def arun(self) -> MirrorReport:
        """Run as `Mirror.arun` does."""
        exit_at_second_interrupt()
        return await super().arun()


@click.group(cls=DefaultCommandGroup, default_command="run", epilog=EXIT_CODES)
def mirror() -> None:
    """Copy a store into a database, or show the state of a copy.

    Without a command, `run` is executed: `myonlinestore mirror catalog.sqlite` is short for
    `myonlinestore mirror run catalog.sqlite`. `myonlinestore mirror run --help` lists its options.
    """


@mirror.command(cls=ResultCommand, epilog=EXIT_CODES)
@click.argument("destination", default=DEFAULT_DESTINATION)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(RESOURCE_NAMES),
    metavar="RESOURCE",
    help="Copy only this resource; repeatable.",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice((*RESOURCE_NAMES, *CHILD_NAMES)),
    metavar="RESOURCE",
    help="Do not copy this resource; repeatable. order_payments and category_articles, which take "
    "a request per order and per category, can be skipped too.",
)
@click.option(
    "--full",
    is_flag=True,
    help="Read all rows, not only changed ones; this also finds deleted rows.",
)
@click.option(
    "--find-deleted",
    is_flag=True,
    help="Find deleted rows also without --full, by counting: a few requests for each.",
)
@click.option(
    "--delete",
    type=click.Choice(["mark", "hard"]),
    default="mark",
    show_default=True,
    help="What to do with rows deleted from the store: set _deleted_at, or delete them too.",
)
@click.option(
    "--max-delete",
    type=click.IntRange(min=0),
    metavar="ROWS",
    help="Maximum number of rows of a resource to mark or delete; by default half of the rows in "
    "the copy, and at least 10.",
)
@click.option(
    "--overlap",
    type=click.FloatRange(min=0, max=MAX_OVERLAP),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Re-read changes from this many seconds before the last run.",
)
@click.option(
    "--retry-rejects", is_flag=True, help="Decode and write again the rows in _mirror_rejects."
)
@click.option("--raw", is_flag=True, help="Store each row's original JSON in a column named raw.")
@click.option(
    "--reread-days",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="DAYS",
    help="Re-read orders of this many days, which may change without a new status.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="Maximum number of requests in flight.",
)
@click.option(
    "--max-rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Maximum requests per second.",
)
@click.option(
    "--busy-timeout",
    type=click.FloatRange(min=0, max=MAX_BUSY_TIMEOUT),
    default=BUSY_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time to try again while another program has the destination locked.",
)
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0, max=MAX_WAIT),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time to wait for a store that does not respond.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be read without writing anything.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--base-url",
    envvar="MYONLINESTORE_BASE_URL",
    default=API_URL,
    show_default=True,
    show_envvar=True,
    metavar="URL",
    help="Scheme and host of the API.",
)
@click.option(
    "--language",
    default="nl_NL",
    show_default=True,
    metavar="LOCALE",
    help="Language of the store's texts.",
)
@click.option(
    "--sandbox",
    "use_sandbox",
    is_flag=True,
    help="Copy a generated store that is served on this machine.",
)
@click.option(
    "--articles",
    type=click.IntRange(min=0),
    default=DEFAULT_ARTICLES,
    show_default=True,
    help="With --sandbox: number of articles in the store.",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULT_SEED,
    show_default=True,
    help="With --sandbox: random seed; the same seed generates the same store.",
)
@click.pass_context
def run(
    context: click.Context,
    /,
    destination: str,
    only: Sequence[str],
    skip: Sequence[str],
    full: bool,
    find_deleted: bool,
    delete: Literal["mark", "hard"],
    max_delete: int | None,
    overlap: float,
    retry_rejects: bool,
    raw: bool,
    reread_days: int,
    concurrency: int,
    max_rate: float | None,
    max_wait: float,
    busy_timeout: float,
    dry_run: bool,
    as_json: bool,
    base_url: str,
    language: str,
    use_sandbox: bool,
    articles: int,
    seed: int,
) -> None:
    """Copy a store into DESTINATION, or bring an existing copy up to date.

    DESTINATION is an SQLite file (default: catalog.sqlite), a DuckDB file such as catalog.duckdb, a
    URL such as postgresql://user@host/name (PGPASSWORD or ~/.pgpass hold the password), or a
    folder of files, such as jsonl:catalog or parquet:catalog. Run the command again to update the
    copy, or to resume an interrupted run.
    """
    _check_sandbox_options(context, use_sandbox=use_sandbox)
    try:
        with _handle_sigterm(), ExitStack() as stack:
            if use_sandbox:
                sandbox = stack.enter_context(run_sandbox(create_sandbox(articles, seed)))
                client = sandbox.client(language=language)
            else:
                client = create_client(base_url, language)
            progress = create_progress(Console(stderr=True))
            with _map_errors():
                client = client.with_options(max_rate=max_rate, on_retry=progress.retry)
                job = _InterruptibleMirror(
                    stack.enter_context(client),
                    destination,
                    only=only or None,  # click passes an empty tuple if the option is absent.
                    skip=skip,
                    full=full,
                    find_deleted=find_deleted,
                    delete=delete,
                    max_delete=max_delete,
                    overlap=overlap,
                    retry_rejects=retry_rejects,
                    raw=raw,
                    reread_days=reread_days,
                    concurrency=concurrency,
                    max_wait=max_wait,
                    busy_timeout=busy_timeout,
                    on_start=progress.start,
                    on_progress=progress,
                    on_wait=progress.wait,
                )
            if dry_run:
                _print_plan(context, job, as_json=as_json)
                exit_code = 0
            else:
                report = _run_job(context, job, progress, destination, as_json=as_json)
                _print_problems(report, find_deleted=find_deleted)
                exit_code = _exit_code(report)
    except KeyboardInterrupt:
        click.echo(INTERRUPTED, err=True)
        exit_code = EXIT_INTERRUPTED
    context.exit(exit_code)


@mirror.command(cls=ResultCommand)
@click.argument("destination", default=DEFAULT_DESTINATION)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def status(destination: str, as_json: bool) -> None:
    """Show the rows in a copy and when they were read, without a request to the store.

    DESTINATION is the destination of `myonlinestore mirror run` (default: catalog.sqlite).
    """
    with _map_errors():
        current = read_status(destination)
    if as_json:
        click.echo(status_to_json(current))
    else:
        print_status(Console(), current, redact_url(destination))


def create_client(base_url: str, language: str) -> ConnectClient:
    """Return a client with the tokens of the environment.

    Raises:
        click.UsageError: there is no token, or an option or a token is invalid.
    """
    token = os.environ.get("MYONLINESTORE_TOKEN") or _prompt_token()
    try:
        return ConnectClient(token, base_url=base_url, language=language)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _prompt_token() -> str:
    """Return a token from a prompt: other users can read arguments in the process list."""
    if not sys.stdin.isatty():
        raise click.UsageError("no token: set MYONLINESTORE_TOKEN to the store's API token")
    return str(click.prompt("Store token", hide_input=True, err=True))


@contextmanager
def _handle_sigterm() -> Generator[None, None, None]:
    """End a run on SIGTERM as on Ctrl-C, so that it deletes its temporary files."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _check_sandbox_options(context: click.Context, *, use_sandbox: bool) -> None:
    def is_given(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

    if use_sandbox and is_given("base_url"):
        raise click.UsageError("--sandbox and --base-url exclude each other: pass one of them")
    if not use_sandbox and (is_given("articles") or is_given("seed")):
        raise click.UsageError("--articles and --seed require --sandbox: pass --sandbox as well")


def _run_job(
    context: click.Context,
    job: Mirror,
    progress: ProgressReporter,
    destination: str,
    *,
    as_json: bool,
) -> MirrorReport:
    try:
        with _map_errors(), restored_interrupts(), progress:
            report = job.run()
    except (click.ClickException, KeyboardInterrupt) as error:
        if as_json:
            message = INTERRUPTED if isinstance(error, KeyboardInterrupt) else str(error)
            result = report_to_json(job.last_report, redact_url(destination), error=message)
            print_result(context, result)
        if job.last_report.resources and isinstance(error, click.ClickException):
            click.echo("What was committed stays. Run the command again to resume.", err=True)
        raise
    if as_json:
        print_result(context, report_to_json(report, redact_url(destination)))
    else:
        print_report(Console(), report, redact_url(destination))
    return report


def _print_plan(context: click.Context, job: Mirror, *, as_json: bool) -> None:
    try:
        with _map_errors(), restored_interrupts():
            plans = job.plan()
    except KeyboardInterrupt:
        if as_json:
            print_result(context, failure_to_json(INTERRUPTED))
        raise
    if as_json:
        print_result(context, plan_to_json(plans))
    else:
        print_plan(Console(), plans)


def _print_problems(report: MirrorReport, *, find_deleted: bool) -> None:
    """Print a sentence for each way in which the copy differs from the store."""
    for resource in report:
        for message in _describe_problems(resource, find_deleted=find_deleted):
            click.echo(f"{resource.resource}: {message}", err=True)
    if report.rejected:
        click.echo(
            f"{_format_rows(report.rejected)} could not be decoded or written: see the reason in "
            "_mirror_rejects, and after an upgrade or a change of the database, run with "
            "--retry-rejects",
            err=True,
        )


def _exit_code(report: MirrorReport) -> int:
    """Return the exit code of the worst problem, or 0."""
    if report.unreadable:
        return EXIT_UNREADABLE
    if report.refused:
        return EXIT_REFUSED
    if report.has_differences:
        return EXIT_DIFFERENCE
    return EXIT_REJECTED if report.rejected else 0


def _describe_problems(resource: ResourceReport, *, find_deleted: bool) -> Iterator[str]:
    """Yield a sentence for each way in which the copy of a resource differs from the store."""
    if resource.error:
        yield f"{resource.error}; to copy the rest without this message: --skip {resource.resource}"
    if resource.difference < 0 and not resource.full:
        were = "was" if resource.difference == -1 else "were"
        needs_full = find_deleted or resource.resource not in WINDOWED_NAMES
        remedy = "--full" if needs_full else "--find-deleted or --full"
        yield f"{_format_rows(-resource.difference)} {were} deleted in the store: run {remedy}"
    elif resource.difference:
        more = "more" if resource.difference > 0 else "fewer"
        rows = _format_rows(abs(resource.difference))
        yield f"the store has {rows} {more} than the copy: run again with --full"
    if resource.unread:
        yield (
            f"the store counts {_format_rows(resource.unread)} more that changed than it lists: "
            "the next run reads the changes again"
        )
    if resource.refused:
        yield (
            f"{_format_rows(resource.refused)} of the copy are missing from the store's list, "
            "more than --max-delete allows, and none was deleted: run again, and if the rows are "
            f"really gone, with --max-delete {resource.refused}"
        )


def _format_rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


@contextmanager
def _map_errors() -> Generator[None, None, None]:
    """Map the client's exceptions to click's, which print one sentence."""
    try:
        yield
    except ConnectError as error:
        raise click.ClickException(str(error)) from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
