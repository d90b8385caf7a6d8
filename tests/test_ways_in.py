"""What docs/ways-in.md tells to type is understood."""

import re
import shlex
from pathlib import Path

import click
import pytest

from ovntrace.cli.app import app

PAGE = (Path(__file__).parents[1] / "docs" / "ways-in.md").read_text()
LINES = re.findall(r"^ovntrace (.+?)(?:  +#.*)?$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("line", LINES)
def test_a_command_is_one(line: str) -> None:
    """Parsed only: the hosts, and the files, are the reader's."""
    name, *words = shlex.split(line)
    context = click.Context(app, **app.context_settings)
    command = app.get_command(context, name)
    assert command is not None
    files = [at + 1 for at, word in enumerate(words) if word == "--from"]
    for at in files:
        words[at] = __file__
    command.make_context(name, words, parent=context)


def test_each_way_has_a_line() -> None:
    text = "\n".join(LINES)
    assert len(LINES) > 6
    for option in ("--ssh", "--sudo", "--local", "--ovsdb", "--from"):
        assert option in text
    assert "doctor" in text
