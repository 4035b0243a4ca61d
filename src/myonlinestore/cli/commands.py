"""click classes: a group with a default command, and commands whose failures are JSON too."""

from __future__ import annotations

from typing import Any

import click

from myonlinestore.cli.output import failure_to_json

_JSON_OPTION = "--json"
# Set in the context of a command that has printed its result as JSON.
_HAS_RESULT = "myonlinestore.has_result"


class DefaultCommandGroup(click.Group):
    """A click group that runs a default command if the first argument is not a command's name.

    So ``mirror catalog.sqlite`` means ``mirror run catalog.sqlite``. A destination with the name of
    a command is written as ``mirror run status`` or ``mirror ./status``.

    Args:
        default_command: the name of the command to run.
    """

    def __init__(self, *args: Any, default_command: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.default_command = default_command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command in front of arguments that do not begin with a command."""
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


class ResultCommand(click.Command):
    """A click command that with ``--json`` prints a JSON object for each exit code.

    A failure is an object with the message as `error`, unless the command has printed a result.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse the arguments."""
        as_json = _JSON_OPTION in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            if as_json:
                click.echo(failure_to_json(error.format_message()))
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if ctx.params["as_json"] and not ctx.meta.get(_HAS_RESULT):
                click.echo(failure_to_json(error.format_message()))
            raise


def print_result(context: click.Context, result: str) -> None:
    """Print the JSON object of a command; if the command fails later, no other one is printed."""
    context.meta[_HAS_RESULT] = True
    click.echo(result)
