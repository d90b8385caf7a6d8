"""`ovntrace commands`."""

from typing import Any

import click

from ovntrace import __version__
from ovntrace.cli.app import Command
from ovntrace.cli.emit import emit
from ovntrace.cli.options import output_option, screen_of, screen_options
from renderers.formats import COMMANDS_FORMATS


@click.command(cls=Command)
@output_option(COMMANDS_FORMATS)
@screen_options
def commands(output: str, **shared: Any) -> int:
    """Print everything that ovntrace reads and can run.

    This is the table that the collectors themselves use: what is not in it is never run.
    """
    from collectors.artifacts import ARTEFACTS
    from renderers.commands import CommandRow
    from renderers.formats import render_commands

    rows = [
        CommandRow(
            name=one.name,
            where=str(one.where),
            why=one.why,
            argv=one.argv,
            netns_argv=one.netns_argv,
            containers=one.containers,
            method=one.method,
            resource=one.resource,
            file=one.file,
            optional=one.optional,
        )
        for one in ARTEFACTS
    ]
    look = screen_of(shared)
    emit(render_commands(rows, output, __version__, width=look.width, color=look.color))
    return 0
