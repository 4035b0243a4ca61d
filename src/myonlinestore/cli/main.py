"""The `myonlinestore` command."""

from __future__ import annotations

import click

from myonlinestore import __version__
from myonlinestore.cli.mirror import EXIT_CODES, mirror
from myonlinestore.cli.sandbox import sandbox


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Copy a MyOnlineStore store into a database, or serve a sandbox store on this machine.

    The store's token is read from MYONLINESTORE_TOKEN, and your application's token, if it has one,
    from MYONLINESTORE_PARTNER_TOKEN. If MYONLINESTORE_TOKEN is not set, a terminal prompts for it.
    """


cli.add_command(mirror)
cli.add_command(sandbox)
