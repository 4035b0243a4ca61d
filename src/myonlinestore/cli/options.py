"""The options of ``myonlinestore mirror``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from myonlinestore.mirror.extract.streams import PART_NAMES, RESOURCE_NAMES

F = TypeVar("F", bound=Callable[..., Any])

API = "https://api.myonlinestore.com"
SANDBOX_ARTICLES = 5_000
SANDBOX_SEED = 7

# What Mirror takes, under the same names.
_MIRROR = (
    click.option(
        "--only",
        multiple=True,
        type=click.Choice(RESOURCE_NAMES),
        metavar="RESOURCE",
        help="Copy this resource and no other; repeat it for several.",
    ),
    click.option(
        "--skip",
        multiple=True,
        type=click.Choice((*RESOURCE_NAMES, *PART_NAMES)),
        metavar="RESOURCE",
        help="Leave this resource out, or order_payments or category_articles, which take a "
        "request for each order and category; repeat it for several.",
    ),
    click.option(
        "--full",
        is_flag=True,
        help="Read everything, which also finds what was deleted; not only what has changed.",
    ),
    click.option(
        "--delete",
        type=click.Choice(["mark", "hard"]),
        default="mark",
        show_default=True,
        help="Mark rows that the store has no more in _deleted_at, or remove them.",
    ),
    click.option(
        "--overlap",
        type=click.FloatRange(min=0),
        default=300.0,
        show_default=True,
        metavar="SECONDS",
        help="Ask for changes from so long before the last run on.",
    ),
    click.option(
        "--retry-rejects",
        is_flag=True,
        help="Try again to decode the rows that could not be decoded.",
    ),
    click.option(
        "--raw", is_flag=True, help="Keep each row's JSON as it was sent, in a column named raw."
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(min=1),
        default=8,
        show_default=True,
        help="How many requests may be in flight.",
    ),
)

# Which store, how fast, and what is told.
_RUN = (
    click.option(
        "--max-rate",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Start at most so many requests per second.",
    ),
    click.option("--dry-run", is_flag=True, help="Tell what would be read, and write nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
    click.option(
        "--base-url",
        envvar="MYONLINESTORE_BASE_URL",
        default=API,
        show_default=True,
        show_envvar=True,
        help="Scheme and host of the API.",
    ),
    click.option(
        "--language", default="nl_NL", show_default=True, help="Language of the store's texts."
    ),
    click.option(
        "--sandbox",
        "in_sandbox",
        is_flag=True,
        help="Copy a made-up store that is served on this machine.",
    ),
    click.option(
        "--articles",
        type=click.IntRange(min=0),
        default=SANDBOX_ARTICLES,
        show_default=True,
        help="With --sandbox: how many articles it has.",
    ),
    click.option(
        "--seed",
        type=int,
        default=SANDBOX_SEED,
        show_default=True,
        help="With --sandbox: another seed is another store.",
    ),
)


def mirror_options(command: F) -> F:
    """All of them, in the order in which the help shows them."""
    for option in reversed((*_MIRROR, *_RUN)):
        command = option(command)
    return command
