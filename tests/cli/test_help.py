"""Every command and option has a help text, and a place in docs/cli.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from myonlinestore.cli.main import cli
from myonlinestore.cli.mirror import EXIT_CODES

DOCUMENT = Path(__file__).parents[2] / "docs" / "cli.md"


def iterate_commands(
    command: click.Command, name: str = "myonlinestore"
) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and its subcommands with their full names."""
    yield name, command
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            yield from iterate_commands(subcommand, f"{name} {subcommand.name}")


COMMANDS = dict(iterate_commands(cli))
LEAVES = {
    name: command for name, command in COMMANDS.items() if not isinstance(command, click.Group)
}


def read_section(name: str) -> str:
    """Return the section of docs/cli.md about a command."""
    sections = re.split(r"^## ", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    (section,) = [section for section in sections if section.startswith(f"`{name}`\n")]
    return section


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_have_help(name: str) -> None:
    """Each command has a help text, and so has each of its options."""
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", LEAVES)
def test_options_are_documented(name: str) -> None:
    """The section of a command lists exactly its options."""
    parameters = LEAVES[name].params
    options = {option for parameter in parameters for option in parameter.opts if "--" in option}
    assert set(re.findall(r"`(--[a-z-]+)", read_section(name))) == options


def test_exit_codes_are_documented() -> None:
    """The documented exit codes are those of the help text."""
    documented = re.findall(
        r"^\| (\d+) \| (.+) \|$", read_section("myonlinestore mirror run"), re.MULTILINE
    )
    in_help = re.findall(r"^ +(\d+) +(.+)$", EXIT_CODES, re.MULTILINE)
    assert [(code, text.replace("`", "")) for code, text in documented] == in_help
