"""`ovntrace completion`."""

import click

from ovntrace.cli.app import Command, app
from ovntrace.cli.emit import emit

SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> int:
    """Print the completion script of a shell.

    For bash: source <(ovntrace completion bash)
    """
    from ovntrace.cli.complete import script

    emit(script(app, shell))
    return 0
