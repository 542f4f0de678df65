"""What every command has in common: help with an example, JSON for programs, the same exit codes."""

from collections.abc import Iterator

import click
import pytest

import wsgi
from tests.idp.cli.conftest import Idp

SAYS_NOTHING = {"serve"}
"""Commands that print nothing a program would read."""


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by the words one types."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


EVERY = dict(commands(wsgi.main))


def test_the_commands_are_all_there() -> None:
    """Those an operator was promised."""
    promised = (
        "init serve worker sandbox check migrate clients persons numbers departments keys audit settings"
    ).split()

    assert set() == set(promised) - {words.split()[0] for words in EVERY}


@pytest.mark.parametrize("words", EVERY)
def test_help_shows_a_real_example(words: str) -> None:
    """One that begins with the program, perhaps after settings or a pipe, and names the command."""
    text = EVERY[words].help or ""

    assert "Example:" in text
    assert f"idp {words}" in " ".join(text.partition("Example:")[2].split())


@pytest.mark.parametrize("words", sorted(set(EVERY) - SAYS_NOTHING))
def test_every_command_speaks_json(words: str) -> None:
    """Programs need not read columns."""
    assert "as_json" in {parameter.name for parameter in EVERY[words].params}


@pytest.mark.parametrize("words", EVERY)
def test_wrong_usage_ends_with_2(words: str, idp: Idp) -> None:
    """The same code for every command."""
    assert 2 == idp(*words.split(), "--no-such-option").exit_code


def test_every_group_says_what_it_is_for() -> None:
    """`idp --help` is a table of contents."""
    assert [] == [name for name, command in wsgi.main.commands.items() if not command.help]
