"""docs/cli.md is the commands' own help, and leaves nothing out."""

import click

from ovntrace.cli.app import app
from ovntrace.cli.commandtable import COMMANDS
from ovntrace.cli.reference import reference
from ovntrace.errors import ExitCode
from tests.cli.program import REPOSITORY

DOCS = REPOSITORY / "docs"


def test_the_page_is_up_to_date() -> None:
    told = "run: python -m ovntrace.cli.reference > docs/cli.md"
    assert (DOCS / "cli.md").read_text() == reference(), told


def test_every_command_and_option_is_documented() -> None:
    page = (DOCS / "cli.md").read_text()
    for name in COMMANDS:
        command = app.get_command(click.Context(app), name)
        assert command is not None
        _, _, section = page.partition(f"## ovntrace {name}\n")
        section, _, _ = section.partition("\n## ")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(option in section for option in parameter.opts), parameter.opts
            else:
                assert parameter.name is not None
                assert parameter.make_metavar(click.Context(command)) in section


def test_every_exit_code_is_documented() -> None:
    page = (DOCS / "exit-codes.md").read_text()
    for code in ExitCode:
        assert f"| {int(code)} | " in page
